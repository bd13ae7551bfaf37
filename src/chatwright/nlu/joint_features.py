"""What the joint net sees of a text: numbers of words and of the entity tagger's features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.errors import BundleError
from chatwright.lm.static_vectors import StaticVectors, house_vectors
from chatwright.lm.text_encoder import TextEncoder
from chatwright.nlu.patterns import Patterns
from chatwright.nlu.tag_features import dictionary_tokens, unit_features
from chatwright.schema.understanding import Token
from chatwright.text.normalise import fold
from chatwright.text.phrases import NamedPhrases

__all__ = ["UNKNOWN", "JointFeatures", "UnitRows"]

UNKNOWN = 0
"""Row of words that were not seen in training."""


@dataclass(frozen=True, slots=True)
class UnitRows:
    """Rows of the net's tables, for the ``T`` units of a text."""

    words: NDArray[np.int64]
    """(T,)"""
    names: NDArray[np.int64]
    """(N,) features of the first unit, then of the second …"""
    starts: NDArray[np.int64]
    """(T,) where in ``names`` each unit's features begin; each unit has one at least."""
    vectors: NDArray[np.float32]
    """(T, 2 D) house vectors of the unit, and of the word around it; D is 0 without them."""
    context: NDArray[np.floating]
    """(T, E) vectors of the units in their context, by an encoder; E is 0 without one."""


@dataclass(frozen=True, slots=True)
class JointFeatures:
    """What was known in training."""

    words: Mapping[str, int]
    """From 1 on; 0 is ``UNKNOWN``."""
    names: Mapping[str, int]
    """Feature → row; ``bias`` is 0."""
    patterns: Patterns
    known: NamedPhrases
    """Values of each entity in training."""
    vectors: StaticVectors | None = None
    encoder: TextEncoder | None = None

    @classmethod
    def of(
        cls,
        texts: Iterable[tuple[Iterable[str], Iterable[str]]],
        patterns: Patterns,
        known: NamedPhrases,
        least: int,
        vectors: StaticVectors | None = None,
        encoder: TextEncoder | None = None,
    ) -> JointFeatures:
        """From the words and the feature names of each training text; what was seen less than ``least`` times
        is left out, so that the net learns what to do with the unknown."""
        words: Counter[str] = Counter()
        names: Counter[str] = Counter({"bias": least})
        for text_words, text_names in texts:
            words.update(text_words)
            names.update(text_names)
        return cls(
            {word: row for row, word in enumerate((w for w, n in words.items() if n >= least), 1)},
            {name: row for row, name in enumerate(name for name, n in names.items() if n >= least)},
            patterns,
            known,
            vectors,
            encoder,
        )

    def rows(self, text: str, units: Sequence[Token], tokens: Sequence[Token]) -> UnitRows:
        """The rows of a text.

        Args:
            units: from ``units_of(text)``.
            tokens: of the tokenizer.
        """
        tokens = dictionary_tokens(text, tokens)
        names = unit_features(text, units, tokens, self.patterns, self.known)
        return self.rows_of(units, tokens, names, self.contexts([text], [units])[0])

    def contexts(
        self, texts: Sequence[str], units: Sequence[Sequence[Token]]
    ) -> Sequence[NDArray[np.float32]]:
        """Of each text (T, E) vectors of its units in their context."""
        if self.encoder is None:
            return [np.zeros((len(of_text), 0), np.float32) for of_text in units]
        return self.encoder.embed_words(texts, units)

    def rows_of(
        self,
        units: Sequence[Token],
        tokens: Sequence[Token],
        features: Sequence[Sequence[str]],
        context: NDArray[np.floating],
    ) -> UnitRows:
        """The rows of units whose feature names and vectors in context are known already.

        Args:
            tokens: from ``dictionary_tokens``.
        """
        words = [self.words.get(fold(unit.text), UNKNOWN) for unit in units]
        names: list[int] = []
        starts: list[int] = []
        for unit_names in features:
            starts.append(len(names))
            names += [row for row in map(self.names.get, unit_names) if row is not None]
        return UnitRows(
            np.array(words, np.int64),
            np.array(names, np.int64),
            np.array(starts, np.int64),
            self._vectors(units, tokens),
            context,
        )

    def _vectors(self, units: Sequence[Token], tokens: Sequence[Token]) -> NDArray[np.float32]:
        """Of length 1 each, or 0 where nothing is known."""
        if self.vectors is None:
            return np.zeros((len(units), 0), np.float32)
        size, place = self.vectors.dimension, 0
        out = np.zeros((len(units), 2 * size), np.float32)
        for i, unit in enumerate(units):
            while place < len(tokens) and tokens[place].end <= unit.start:
                place += 1
            inside = place < len(tokens) and tokens[place].start <= unit.start
            out[i, :size] = _direction(self.vectors, unit.text)
            out[i, size:] = _direction(self.vectors, tokens[place].text) if inside else 0.0
        return out

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "words": list(self.words),
            "names": list(self.names),
            "patterns": self.patterns.to_json(),
            "known": self.known.phrases,
            "vectors": self.vectors.fingerprint if self.vectors else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], encoder: TextEncoder | None = None) -> JointFeatures:
        """The inverse of ``to_json``.

        Raises:
            BundleError: it was trained with other house vectors than this install has.
        """
        vectors = house_vectors() if data["vectors"] else None
        if data["vectors"] != (vectors.fingerprint if vectors else None):
            raise BundleError(
                "the joint net was trained with other house vectors than are installed",
                fix="train again with this version: chatwright train --force",
            )
        return cls(
            {word: row for row, word in enumerate(data["words"], 1)},
            {name: row for row, name in enumerate(data["names"])},
            Patterns.from_json(data["patterns"]),
            NamedPhrases(data["known"]),
            vectors,
            encoder,
        )


def _direction(vectors: StaticVectors, word: str) -> NDArray[np.float32]:
    vector = vectors.word(word)
    return vector / (np.linalg.norm(vector) or np.float32(1.0))
