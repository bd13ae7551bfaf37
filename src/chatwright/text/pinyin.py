"""How Chinese sounds: syllables without tones, and which of them are taken for one another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from chatwright.errors import MissingExtraError

__all__ = ["sounds_like", "syllables"]

_TAKEN_FOR = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_INITIALS = (("n", "l"), ("f", "h"))
_NASAL = re.compile("(?<=[aei])ng$")


def syllables(text: str) -> list[str]:
    """One syllable a character, read in its context; what is not Chinese stays, a character at a time.

    Raises:
        MissingExtraError: pypinyin is not installed.

    >>> syllables("重庆A")
    ['chong', 'qing', 'A']
    """
    try:
        from pypinyin import lazy_pinyin
    except ImportError as error:
        raise MissingExtraError("pinyin", "analyze") from error
    return lazy_pinyin(text, errors=cast(Any, list), v_to_u=False)


def sounds_like(read: Sequence[str]) -> tuple[str, ...]:
    """One form for syllables that speakers and typists mix up: zh/z, ch/c, sh/s, n/l, f/h, -ng/-n.

    >>> sounds_like(["shang", "hai"]) == sounds_like(["san", "hai"])
    True
    """
    return tuple(map(_merged, read))


def _merged(syllable: str) -> str:
    for wide, narrow in _TAKEN_FOR:
        if syllable.startswith(wide):
            syllable = narrow + syllable[len(wide) :]
    for one, other in _INITIALS:
        if syllable.startswith(one) and len(syllable) > 1:
            syllable = other + syllable[1:]
    return _NASAL.sub("n", syllable)
