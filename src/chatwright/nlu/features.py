"""The features of a message that the intent classifier and the response selector see.

Three blocks: words and pairs of words; character n-grams, inside a word of an alphabet and across words
in Chinese, where the segmentation may be wrong; names of matching patterns and lookup tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.nlu.patterns import Patterns
from chatwright.schema.understanding import Token
from chatwright.text.language import HAN
from chatwright.text.normalise import IN_WORDS, fold, without_marks

__all__ = ["BLOCK_WEIGHTS", "FeatureOptions", "Features", "features_of", "label_words"]

BLOCK_WEIGHTS = (0.7, 1.0, 0.5)
"""Words, characters, patterns."""
MAX_TOKENS = 512
"""A longer message is cut: what it is about has been said by then."""
MAX_WORD = 40
MAX_AMOUNT = 4
"""Digits of the largest number that is taken for an amount."""

_HAN = re.compile(f"[{HAN}]")
_PIECE = re.compile(rf"[^\W_](?:[^\W_]|[{IN_WORDS}])*|[^\w\s{IN_WORDS}]|_")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureOptions:
    """What Rasa's featurizers ask for."""

    characters: tuple[int, int] = (2, 4)
    """Shortest and longest character n-gram in words of an alphabet."""
    word_pairs: int = 2
    """Longest word n-gram."""
    patterns: bool = True

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "characters": list(self.characters),
            "word_pairs": self.word_pairs,
            "patterns": self.patterns,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FeatureOptions:
        """The inverse of ``to_json``."""
        low, high = data["characters"]
        return cls(**{**data, "characters": (low, high)})


@dataclass(frozen=True, slots=True)
class Features:
    """Names of features, block by block, and where each stands in the text."""

    bag: tuple[list[str], list[str], list[str]]
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]], list[tuple[int, int]]]


def features_of(text: str, tokens: Sequence[Token], options: FeatureOptions, patterns: Patterns) -> Features:
    """All features of one message."""
    words = _words(tokens[:MAX_TOKENS])
    out = Features(([], [], []), ([], [], []))
    _add_words(words, options.word_pairs, out)
    _add_characters(words, options.characters, out)
    if options.patterns:
        for name, start, end in patterns.matches(text):
            out.bag[2].append(name)
            out.spans[2].append((start, end))
    return out


def label_words(label: str) -> str:
    """The words in the name of an intent, which say what it is about: ``book_flight`` → ``book flight``.

    Names are a label a person chose, and as good as one more example.
    """
    spaced = re.sub(r"[\W_]+", " ", label)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", spaced).strip()


def _words(tokens: Sequence[Token]) -> list[tuple[str, int, int]]:
    """Normalised words with their place; marks inside a token (``what's``, ``10:30``) stand alone."""
    out = []
    for token in tokens:
        for piece in _PIECE.finditer(fold(token.text[: 4 * MAX_WORD])):
            word = without_marks(piece.group())
            if word.isdigit():  # an amount is an amount; longer numbers are names, told by their length
                word = "0" * len(word) if len(word) > MAX_AMOUNT else "0"
            out.append((word[:MAX_WORD], token.start + piece.start(), token.start + piece.end()))
    return out


def _add_words(words: Sequence[tuple[str, int, int]], longest: int, out: Features) -> None:
    names, spans = out.bag[0], out.spans[0]
    for first in range(len(words)):
        for length in range(1, min(longest, len(words) - first) + 1):
            group = words[first : first + length]
            names.append(" ".join(word for word, _, _ in group))
            spans.append((group[0][1], group[-1][2]))


def _add_characters(words: Sequence[tuple[str, int, int]], sizes: tuple[int, int], out: Features) -> None:
    run: list[tuple[str, int, int]] = []
    for word, start, end in words:
        if _HAN.match(word):
            if run and run[-1][2] != start:
                _add_run(run, out)
                run = []
            run += [(char, start + i, start + i + 1) for i, char in enumerate(word)]
            continue
        _add_run(run, out)
        run = []
        padded = f" {word} "
        for size in range(sizes[0], sizes[1] + 1):
            for first in range(max(1, len(padded) - size + 1)):
                out.bag[1].append(padded[first : first + size])
                out.spans[1].append((start, end))
    _add_run(run, out)


def _add_run(run: Sequence[tuple[str, int, int]], out: Features) -> None:
    """One to three Chinese characters in a row; a word of one alphabet is four to six letters."""
    text = "".join(char for char, _, _ in run)
    for size in (1, 2, 3):
        for first in range(len(run) - size + 1):
            out.bag[1].append(text[first : first + size])
            out.spans[1].append((run[first][1], run[first + size - 1][2]))
