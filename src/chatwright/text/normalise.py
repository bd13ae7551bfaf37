"""One form for characters that mean the same, without moving any of them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["fold"]


def fold(text: str) -> str:
    """Half width, lower case, control and invisible characters as spaces; as long as ``text``.

    Offsets in the result are offsets in the text.

    >>> fold("ＡＢＣ１２３，Ok")
    'abc123,ok'
    """
    return "".join(map(_folded, text))


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp"):
        return " "
    for form in (unicodedata.normalize("NFKC", character), character):
        lowered = form.lower()
        if len(lowered) == 1:
            return lowered
    return character
