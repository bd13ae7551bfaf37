"""Base forms of English words: exceptions, and rules by the end of the word, learnt from a treebank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from chatwright.text.analysis.net import WEIGHTS

__all__ = ["LONGEST_ENDING", "Lemmas", "english_lemmas", "key_of"]

LONGEST_ENDING = 5


def key_of(word: str, upos: str) -> str:
    """What is looked up: names keep their capitals."""
    return word if upos == "PROPN" else word.lower()


@dataclass(frozen=True, slots=True)
class Lemmas:
    """Tables by part of speech."""

    exceptions: Mapping[str, Mapping[str, str]]
    """Part of speech → word → lemma."""
    endings: Mapping[str, Mapping[str, tuple[int, str]]]
    """Part of speech → ending → characters to take off, and what to put on; the longest ending counts."""

    def of(self, word: str, upos: str) -> str:
        """The lemma; the word itself where nothing is known of its part of speech.

        >>> Lemmas({"VERB": {"went": "go"}}, {"VERB": {"ies": (3, "y")}}).of("Flies", "VERB")
        'fly'
        """
        key = key_of(word, upos)
        known = self.exceptions.get(upos, {}).get(key)
        if known is not None:
            return known
        rules = self.endings.get(upos, {})
        for size in range(min(LONGEST_ENDING, len(key)), -1, -1):
            rule = rules.get(key[len(key) - size :])
            if rule is not None and rule[0] <= len(key):
                return (key[: len(key) - rule[0]] + rule[1]) or key
        return key

    def to_json(self) -> str:
        """Both tables."""
        tables = {"exceptions": self.exceptions, "endings": self.endings}
        return json.dumps(tables, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of ``to_json``."""
        tables = json.loads(text)
        endings = {
            upos: {end: (int(off), str(on)) for end, (off, on) in rules.items()}
            for upos, rules in tables["endings"].items()
        }
        return cls(tables["exceptions"], endings)


@lru_cache(maxsize=1)
def english_lemmas() -> Lemmas:
    """The shipped tables."""
    return Lemmas.from_json((WEIGHTS / "parser-en" / "lemmas.json").read_text("utf-8"))
