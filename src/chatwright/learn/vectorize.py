"""Bags of named features → sparse vectors.

Features come in blocks (words, characters, patterns …). Each block is scaled to its own length, so that
a block with many features does not drown the others, and the whole to length 1. Every feature stands
twice in the vector: weighed by what it tells about the class, and plainly. A linear model over both does
better than over either (as good as averaging two models; see benchmarks/nlu.py). A dense vector of the text,
where there is one, stands at the end.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bag", "SparseVector", "Vectorizer"]

Bag = Sequence[Sequence[str]]
"""Names of features, block by block; a name may occur several times."""


@dataclass(frozen=True, slots=True)
class SparseVector:
    """A vector of length 1 (or 0, when nothing is known) by its non-zero elements."""

    indices: NDArray[np.int32]
    values: NDArray[np.float32]
    coverage: tuple[float, ...]
    """Block → share of the features' weight that was seen in training; 1 for an empty block."""


@dataclass(frozen=True, slots=True)
class Vectorizer:
    """What ``fit_vectorizer`` learnt: the known features and their weights."""

    vocabulary: Sequence[dict[str, int]]
    """Block → feature → index; indices run through all blocks."""
    weights: NDArray[np.float32]
    """(F,) importance of each feature, 0 to 1."""
    block_weights: Sequence[float]
    dense: int = 0
    """D, elements of the dense vector."""
    dense_weight: float = 0.0
    """Length of the dense vector, that of the features being 1."""

    @property
    def size(self) -> int:
        """Length of a vector: every feature in both of its views, and the dense elements."""
        return 2 * len(self.weights) + self.dense

    def transform(self, bag: Bag, dense: NDArray[np.floating] | None = None) -> SparseVector:
        """The vector of one bag; unknown features only lower the coverage.

        Args:
            dense: (D,) of length 1, or of 0 where nothing is known of the text.
        """
        indices: list[int] = []
        counts: list[int] = []
        ends, coverage = [], []
        for known, names in zip(self.vocabulary, bag, strict=True):
            unknown = 0
            before = len(indices)
            for name, count in Counter(names).items():
                index = known.get(name)
                if index is None:
                    unknown += 1
                else:
                    indices.append(index)
                    counts.append(count)
            ends.append(len(indices))
            mass = float(self.weights[indices[before:]].sum()) if len(indices) > before else 0.0
            coverage.append(mass / (mass + unknown) if mass + unknown else 1.0)
        where = np.array(indices, np.int32)
        plain = (1.0 + np.log(np.array(counts, np.float32))).astype(np.float32)
        views = [self._scaled(plain * self.weights[where], ends), self._scaled(plain, ends)]
        values = np.concatenate(views) / np.sqrt(2.0)
        both = np.concatenate([where, where + np.int32(len(self.weights))])
        if dense is not None:
            values = np.concatenate([values, self.dense_weight * dense])
            values = values / (np.linalg.norm(values) or 1.0)
            both = np.concatenate([both, np.arange(self.size - self.dense, self.size, dtype=np.int32)])
        return SparseVector(both, values.astype(np.float32), tuple(coverage))

    def _scaled(self, values: NDArray[np.floating], ends: Sequence[int]) -> NDArray[np.floating]:
        """Each block to its weight, then the whole to length 1."""
        start = 0
        for end, block_weight in zip(ends, self.block_weights, strict=True):
            values[start:end] *= block_weight / (np.linalg.norm(values[start:end]) or 1.0)
            start = end
        return values / (np.linalg.norm(values) or 1.0)

    def save(self, folder: Path, name: str = "features") -> None:
        """Write ``<name>.json`` and ``<name>.npy``."""
        content = {
            "blocks": [list(block) for block in self.vocabulary],
            "weights": list(self.block_weights),
            "dense": self.dense,
            "dense_weight": self.dense_weight,
        }
        (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        np.save(folder / f"{name}.npy", self.weights, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, name: str = "features") -> Vectorizer:
        """The inverse of ``save``."""
        content = json.loads((folder / f"{name}.json").read_text("utf-8"))
        vocabulary, start = [], 0
        for names in content["blocks"]:
            vocabulary.append({feature: start + number for number, feature in enumerate(names)})
            start += len(names)
        weights = np.load(folder / f"{name}.npy", allow_pickle=False)
        return cls(vocabulary, weights, content["weights"], content["dense"], content["dense_weight"])
