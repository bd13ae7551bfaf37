"""``EntitySynonymMapper``: values that mean the same become one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from chatwright.nlu.component import FitReport, Message
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Entity

__all__ = ["EntitySynonymMapper"]


@dataclass(slots=True)
class EntitySynonymMapper:
    """Rewrites values that the components before it found; it finds nothing itself."""

    requires: ClassVar[frozenset[str]] = frozenset()
    provides: ClassVar[frozenset[str]] = frozenset()
    name: str = "EntitySynonymMapper"
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Lower-cased words → value."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> EntitySynonymMapper:
        """From its entry of config.yml; it has no options."""
        return cls(str(config.get("name", "EntitySynonymMapper")).rsplit(".", 1)[-1])

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Take over the synonyms of the data."""
        self.synonyms = {words.lower(): value for words, value in data.synonyms.items()}
        return FitReport(component=self.name, details={"synonyms": len(self.synonyms)})

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with one value for all that means the same."""
        return [
            replace(message, entities=tuple(map(self._mapped, message.entities)))
            if message.entities
            else message
            for message in messages
        ]

    def _mapped(self, entity: Entity) -> Entity:
        value = self.synonyms.get(str(entity.value).lower())
        if value is None or value == entity.value:
            return entity
        return replace(entity, value=value, processors=(*entity.processors, self.name))

    def save(self, folder: Path) -> None:
        """Write the table."""
        content = {"name": self.name, "synonyms": dict(self.synonyms)}
        (folder / "synonyms.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> EntitySynonymMapper:
        """The inverse of ``save``."""
        return cls(**json.loads((folder / "synonyms.json").read_text("utf-8")))
