"""The tagger and parser at run time, in numpy.

Hashed features of words, two bidirectional layers of long short-term memory, and on top of them a tagger and
biaffine scores of heads and relations (Dozat and Manning 2017), trained together by
``chatwright.training.parser``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.lstm import lstm
from chatwright.text.analysis.tree_decoding import best_tree
from chatwright.text.analysis.word_features import word_rows
from chatwright.text.analysis.word_vectors import WordVectors

__all__ = ["LAYERS", "WEIGHTS", "Parsed", "ParserNet", "shipped_net"]

WEIGHTS = Path(__file__).parents[2] / "weights"
"""Holds ``parser-en`` and ``parser-zh``."""

LAYERS = 2
_TABLES = ("words.weight", "parts.weight")

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the net says of a sentence, word by word."""

    upos: list[str]
    heads: list[int]
    """Index of the head, -1 for the root."""
    deprels: list[str]


class ParserNet:
    """A trained net.

    Args:
        language: ``zh`` or ``en``.
        tags: parts of speech, in the order of the net's outputs.
        relations: relations, likewise; ``root`` is one of them.
        vectors: of words, from running text.
        arrays: the weights by name, as ``chatwright.training.parser.model`` names them.
    """

    def __init__(
        self,
        language: str,
        tags: Sequence[str],
        relations: Sequence[str],
        vectors: WordVectors,
        arrays: Mapping[str, NDArray],
    ) -> None:
        self.language, self.vectors = language, vectors
        self.tags, self.relations = list(tags), list(relations)
        self._w: dict[str, Array] = {name: array.astype(np.float32) for name, array in arrays.items()}
        self._root = self.relations.index("root")

    @classmethod
    def load(cls, folder: Path) -> ParserNet:
        """A net that ``save`` wrote.

        Raises:
            OSError: a file is missing.
        """
        labels = json.loads((folder / "labels.json").read_text("utf-8"))
        with np.load(folder / "net.npz", allow_pickle=False) as file:
            arrays = dict(file)
        for name in _TABLES:
            arrays[name] = arrays[name] * arrays.pop(f"{name}.scales").astype(np.float32)
        return cls(labels["language"], labels["tags"], labels["relations"], WordVectors.load(folder), arrays)

    def save(self, folder: Path) -> None:
        """Write ``labels.json``, the vectors, and ``net.npz``: half precision, embeddings as bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        self.vectors.save(folder)
        labels = {"language": self.language, "tags": self.tags, "relations": self.relations}
        (folder / "labels.json").write_text(json.dumps(labels, indent=1) + "\n", "utf-8")
        packed: dict[str, NDArray] = {}
        for name, array in self._w.items():
            if name in _TABLES:
                scales = np.maximum(np.abs(array).max(1, keepdims=True), 1e-6) / 127
                packed[f"{name}.scales"] = scales.astype(np.float16)
                packed[name] = np.rint(array / packed[f"{name}.scales"]).clip(-127, 127).astype(np.int8)
            else:
                packed[name] = array.astype(np.float16)
        np.savez_compressed(folder / "net.npz", **packed)  # pyright: ignore[reportArgumentType]

    def parse(self, words: Sequence[str]) -> Parsed:
        """Parts of speech and the tree of a sentence."""
        if not words:
            return Parsed([], [], [])
        states = self._encode(words)
        upos = [self.tags[tag] for tag in self._affine("tag", states).argmax(1)]
        heads = best_tree(self._head_scores(states))
        relations = self._relation_scores(states, np.array(heads) + 1)
        return Parsed(upos, heads, self._named(relations, heads))

    def _named(self, scores: Array, heads: Sequence[int]) -> list[str]:
        """``root`` for the root and for no other word."""
        scores[:, self._root] = -np.inf
        best = scores.argmax(1)
        return [
            "root" if head < 0 else self.relations[place] for head, place in zip(heads, best, strict=True)
        ]

    def _encode(self, words: Sequence[str]) -> Array:
        """(T, 2 H) states of the words."""
        table, parts_table = self._w["words.weight"], self._w["parts.weight"]
        rows = [word_rows(word, self.language) for word in words]
        whole = np.stack([table[list(own)].sum(0) for own, _ in rows])
        parts = np.stack([parts_table[list(parts)].sum(0) for _, parts in rows])
        states = np.concatenate([whole, parts, self.vectors.of(words)], 1)
        for layer in range(LAYERS):
            forward = self._pass(states, f"l{layer}")
            backward = self._pass(states[::-1], f"l{layer}_reverse")[::-1]
            states = np.concatenate([forward, backward], 1)
        return states

    def _pass(self, inputs: Array, name: str) -> Array:
        """(T, H) states of one direction of one layer (gates in PyTorch's order: in, forget, cell, out)."""
        bias = self._w[f"lstm.bias_ih_{name}"] + self._w[f"lstm.bias_hh_{name}"]
        gates = inputs @ self._w[f"lstm.weight_ih_{name}"].T + bias
        return lstm(np.asarray(gates, np.float32), self._w[f"lstm.weight_hh_{name}"].T)

    def _head_scores(self, states: Array) -> Array:
        """(T, 1 + T)."""
        dependents = self._hidden("arc_dependent", states)
        heads = np.concatenate([self._w["arc_root"], self._hidden("arc_head", states)])
        scores = dependents @ self._w["arc_weight"] @ heads.T + heads @ self._w["arc_bias"]
        return scores.astype(np.float32)

    def _relation_scores(self, states: Array, heads: NDArray[np.integer]) -> Array:
        """(T, R) of each word with its head; 0 is the root, 1 the first word."""
        dependents = _with_one(self._hidden("relation_dependent", states))
        choices = np.concatenate([self._w["relation_root"], self._hidden("relation_head", states)])
        chosen = _with_one(choices[heads])
        mixed = np.tensordot(dependents, self._w["relation_weight"], (1, 0))  # (T, R, K)
        return np.einsum("trk,tk->tr", mixed, chosen).astype(np.float32)

    def _hidden(self, name: str, states: Array) -> Array:
        values = self._affine(name, states)
        return np.maximum(values, np.float32(0.1) * values)

    def _affine(self, name: str, states: Array) -> Array:
        return states @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]


@lru_cache(maxsize=2)
def shipped_net(language: str) -> ParserNet:
    """The net that ships with the package, loaded once a process."""
    return ParserNet.load(WEIGHTS / f"parser-{language}")


def _with_one(values: Array) -> Array:
    return np.concatenate([values, np.ones((len(values), 1), np.float32)], 1)
