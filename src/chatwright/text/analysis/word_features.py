"""What the parser sees of a word: hashed names of its form, its characters and, in Chinese, its kind."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache

from chatwright.text.chinese_dictionary import load_dictionary
from chatwright.text.normalise import simplified

__all__ = ["ROWS", "word_rows"]

ROWS = 12_000
"""Rows of the table of embeddings; names that share a row share a vector."""

_DIGIT = re.compile(r"\d")
_SHAPES = ((re.compile(r"[^\W\d_a-z]+"), "X"), (re.compile(r"[a-z]+"), "x"), (re.compile(r"\d+"), "0"))
_LONGEST = 30


@lru_cache(maxsize=20_000)
def word_rows(word: str, language: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows of the word itself, and rows of its parts."""
    word = _DIGIT.sub("0", word)
    if language == "zh":
        word = simplified(word)
    parts = _chinese_parts(word) if language == "zh" else _english_parts(word)
    whole = (f"w={word.lower()}", f"W={word}")
    return tuple(map(_row, whole)), tuple(map(_row, parts))


def _row(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "replace")) % ROWS


def _english_parts(word: str) -> Iterator[str]:
    lower = word.lower()[:_LONGEST]
    for size in range(1, 5):
        yield f"p={lower[:size]}"
        yield f"s={lower[-size:]}"
    yield f"k={_shape(word)}"
    padded = f"<{lower}>"
    for start in range(len(padded) - 2):
        yield f"3={padded[start : start + 3]}"


def _chinese_parts(word: str) -> Iterator[str]:
    yield f"p={word[:1]}"
    yield f"s={word[-1:]}"
    yield f"p={word[:2]}"
    yield f"s={word[-2:]}"
    yield f"k={_shape(word)}{min(len(word), 5)}"
    yield f"d={_dictionary_kind(word)}"
    for character in word[:_LONGEST]:
        yield f"c={character}"


def _shape(word: str) -> str:
    shape = word[:_LONGEST]
    for pattern, sign in _SHAPES:
        shape = pattern.sub(sign, shape)
    return shape


def _dictionary_kind(word: str) -> str:
    """Kind of the word in jieba's dictionary (noun, name, verb …); ``-`` where it lacks the word."""
    if len(word) > _LONGEST:
        return "-"
    return next(
        (kind for start, end, kind in load_dictionary().kinds_in(word) if end - start == len(word)), "-"
    )
