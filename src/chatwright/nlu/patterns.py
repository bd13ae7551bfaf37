"""A project's regular expressions and lookup tables, as features of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import regex

from chatwright.project.nlu_data import NluData
from chatwright.text.patterns import Pattern
from chatwright.text.phrases import NamedPhrases

__all__ = ["Patterns"]


@dataclass(frozen=True, slots=True)
class Patterns:
    """Named expressions and tables of a project."""

    regexes: Mapping[str, Pattern] = field(default_factory=dict)
    lookups: NamedPhrases = field(default_factory=lambda: NamedPhrases({}))

    @classmethod
    def of(cls, data: NluData, config: Mapping[str, Any]) -> Patterns:
        """Those of a project, as the options of a ``RegexFeaturizer`` choose."""
        sources: dict[str, str] = {}
        if config.get("use_regexes", True):
            for one in data.regexes:
                known = sources.get(one.name)
                sources[one.name] = f"{known}|(?:{one.pattern})" if known else f"(?:{one.pattern})"
        phrases: dict[str, list[str]] = {}
        if config.get("use_lookup_tables", True):
            for table in data.lookups:
                phrases.setdefault(table.name, []).extend(table.phrases)
        case_sensitive = bool(config.get("case_sensitive", True))
        return cls.from_json({"regexes": sources, "lookups": phrases, "case_sensitive": case_sensitive})

    def matches(self, text: str) -> list[tuple[str, int, int]]:
        """Name and span of every match."""
        found = [(name, *span) for name, pattern in self.regexes.items() for span in pattern.find(text)]
        return found + self.lookups.find(text)

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "regexes": {name: pattern.source for name, pattern in self.regexes.items()},
            "lookups": self.lookups.phrases,
            "case_sensitive": all(pattern.case_sensitive for pattern in self.regexes.values()),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Patterns:
        """The inverse of ``to_json``; what does not compile is left out (validation has named it)."""
        regexes: dict[str, Pattern] = {}
        for name, source in data["regexes"].items():
            try:
                regexes[name] = Pattern(source, data["case_sensitive"])
            except regex.error:
                continue
        return cls(regexes, NamedPhrases(data["lookups"]))
