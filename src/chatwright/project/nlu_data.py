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
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Key of a retrieval intent's answer (``faq/hours``) → its texts."""

    def intents(self) -> list[str]:
        """Base intents in order of first appearance."""
        return list(dict.fromkeys(e.intent for e in self.examples if e.intent))

    def entity_types(self) -> list[str]:
        """Annotated entity types in order of first appearance."""
        return list(dict.fromkeys(entity.entity for e in self.examples for entity in e.entities))

    def to_json(self) -> dict[str, Any]:
        """JSON form, without places in files and metadata."""
        return {
            "examples": [
                {
                    "text": e.text,
                    "intent": e.intent,
                    "response_key": e.response_key,
                    "entities": [entity.to_json() for entity in e.entities],
                }
                for e in self.examples
            ],
            "synonyms": dict(self.synonyms),
            "regexes": [[regex.name, regex.pattern] for regex in self.regexes],
            "lookups": [[table.name, list(table.phrases)] for table in self.lookups],
            "answers": {key: list(texts) for key, texts in self.answers.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> NluData:
        """The inverse of ``to_json``."""
        return cls(
            examples=[
                NluExample(
                    e["text"],
                    e["intent"],
                    e["response_key"],
                    tuple(Entity.from_json(entity) for entity in e["entities"]),
                )
                for e in content["examples"]
            ],
            synonyms=content["synonyms"],
            regexes=[RegexFeature(*regex) for regex in content["regexes"]],
            lookups=[LookupTable(name, tuple(phrases)) for name, phrases in content["lookups"]],
            answers=content["answers"],
        )

    def over(self, older: NluData) -> NluData:
        """Both together; where they speak of the same text, surface or name, this one counts."""
        texts = {example.text for example in self.examples}
        regexes = {(regex.name, regex.pattern): regex for regex in [*older.regexes, *self.regexes]}
        lookups = {(table.name, table.phrases): table for table in [*older.lookups, *self.lookups]}
        return NluData(
            examples=[*self.examples, *(e for e in older.examples if e.text not in texts)],
            synonyms={**older.synonyms, **self.synonyms},
            regexes=list(regexes.values()),
            lookups=list(lookups.values()),
            answers={**older.answers, **self.answers},
        )
