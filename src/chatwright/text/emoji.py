"""Emoji in a text, and what they show in words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["EMOJI_RUN", "Emoji", "find_emoji"]

_FLAG = "[\U0001f1e6-\U0001f1ff]"
_BASE = (
    "[\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff\u2600-\u27bf\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\u00a9\u00ae]"
)
_CHANGE = "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]"
_EMOJI = re.compile(f"{_FLAG}{{2}}|{_BASE}{_CHANGE}*(?:\u200d{_BASE}{_CHANGE}*)*")

EMOJI_RUN = re.compile(f"(?:{_BASE}|{_FLAG}|{_CHANGE}|\u200d)+")
"""Emoji one after the other, with what joins and changes them."""


@dataclass(frozen=True, slots=True)
class Emoji:
    """``text[start:end]`` is one emoji."""

    start: int
    end: int
    name: str
    """In English, after Unicode: ``thumbs up sign``; of a flag the letters of its region; of several that
    are joined into one, all."""


def find_emoji(text: str) -> list[Emoji]:
    """The emoji of a text, left to right; skin tones and the like are part of the emoji and of no name.

    >>> [emoji.name for emoji in find_emoji("ok 👍🏽 🇨🇳")]
    ['thumbs up sign', 'flag CN']
    """
    return [Emoji(*found.span(), _name(found[0])) for found in _EMOJI.finditer(text)]


def _name(emoji: str) -> str:
    if re.fullmatch(_FLAG + "{2}", emoji):
        return "flag " + "".join(chr(ord(letter) - 0x1F1E6 + ord("A")) for letter in emoji)
    names = (unicodedata.name(sign, "emoji").lower() for sign in re.findall(_BASE, emoji))
    return ", ".join(dict.fromkeys(names))
