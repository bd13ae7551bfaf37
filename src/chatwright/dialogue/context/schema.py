"""What a bot's training data say of its questions: the entities each intent is asked with, and their values.

The entities seen with an intent are those that a follow-up question of that intent may take over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.lm.static_vectors import house_vectors
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Entity
from chatwright.text.chinese_words import Segmenter
from chatwright.text.normalise import fold
from chatwright.text.tokens import mixed_tokens

__all__ = ["REQUIRED", "IntentSchema", "label_of"]

REQUIRED = 0.5
"""An entity in so many of an intent's examples belongs to the question; else it was said before."""
MOST_VALUES = 60
"""Values kept of an entity; more would not change what is near to them."""


def label_of(entity: Entity) -> str:
    """``city``, or ``city:to`` for one with a role."""
    return f"{entity.entity}:{entity.role}" if entity.role else entity.entity


@dataclass(frozen=True)
class IntentSchema:
    """Intents with their entities, and entities with their values."""

    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Intent → label of an entity → share of the intent's examples with it."""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Entity → values as they are written."""
    together: frozenset[tuple[str, str]] = frozenset()
    """Pairs of labels that stand in one example, in the order of the alphabet."""
    bare: frozenset[str] = frozenset()
    """Intents with examples that are nothing but a value, such as answers to what the bot asks."""

    @classmethod
    def from_data(cls, data: NluData) -> IntentSchema:
        """Count the examples."""
        examples: Counter[str] = Counter()
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        values: dict[str, dict[str, None]] = defaultdict(dict)
        together: set[tuple[str, str]] = set()
        bare: set[str] = set()
        for example in data.examples:
            if example.intent is None:
                continue
            examples[example.intent] += 1
            labels = sorted({label_of(entity) for entity in example.entities})
            counts[example.intent].update(labels)
            together.update(combinations(labels, 2))
            if labels and sum(e.end - e.start for e in example.entities) >= len(example.text.strip(" ?？")):
                bare.add(example.intent)
            for entity in example.entities:
                values[entity.entity][example.text[entity.start : entity.end]] = None
        for table in data.lookups:
            if table.name in values:
                values[table.name].update(dict.fromkeys(table.phrases))
        shares = {
            intent: {label: round(count / examples[intent], 4) for label, count in counts[intent].items()}
            for intent in examples
        }
        kept = {name: list(found)[:MOST_VALUES] for name, found in values.items()}
        return cls(shares, kept, frozenset(together), frozenset(bare))

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "shares": self.shares,
            "values": self.values,
            "together": sorted(self.together),
            "bare": sorted(self.bare),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> IntentSchema:
        """The inverse of ``to_json``."""
        together = frozenset((first, second) for first, second in content["together"])
        return cls(content["shares"], content["values"], together, frozenset(content["bare"]))

    def uses(self, intent: str | None, label: str) -> bool:
        """Whether the intent is ever asked with such an entity."""
        return label in self.shares.get(intent or "", ())

    def go_together(self, one: str, other: str) -> bool:
        """Whether two labels stand in one example of any intent; those that do not are alternatives."""
        return (min(one, other), max(one, other)) in self.together

    def core(self, intent: str | None) -> str | None:
        """The label that belongs to questions of the intent, if one does."""
        shares = self.shares.get(intent or "", {})
        label = max(shares, key=shares.__getitem__, default=None)
        return label if label is not None and shares[label] >= REQUIRED else None

    def label_in(self, intent: str | None, entity: Entity) -> str | None:
        """How the intent would label the entity: a city that was flown to is a city to the weather.

        Roles count where the intent tells them apart; without one, the commonest of them is taken.
        """
        shares = self.shares.get(intent or "", {})
        for label in (label_of(entity), entity.entity):
            if label in shares:
                return label
        roles = {label: share for label, share in shares.items() if label.startswith(f"{entity.entity}:")}
        return max(roles, key=roles.__getitem__) if roles else None

    def likeness(self, text: str, entity: str) -> float:
        """How near a text is to the values of an entity, 0 to 1; 1 for one of them."""
        known = self.values.get(entity, ())
        if fold(text) in {fold(value) for value in known}:
            return 1.0
        matrix = self._vectors.get(entity)
        vector = _embedded(text)
        if matrix is None or vector is None:
            return 0.0
        nearest = np.sort(matrix @ vector)[-3:]
        return float(max(nearest.mean(), 0.0))

    @cached_property
    def _vectors(self) -> Mapping[str, NDArray[np.float32]]:
        found = {name: [_embedded(value) for value in values] for name, values in self.values.items()}
        known = {name: [row for row in rows if row is not None] for name, rows in found.items()}
        return {name: np.stack(rows) for name, rows in known.items() if rows}


_SEGMENTER = Segmenter()


def _embedded(text: str) -> NDArray[np.float32] | None:
    """The vector of a text; None where nothing is known of it, or there are no vectors."""
    house = house_vectors()
    if house is None:
        return None
    vector = house.embed([token.text for token in mixed_tokens(text, _SEGMENTER)])
    return vector if vector.any() else None
