"""``ValueExtractor``: numbers, money, times, addresses and the like as entities, without a server.

It also does the work of ``DucklingEntityExtractor``, with Duckling's names and values (units of money are ISO
4217 codes), and finds what ``SpacyEntityExtractor`` can find without a model.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from chatwright.errors import ComponentError, did_you_mean
from chatwright.nlu.component import FitReport, Message
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Entity
from chatwright.text.values.find import KINDS, find_values
from chatwright.text.values.value import Value

__all__ = ["ValueExtractor"]

_DUCKLING = {
    "amount-of-money": "money",
    "distance": "distance",
    "duration": "duration",
    "email": "email",
    "number": "number",
    "ordinal": "ordinal",
    "phone-number": "phone",
    "temperature": "temperature",
    "time": "time",
    "url": "url",
    "volume": "volume",
}
_SPACY = {
    "CARDINAL": "number",
    "DATE": "time",
    "MONEY": "money",
    "ORDINAL": "ordinal",
    "PERCENT": "percent",
    "TIME": "time",
}
_NAMES = {"DucklingEntityExtractor": _DUCKLING, "SpacyEntityExtractor": _SPACY}
_CLOCK_GRAINS = ("hour", "minute", "second")


@dataclass(slots=True)
class ValueExtractor:
    """Finds values of some kinds.

    An entity of another extractor on the same span gets what the value means as ``additional_info``, and, if
    it has the same name, the value itself.
    """

    requires: ClassVar[frozenset[str]] = frozenset()
    provides: ClassVar[frozenset[str]] = frozenset({"entities"})
    name: str = "ValueExtractor"
    entities: Mapping[str, str] = field(default_factory=lambda: {kind: kind for kind in KINDS})
    """Entity → kind of value."""
    timezone: str | None = None
    locale: str | None = None
    """Such as ``en_GB``, where 7/11 is in November; the language of a message decides where there is none."""
    clock: Callable[[], datetime] = field(default=lambda: datetime.now().astimezone(), compare=False)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ValueExtractor:
        """From its entry of config.yml.

        ``entities`` maps names of entities to kinds of values; without it, each kind is an entity of its own
        name. With Duckling's and spaCy's names, ``dimensions`` lists entities, all where there is none.
        ``locale`` tells the order of day and month; ``timezone`` is where ``tomorrow`` begins, the machine's
        by default.

        Raises:
            ComponentError: there is no such kind or time zone.
        """
        name = str(config.get("name", "ValueExtractor")).rsplit(".", 1)[-1]
        timezone = config.get("timezone")
        try:
            ZoneInfo(timezone or "UTC")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ComponentError(
                f"{name}: there is no time zone {timezone!r}", fix="write it as in Asia/Shanghai"
            ) from error
        return cls(name, _entities(name, config), timezone, str(config.get("locale") or "") or None)

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Nothing to learn."""
        return FitReport(component=self.name, details={"entities": sorted(self.entities)})

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with the values added."""
        now = datetime.now(ZoneInfo(self.timezone)) if self.timezone else self.clock()
        return [self._enriched(message, now) for message in messages]

    def _enriched(self, message: Message, now: datetime) -> Message:
        values = find_values(
            message.text,
            now=now,
            language=self.locale or message.language,
            kinds=frozenset(self.entities.values()),
        )
        entities = list(message.entities)
        for value in values:
            for name, kind in self.entities.items():
                if kind == value.kind and _fits(name, value):
                    self._add(entities, name, value, message.text)
        return replace(message, entities=tuple(entities)) if values else message

    def _add(self, entities: list[Entity], name: str, value: Value, text: str) -> None:
        meaning, info = self._meaning(value, text), _info(value)
        known = False
        for number, entity in enumerate(entities):
            if (entity.start, entity.end) != (value.start, value.end) or entity.additional_info:
                continue
            if entity.entity == name:
                known = True
                entity = replace(entity, value=meaning, processors=(*entity.processors, self.name))
            entities[number] = replace(entity, additional_info=info)
        if not known:
            entities.append(
                Entity(
                    entity=name,
                    value=meaning,
                    start=value.start,
                    end=value.end,
                    confidence=1.0,
                    extractor=self.name,
                    additional_info=info,
                )
            )

    def _meaning(self, value: Value, text: str) -> Any:
        if self.name == "SpacyEntityExtractor":
            return text[value.start : value.end]
        if value.kind == "phone" and value.unit:
            return f"({value.unit}){value.value}" if self.name in _NAMES else f"{value.unit}{value.value}"
        return value.value

    def save(self, folder: Path) -> None:
        """Write the options."""
        content = {
            "name": self.name,
            "entities": dict(self.entities),
            "timezone": self.timezone,
            "locale": self.locale,
        }
        (folder / "values.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> ValueExtractor:
        """The inverse of ``save``."""
        return cls(**json.loads((folder / "values.json").read_text("utf-8")))


def _entities(name: str, config: Mapping[str, Any]) -> dict[str, str]:
    if table := _NAMES.get(name):
        wanted = config.get("dimensions")
        return {entity: kind for entity, kind in table.items() if wanted is None or entity in wanted}
    entities = config.get("entities")
    if entities is None:
        return {kind: kind for kind in KINDS}
    if not isinstance(entities, Mapping):
        raise ComponentError(
            f"{name}: entities must map entities to kinds", fix="write entities: {size: number}"
        )
    for entity, kind in entities.items():
        if kind not in KINDS:
            raise ComponentError(
                f"{name}: there is no kind {kind!r} of values for the entity {entity}",
                fix=did_you_mean(str(kind), KINDS) or f"use one of {', '.join(KINDS)}",
            )
    return dict(entities)


def _fits(entity: str, value: Value) -> bool:
    """spaCy has two names for times."""
    return entity not in ("DATE", "TIME") or (value.grain in _CLOCK_GRAINS) == (entity == "TIME")


def _info(value: Value) -> dict[str, Any]:
    """As Duckling's raw value, with our name of the kind."""
    measured = {
        key: content
        for key, content in (("unit", value.unit), ("grain", value.grain), ("recurs", value.recurs))
        if content is not None
    }
    if isinstance(value.value, Mapping):
        ends = {end: {"value": moment, **measured} for end, moment in value.value.items() if moment}
        one = {"type": "interval", **ends}
    else:
        one = {"type": "value", "value": value.value, **measured}
    return {"kind": value.kind, **one} | ({"values": [one]} if value.kind == "time" else {})
