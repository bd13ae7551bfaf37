"""The net of the Transformer policy at run time, in numpy: the last states → a score for each action.

A state is the sum of the vectors of its parts (intent, entities, slots, loop, previous action) and of the
texts that were heard and said; a small net joins them. Transformer blocks then look back over the states,
with a learned leaning for each distance (as T5 has it, arXiv 1910.10683), and the last state is compared with
a vector for each action. The vector of a bot text is made of its words, as those of texts in states are.
The net is trained by ``training/policy/fit_transformer.py``; ``tests/training/policy`` holds the two to the
same numbers. Source of the idea: the Transformer embedding dialogue policy, arXiv 1910.00486.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.features import MAX_LETTERS, parts_of, words_of
from chatwright.dialogue.states import State
from chatwright.learn.linear import softmax
from chatwright.lm.static_vectors import house_vectors
from chatwright.text.tokens import whitespace_tokens

__all__ = ["TextRows", "TurnFeatures", "TurnNet", "TurnRows"]

Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class TextRows:
    """A text as the net reads it."""

    words: NDArray[np.int32]
    """(W,) rows of the known words."""
    vector: Array
    """(H,) its house vector."""


@dataclass(frozen=True, slots=True)
class TurnRows:
    """A state as the net reads it."""

    parts: NDArray[np.int32]
    """(P,) rows of the known parts."""
    heard: TextRows | None
    """The user's message, where it is read as text."""
    said: TextRows | None
    """The bot's text before, where it was no named action."""


@dataclass(frozen=True, slots=True)
class TurnFeatures:
    """The parts and words that the training conversations show."""

    parts: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)
    """Empty where no story has texts."""

    def rows_of(self, state: State) -> TurnRows:
        """The state in numbers."""
        said = state.previous if self.words and self.is_text(state.previous) else None
        parts = [self.parts[part] for part in parts_of(state) if part in self.parts]
        return TurnRows(
            np.array(parts, np.int32),
            self.text_rows(state.text) if state.text and self.words else None,
            self.text_rows(said) if said else None,
        )

    def text_rows(self, text: str) -> TextRows:
        """A text in numbers."""
        words = [self.words[word] for word in words_of(text) if word in self.words]
        return TextRows(np.array(words, np.int32), _house_vector(text[:MAX_LETTERS]))

    def is_text(self, previous: str | None) -> bool:
        """Whether what the bot did is none of the named actions of the stories."""
        return previous not in (None, LISTEN) and f"after={previous}" not in self.parts

    def to_json(self) -> dict[str, Any]:
        """Names in the order of their rows."""
        return {"parts": list(self.parts), "words": list(self.words)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TurnFeatures:
        """The inverse of ``to_json``."""
        return cls(*({name: row for row, name in enumerate(data[key])} for key in ("parts", "words")))


@lru_cache(maxsize=4096)
def _house_vector(text: str) -> Array:
    vectors = house_vectors()
    tokens = [token.text for token in whitespace_tokens(text)]
    return vectors.embed(tokens) if vectors else np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class TurnNet:
    """Trained weights, by the names that they have in ``training/policy/net.py``, and three arrays more.

    ``actions`` (A, D) holds a vector for each action, ``bias`` (A,) what is added to its score, and ``kinds``
    (S, D) the vectors, of length 1, of those actions at the end that are bot texts.
    """

    arrays: Mapping[str, NDArray[np.floating]]
    heads: int

    def state(self, turn: TurnRows) -> Array:
        """(D,) vector of a state."""
        vector = self.arrays["parts.weight"][turn.parts].astype(np.float32).sum(axis=0)
        for role, text in (("heard", turn.heard), ("said", turn.said)):
            if text is not None:
                vector = vector + self._linear(role, self._text(text))
        return vector

    def scores(self, states: Array) -> Array:
        """(…, T, D) vectors of the last states → (…, A) scores of the actions after the last one."""
        states = self._deeper("state", states)
        for block in self._blocks():
            states = self._deeper(block, self._look_back(block, states))
        last = self._linear("query", self._norm("last_norm", states[..., -1, :]))
        return last @ self.arrays["actions"].T + self.arrays["bias"]

    def _blocks(self) -> Iterator[str]:
        number = 0
        while f"blocks.{number}.distance" in self.arrays:
            yield f"blocks.{number}"
            number += 1

    def _text(self, text: TextRows) -> Array:
        words = self.arrays["words.weight"][text.words].astype(np.float32).sum(axis=0)
        total = words / np.sqrt(max(1, len(text.words)))
        if text.vector.size:
            total = total + self.arrays["house.weight"] @ text.vector
        return self._norm("text_norm", total)

    def _look_back(self, block: str, states: Array) -> Array:
        """(…, T, D) → (…, T, D); each state looks at itself and at those not too long before it."""
        *_, length, width = states.shape
        mixed = self._linear(f"{block}.mix", self._norm(f"{block}.looking", states))
        mixed = mixed.reshape(*states.shape[:-1], 3, self.heads, -1)
        queries, keys, values = (mixed[..., part, :, :].swapaxes(-2, -3) for part in range(3))  # (…, H, T, d)
        leaning = self.arrays[f"{block}.distance"]  # (H, N)
        ago = np.arange(length)[:, None] - np.arange(length)
        seen = (ago >= 0) & (ago < leaning.shape[1])
        scores = queries @ keys.swapaxes(-1, -2) / np.sqrt(width / self.heads)
        scores = scores + leaning[:, np.where(seen, ago, 0)]
        looked = softmax(np.where(seen, scores, -np.inf)) @ values
        return states + self._linear(f"{block}.back", looked.swapaxes(-2, -3).reshape(states.shape))

    def _deeper(self, name: str, states: Array) -> Array:
        wide = np.maximum(self._linear(f"{name}.wide", self._norm(f"{name}.thinking", states)), 0)
        return states + self._linear(f"{name}.narrow", wide)

    def _linear(self, name: str, inputs: Array) -> Array:
        return inputs @ self.arrays[f"{name}.weight"].T + self.arrays[f"{name}.bias"]

    def _norm(self, name: str, inputs: Array) -> Array:
        """Layer normalisation over the last axis."""
        width = inputs.shape[-1]  # np.mean takes longer than np.sum
        centred = inputs - inputs.sum(axis=-1, keepdims=True) / width
        scale = np.sqrt((centred * centred).sum(axis=-1, keepdims=True) / width + 1e-5)
        return centred / scale * self.arrays[f"{name}.weight"] + self.arrays[f"{name}.bias"]
