"""``RegexEntityExtractor``: entities from the project's patterns and lookup tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import regex

from chatwright.errors import ComponentError
from chatwright.nlu.component import FitReport, Message
from chatwright.project.nlu_data import NluData, RegexFeature
from chatwright.schema.understanding import Entity
from chatwright.text.patterns import Pattern
from chatwright.text.phrases import PhraseTable

__all__ = ["RegexEntityExtractor"]

_SWITCHES = {"case_sensitive": False, "use_lookup_tables": True, "use_regexes": True}


@dataclass(slots=True)
class RegexEntityExtractor:
    """Finds every match of every pattern whose name is an entity that the examples annotate.

    As in Rasa, overlapping matches of different patterns all stay, and a lookup table finds what stands
    first in it. Unlike Rasa's default, a phrase is found in running Chinese text; ``use_word_boundaries:
    true`` gives Rasa's ``\\b``.
    """

    requires: ClassVar[frozenset[str]] = frozenset()
    provides: ClassVar[frozenset[str]] = frozenset({"entities"})
    name: str = "RegexEntityExtractor"
    options: Mapping[str, bool] = field(default_factory=lambda: dict(_SWITCHES))
    boundaries: str = "spaced"
    patterns: Sequence[tuple[str, Pattern]] = ()
    """Entity and pattern."""
    tables: Sequence[tuple[str, PhraseTable]] = ()

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> RegexEntityExtractor:
        """From its entry of config.yml.

        Raises:
            ComponentError: an option is not true or false.
        """
        for key in (*_SWITCHES, "use_word_boundaries"):
            if not isinstance(config.get(key, True), bool):
                raise ComponentError(
                    f"RegexEntityExtractor: {key} must be true or false, not {config[key]!r}"
                )
        boundaries = {True: "words", False: "none", None: "spaced"}[config.get("use_word_boundaries")]
        name = str(config.get("name", "RegexEntityExtractor")).rsplit(".", 1)[-1]
        return cls(name, {key: config.get(key, value) for key, value in _SWITCHES.items()}, boundaries)

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Take over patterns and tables.

        Raises:
            ComponentError: a pattern is not a regular expression.
        """
        known = set(data.entity_types())
        named: list[tuple[str, Any]] = []
        if self.options["use_regexes"]:
            named += [(item.name, _checked(item)) for item in data.regexes]
        if self.options["use_lookup_tables"]:
            named += [(item.name, item.phrases) for item in data.lookups]
        self._take([(name, source) for name, source in named if name in known])
        left_out = sorted({name for name, _ in named if name not in known})
        return FitReport(
            component=self.name,
            details={
                "patterns": len(self.patterns),
                "lookup_entries": sum(len(table.phrases) for _, table in self.tables),
                "left_out_never_annotated": left_out,
            },
        )

    def _take(self, named: Sequence[tuple[str, Any]]) -> None:
        sensitive = self.options["case_sensitive"]
        self.patterns = [
            (name, Pattern(source, sensitive)) for name, source in named if isinstance(source, str)
        ]
        self.tables = [
            (name, PhraseTable(phrases, case_sensitive=sensitive, boundaries=self.boundaries))
            for name, phrases in named
            if not isinstance(phrases, str)
        ]

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with the entities added."""
        return [
            replace(message, entities=(*message.entities, *self._entities(message.text)))
            for message in messages
        ]

    def _entities(self, text: str) -> Iterator[Entity]:
        for name, finder in (*self.patterns, *self.tables):
            for start, end in finder.find(text):
                yield Entity(entity=name, value=text[start:end], start=start, end=end, extractor=self.name)

    def save(self, folder: Path) -> None:
        """Write patterns and tables."""
        content = {
            "name": self.name,
            "options": dict(self.options),
            "boundaries": self.boundaries,
            "patterns": [(name, pattern.source) for name, pattern in self.patterns],
            "tables": [(name, table.phrases) for name, table in self.tables],
        }
        (folder / "regex_entities.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> RegexEntityExtractor:
        """The inverse of ``save``."""
        data = json.loads((folder / "regex_entities.json").read_text("utf-8"))
        loaded = cls(data["name"], data["options"], data["boundaries"])
        loaded._take([*map(tuple, data["patterns"]), *map(tuple, data["tables"])])
        return loaded


def _checked(item: RegexFeature) -> str:
    try:
        Pattern(item.pattern)
    except regex.error as error:
        raise ComponentError(
            f"the pattern {item.pattern!r} of '{item.name}' is not a regular expression: {error}",
            fix="correct it; a literal ( or * is written with \\ before it",
            location=item.location,
        ) from error
    return item.pattern
