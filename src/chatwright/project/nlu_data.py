"""NLU training data: what people may say, labelled. Read by ``project/read_nlu.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatwright.errors import Location
from chatwright.schema.understanding import Entity

__all__ = ["LookupTable", "NluData", "NluExample", "RegexFeature"]


@dataclass(frozen=True, slots=True)
class NluExample:
    """One labelled message."""

    text: str
    """Without annotation marks."""
    intent: str | None = None
    """Base intent; ``faq`` of ``faq/opening_hours``."""
    response_key: str | None = None
    """The full ``faq/opening_hours`` of a retrieval intent."""
    entities: tuple[Entity, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RegexFeature:
    """A named pattern."""

    name: str
    pattern: str
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A named list of phrases."""

    name: str
    phrases: tuple[str, ...]
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NluData:
    """All NLU data of a project."""

    examples: Sequence[NluExample] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Surface text as written → value. Annotations with another value are included."""
    regexes: Sequence[RegexFeature] = ()
    lookups: Sequence[LookupTable] = ()

    def intents(self) -> list[str]:
        """Base intents in order of first appearance."""
        return list(dict.fromkeys(e.intent for e in self.examples if e.intent))

    def entity_types(self) -> list[str]:
        """Annotated entity types in order of first appearance."""
        return list(dict.fromkeys(entity.entity for e in self.examples for entity in e.entities))
