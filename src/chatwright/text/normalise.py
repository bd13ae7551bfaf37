"""One form for characters that mean the same, without moving any of them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

__all__ = ["IN_WORDS", "fold", "simplified", "without_marks"]

IN_WORDS = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
"""Accents that stand as characters of their own, and characters of no width, as a range for regular
expressions: they may stand inside a word and are no part of it."""

_IN_WORDS = re.compile(f"[{IN_WORDS}]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


def fold(text: str) -> str:
    """Half width, lower case, letters without accents, simplified Chinese, control characters as spaces.

    The result is as long as ``text``: offsets in it are offsets in the text.

    >>> fold("ＡＢＣ１２３，Café"), fold("臺灣")
    ('abc123,cafe', '台湾')
    """
    return "".join(map(_folded, text))


def simplified(text: str) -> str:
    """Traditional Chinese characters as simplified ones; as long as ``text``.

    Only what one character tells is changed: 著 may be either, and stays.

    >>> simplified("我要兩張車票")
    '我要两张车票'
    """
    return text.translate(_to_simplified())


@cache
def _to_simplified() -> dict[int, str]:
    lines = files("chatwright.text").joinpath("traditional.txt").read_text("utf-8").splitlines()
    traditional, simple = (line for line in lines if not line.startswith("#"))
    return {ord(old): new for old, new in zip(traditional, simple, strict=True)}


def without_marks(folded: str) -> str:
    """A folded word as a feature: without accents that stand as characters, and without invisible ones.

    >>> without_marks(fold("Cafe\\u0301")), without_marks(fold("re\\u200bfund"))
    ('cafe', 'refund')
    """
    return _IN_WORDS.sub("", folded)


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    if "\u3400" <= character <= "\u9fff":
        return simplified(character)
    if _INVISIBLE.match(character):
        return "\u200b"
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp"):
        return " "
    base, *marks = unicodedata.normalize("NFKD", character)
    if base.isascii() and marks and all("\u0300" <= mark <= "\u036f" for mark in marks):
        return base.lower()
    for form in (unicodedata.normalize("NFKC", character), character):
        lowered = form.lower()
        if len(lowered) == 1:
            return lowered
    return character
