"""Closed classes of words that tell roles and modes, in both languages, as listed in frame_words.json."""

from __future__ import annotations

import json
from importlib.resources import files

__all__ = ["NOUNS", "roles", "words"]

NOUNS = ("NOUN", "PROPN", "PRON", "NUM", "SYM", "X")
"""Parts of speech that can be the head of an argument."""

_WORDS = json.loads(files("chatwright.text.analysis").joinpath("frame_words.json").read_text("utf-8"))


def words(name: str) -> frozenset[str]:
    """A class of words, such as ``people`` or ``negations``."""
    listed = _WORDS[name]
    return frozenset((listed if isinstance(listed, str) else " ".join(listed)).split())


def roles(name: str) -> dict[str, str]:
    """Word → role or mode, such as that of ``english_prepositions``."""
    return {word: role for role, listed in _WORDS[name].items() for word in listed.split()}
