"""Regular expressions, lookup tables and known entity values as features of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatwright.project.nlu_data import NluData

__all__ = ["Patterns", "PhraseTable"]


@dataclass(frozen=True, slots=True)
class PhraseTable:
    """Phrases to find in a text, longest first, in time that does not grow with their number.

    Case does not matter. A phrase that begins or ends with a letter or digit of an alphabet must begin
    or end a word there; Chinese has no such borders.
    """

    phrases: frozenset[str]
    lengths: tuple[int, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, phrases: Iterable[str]) -> PhraseTable:
        """From phrases as written."""
        kept = frozenset(p.strip().lower() for p in phrases if p.strip())
        return cls(kept, tuple(sorted({len(p) for p in kept}, reverse=True)))

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans of matches, left to right, without overlap."""
        lowered = text.lower()
        if len(lowered) != len(text):  # a few letters grow when lowered, and offsets would be wrong
            lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        start = 0
        while start < len(lowered):
            end = next(
                (
                    start + length
                    for length in self.lengths
                    if lowered[start : start + length] in self.phrases
                    and start + length <= len(lowered)
                    and _is_border(lowered, start)
                    and _is_border(lowered, start + length)
                ),
                None,
            )
            if end is None:
                start += 1
            else:
                yield start, end
                start = end


@dataclass(frozen=True, slots=True)
class Patterns:
    """Named expressions and tables of a project."""

    regexes: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    lookups: Mapping[str, PhraseTable] = field(default_factory=dict)

    @classmethod
    def of(cls, data: NluData, config: Mapping[str, Any] | None = None) -> Patterns:
        """Those of a project, as the options of a ``RegexFeaturizer`` choose."""
        config = config or {}
        regexes: dict[str, str] = {}
        if config.get("use_regexes", True):
            for regex in data.regexes:
                known = regexes.get(regex.name)
                regexes[regex.name] = f"{known}|(?:{regex.pattern})" if known else f"(?:{regex.pattern})"
        lookups: dict[str, list[str]] = {}
        if config.get("use_lookup_tables", True):
            for table in data.lookups:
                lookups.setdefault(table.name, []).extend(table.phrases)
        return cls.from_json(
            {
                "regexes": regexes,
                "lookups": {name: sorted(set(phrases)) for name, phrases in lookups.items()},
                "ignore_case": not config.get("case_sensitive", True),
            }
        )

    def matches(self, text: str) -> list[tuple[str, int, int]]:
        """Name and span of every match."""
        found = [
            (name, match.start(), match.end())
            for name, regex in self.regexes.items()
            for match in regex.finditer(text)
            if match.end() > match.start()
        ]
        found += [(name, *span) for name, table in self.lookups.items() for span in table.find(text)]
        return found

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "regexes": {name: regex.pattern for name, regex in self.regexes.items()},
            "lookups": {name: sorted(table.phrases) for name, table in self.lookups.items()},
            "ignore_case": any(regex.flags & re.IGNORECASE for regex in self.regexes.values()),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, Any] | Any]) -> Patterns:
        """The inverse of ``to_json``; what does not compile is left out (validation has named it)."""
        flags = re.IGNORECASE if data["ignore_case"] else 0
        regexes = {name: _compiled(pattern, flags) for name, pattern in data["regexes"].items()}
        return cls(
            {name: regex for name, regex in regexes.items() if regex},
            {name: PhraseTable.of(phrases) for name, phrases in data["lookups"].items()},
        )


def _compiled(pattern: str, flags: int) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, flags)
    except re.error:
        return None


def _is_border(text: str, index: int) -> bool:
    """Whether a word of an alphabet does not run across ``index``."""
    return not (0 < index < len(text) and _is_letter(text[index - 1]) and _is_letter(text[index]))


def _is_letter(char: str) -> bool:
    return char.isalnum() and not "\u2e80" <= char <= "\u9fff" and char < "\U00020000"
