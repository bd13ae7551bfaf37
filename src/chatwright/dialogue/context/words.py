"""Closed classes of words that show how a message leans on what was said before, as listed in words.json."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from chatwright.text.language import HAN

__all__ = ["LANGUAGES", "kind_of", "pattern", "words"]

LANGUAGES = ("en", "zh")

_WORDS = json.loads(files("chatwright.dialogue.context").joinpath("words.json").read_text("utf-8"))
_KINDS = {word: kind for kind, listed in _WORDS["kinds"].items() for word in listed}


def words(language: str, name: str) -> Sequence[str]:
    """A class of words, such as ``person`` (pronouns that stand for people)."""
    return _WORDS[language][name]


@cache
def pattern(language: str, *names: str) -> re.Pattern[str]:
    """Finds a word of the classes, the longest first; English ones are whole words."""
    listed = sorted({word for name in names for word in words(language, name)}, key=len, reverse=True)
    one = "|".join(map(re.escape, listed))
    return re.compile(one if language == "zh" else rf"(?<![\w'])(?:{one})(?!\w)")


def kind_of(entity: str) -> str:
    """``person``, ``place``, ``time`` or ``thing``, by the name of an entity.

    >>> kind_of("departure_city"), kind_of("colour"), kind_of("收款人")
    ('place', 'thing', 'person')
    """
    parts = [entity.lower(), *re.split(f"[^a-z{HAN}]+", re.sub("(?<=[a-z])(?=[A-Z])", "_", entity).lower())]
    return next((_KINDS[part] for part in [parts[0], *reversed(parts)] if part in _KINDS), "thing")
