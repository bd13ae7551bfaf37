"""``FuzzyEntityExtractor``: names of the lookup tables under wrong spellings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from chatwright.nlu.component import FitReport, Message
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Entity
from chatwright.text.fuzzy_names import Found, FuzzyNames

__all__ = ["FuzzyEntityExtractor"]


@dataclass(slots=True)
class FuzzyEntityExtractor:
    """Finds ``Shanghia`` and 北经 where a lookup table holds Shanghai and 北京.

    Only tables whose names are entities of the examples are used, as by ``RegexEntityExtractor``, which finds
    the names that are written as they should be. Words that occur in the examples are meant as they stand. An
    entity of the same name on the same span gets the table's value; a span that holds another one stays as it
    is.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"tokens"})
    provides: ClassVar[frozenset[str]] = frozenset({"entities"})
    name: str = "FuzzyEntityExtractor"
    tables: Mapping[str, FuzzyNames] = field(default_factory=dict)
    """Entity → its names."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FuzzyEntityExtractor:
        """From its entry of config.yml, which has no options."""
        return cls(str(config.get("name", "FuzzyEntityExtractor")).rsplit(".", 1)[-1])

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Take over the tables and the words of the examples.

        Raises:
            MissingExtraError: a table holds Chinese names, and pypinyin is not installed.
        """
        entities = set(data.entity_types())
        known = {token.text for message in messages for token in message.tokens}
        names: dict[str, list[str]] = {}
        for table in data.lookups:
            if table.name in entities:
                names.setdefault(table.name, []).extend(table.phrases)
        self.tables = {entity: FuzzyNames(phrases, known) for entity, phrases in names.items()}
        return FitReport(
            component=self.name, details={"names": sum(len(table.names) for table in self.tables.values())}
        )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with the entities added."""
        return [replace(message, entities=tuple(self._entities(message))) for message in messages]

    def _entities(self, message: Message) -> Iterator[Entity]:
        found = [(entity, one) for entity, table in self.tables.items() for one in table.find(message.text)]
        for known in message.entities:
            same = (one for entity, one in found if entity == known.entity and _span(one) == _span(known))
            if one := next(same, None):
                known = replace(known, value=one.name, processors=(*known.processors, self.name))
            yield known
        for entity, one in found:
            if not any(one.start < known.end and known.start < one.end for known in message.entities):
                yield Entity(
                    entity=entity,
                    value=one.name,
                    start=one.start,
                    end=one.end,
                    confidence=one.likeness,
                    extractor=self.name,
                )

    def save(self, folder: Path) -> None:
        """Write names and words."""
        tables = {
            entity: {"names": table.names, "known_words": sorted(table.known_words)}
            for entity, table in self.tables.items()
        }
        content = {"name": self.name, "tables": tables}
        (folder / "fuzzy_entities.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> FuzzyEntityExtractor:
        """The inverse of ``save``."""
        data = json.loads((folder / "fuzzy_entities.json").read_text("utf-8"))
        return cls(data["name"], {entity: FuzzyNames(**table) for entity, table in data["tables"].items()})


def _span(part: Entity | Found) -> tuple[int, int]:
    return part.start, part.end
