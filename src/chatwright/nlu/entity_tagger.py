"""Finding entities with a conditional random field over words and Chinese characters."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from chatwright.learn.tagger import OUTSIDE, Tagged, Tagger
from chatwright.nlu.component import FitReport, Message
from chatwright.nlu.patterns import Patterns
from chatwright.nlu.tag_features import dictionary_tokens, listed_spans, unit_features, units_of
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Entity, Token
from chatwright.text.phrases import NamedPhrases

__all__ = ["LEAST_SURE", "EntityTagger", "join_tags", "split_tag", "sure_enough", "tag_of"]

SURE_INTENT = 0.5
"""Confidence below which the tagger does without the intent."""
LEAST_SURE = 0.6
"""After few examples: a tagger that has to go by the context sees entities in strange words everywhere."""
_FIELD = "\t"


def tag_of(place: str, entity: Entity) -> str:
    """BILOU tag of a unit: ``B-city<TAB>departure<TAB>`` (entity, role, group)."""
    return f"{place}-{entity.entity}{_FIELD}{entity.role or ''}{_FIELD}{entity.group or ''}"


def split_tag(tag: str) -> tuple[str, str, str | None, str | None]:
    """Place, entity, role and group of a tag that is not ``O``."""
    place, _, label = tag.partition("-")
    entity, role, group = label.split(_FIELD)
    return place, entity, role or None, group or None


@dataclass(slots=True)
class EntityTagger:
    """Entities with roles and groups. Stands for Rasa's CRFEntityExtractor and DIETClassifier.

    Roles and groups are part of the label, so that one decoding finds all three. The features are those
    of Rasa's CRF, two places more of context, words, patterns, lookup tables, the values that
    each entity had in training, and the intent, where it is known before.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"tokens"})
    provides: ClassVar[frozenset[str]] = frozenset({"entities"})

    name: str
    config: Mapping[str, Any]
    patterns: Patterns
    known: NamedPhrases
    tagger: Tagger
    least_sure: float = 0.0
    """Confidence below which a value that nothing listed is no entity."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        return cls(
            str(config.get("name", "CRFEntityExtractor")),
            dict(config),
            Patterns(),
            NamedPhrases({}),
            Tagger(b""),
        )

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        from chatwright.nlu.fit_entity_tagger import fit_entity_tagger, is_few

        started = time.perf_counter()
        self.patterns, self.known, model, details = fit_entity_tagger(data, messages, self.config)
        self.tagger = Tagger(model, _entity_of)
        self.least_sure = LEAST_SURE if is_few(data) else 0.0
        return FitReport(component=self.name, seconds=time.perf_counter() - started, details=details)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [replace(m, entities=[*m.entities, *self.find(m)]) for m in messages]

    def find(self, message: Message) -> list[Entity]:
        """The entities of one message."""
        if not self.known.phrases:  # no example was annotated
            return []
        text, units = message.text, units_of(message.text)
        features = unit_features(
            text,
            units,
            dictionary_tokens(text, message.tokens),
            self.patterns,
            self.known,
            intent=self._intent_of(message),
        )
        tags = self.tagger.tag(features)
        apart = self.config.get("split_entities_by_comma", True)
        found = [replace(entity, extractor=self.name) for entity in join_tags(text, units, tags, apart)]
        return sure_enough(found, text, self.patterns, self.known, self.least_sure)

    def _intent_of(self, message: Message) -> str | None:
        best = message.ranking[0] if message.ranking and self.config.get("reads_intent") else None
        return best.name if best and best.confidence >= SURE_INTENT else None

    def save(self, folder: Path) -> None:
        content = {
            "config": self.config,
            "patterns": self.patterns.to_json(),
            "least_sure": self.least_sure,
            "known": self.known.phrases,
        }
        (folder / "entities.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        self.tagger.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        content = json.loads((folder / "entities.json").read_text("utf-8"))
        found = cls.from_config(content["config"])
        found.patterns = Patterns.from_json(content["patterns"])
        found.known = NamedPhrases(content["known"])
        found.least_sure = content["least_sure"]
        found.tagger = Tagger.load(folder, kind=_entity_of)
        return found


def sure_enough(
    found: list[Entity],
    text: str,
    patterns: Patterns,
    known: NamedPhrases,
    least: float,
) -> list[Entity]:
    """The entities without those of values that neither an example nor a pattern names and that are less
    confident than ``least``."""
    doubtful = [entity for entity in found if (entity.confidence or 0.0) < least]
    if not doubtful:
        return found
    listed = listed_spans(text, patterns, known)
    new = [e for e in doubtful if not any(start < e.end and e.start < end for _, start, end in listed)]
    return [entity for entity in found if entity not in new]


def join_tags(
    text: str,
    units: Sequence[Token],
    tags: Sequence[Tagged],
    split_by_comma: bool | Mapping[str, bool] = True,
) -> list[Entity]:
    """Tags of units → entities, by Rasa's rules.

    Neighbours with the same label are one entity when at most one character lies between them (three
    where the entity is not split by commas). ``U-`` begins one, ``B-`` too unless a ``B-`` stands before.

    Args:
        split_by_comma: for all entities, or entity by entity.
    """
    out: list[Entity] = []
    before = ""
    for unit, tagged in zip(units, tags, strict=True):
        if tagged.label == OUTSIDE:
            # A mark between two words is no token in Rasa, and does not part them.
            before = before if not unit.text[0].isalnum() else ""
            continue
        place, name, role, group = split_tag(tagged.label)
        last = out[-1] if out else None
        split = split_by_comma if isinstance(split_by_comma, bool) else split_by_comma.get(name, True)
        joins = (
            last is not None
            and before
            and split_tag(before)[1:] == (name, role, group)
            and unit.start - last.end <= (1 if split else 3)
            and place != "U"
            and (place != "B" or before.startswith("B-"))
        )
        before = tagged.label
        if joins and last is not None:
            out[-1] = replace(
                last,
                end=unit.end,
                value=text[last.start : unit.end],
                **_confidences(role, group, tagged, last),
            )
        else:
            out.append(
                Entity(
                    entity=name,
                    value=unit.text,
                    start=unit.start,
                    end=unit.end,
                    role=role,
                    group=group,
                    **_confidences(role, group, tagged),
                )
            )
    return out


def _confidences(
    role: str | None, group: str | None, tagged: Tagged, last: Entity | None = None
) -> dict[str, Any]:
    """An entity is as sure as its least sure unit."""
    entity, part = tagged.together, tagged.probability
    if last is not None:
        entity = min(entity, last.confidence or 0.0)
        part = min(part, last.confidence_role or last.confidence_group or part)
    return {
        "confidence": entity,
        "confidence_role": part if role else None,
        "confidence_group": part if group else None,
    }


def _entity_of(tag: str) -> str:
    return OUTSIDE if tag == OUTSIDE else split_tag(tag)[1]
