"""What a policy sees of a conversation: one state before each action.

A state says what the user said last, which action ran last, the features of the filled slots and the
active loop. Rules may also say that a slot or loop must *not* be set (``NOT_SET``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.dialogue.slots import NOT_SET, slot_features
from chatwright.project.domain import Domain
from chatwright.schema.events import UserUttered

__all__ = ["NOT_SET", "State", "encode_states", "entity_labels", "make_state"]


@dataclass(frozen=True, slots=True)
class State:
    """One decision point."""

    previous: str | None = None
    """Name of the last action, or the text of an end-to-end bot message; None before the first one."""
    intent: str | None = None
    entities: tuple[str, ...] = ()
    text: str | None = None
    """Of the user's message, where it is to be read as text."""
    slots: tuple[tuple[str, Any], ...] = ()
    """Filled slots with their features, sorted; ``NOT_SET`` for slots that must be empty."""
    loop: str | None = None

    def to_json(self) -> list[Any]:
        """A compact form; also the identity that memoised stories are found by."""
        return [
            self.previous,
            self.intent,
            list(self.entities),
            self.text,
            [[name, list(v) if isinstance(v, tuple) else v] for name, v in self.slots],
            self.loop,
        ]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> State:
        """The inverse of ``to_json``."""
        previous, intent, entities, text, slots, loop = data
        return cls(
            previous,
            intent,
            tuple(entities),
            text,
            tuple((name, tuple(v) if isinstance(v, list) else v) for name, v in slots),
            loop,
        )


def encode_states(states: Iterable[State]) -> str:
    """A key for a sequence of states."""
    return json.dumps([state.to_json() for state in states], ensure_ascii=False, separators=(",", ":"))


def entity_labels(domain: Domain, message: UserUttered) -> tuple[str, ...]:
    """Sorted labels (``city``, ``city#from``) of the entities that the intent lets the policies see."""
    labels: set[str] = set()
    for entity in message.understanding.entities:
        parts = (None, entity.role, entity.group)
        labels |= {entity.entity if part is None else f"{entity.entity}#{part}" for part in parts}
    intent = domain.intents.get(message.intent or "")
    if intent is None or not labels:
        return tuple(sorted(labels))
    shown = _shown_labels(domain) if intent.use_entities is None else intent.use_entities
    return tuple(sorted(labels.intersection(shown).difference(intent.ignore_entities)))


def _shown_labels(domain: Domain) -> set[str]:
    return {
        label
        for spec in domain.entities.values()
        if spec.influence_conversation
        for label in (spec.name, *(f"{spec.name}#{part}" for part in (*spec.roles, *spec.groups)))
    }


def make_state(
    domain: Domain,
    *,
    previous: str | None,
    message: UserUttered | None,
    slots: Mapping[str, Any],
    loop: str | None,
    as_text: bool = False,
) -> State:
    """The state at one moment of a conversation."""
    features = []
    for name, spec in domain.slots.items():
        if not spec.influence_conversation:
            continue
        value = slots.get(name)
        if value == NOT_SET:
            features.append((name, NOT_SET))
        elif any(found := slot_features(spec, value)):
            features.append((name, found))
    intent = message.intent if message else None
    read_text = message is not None and (as_text or intent is None)
    return State(
        previous=previous,
        intent=None if as_text else intent,
        entities=entity_labels(domain, message) if message and not as_text else (),
        text=(message.text or None) if message and read_text else None,
        slots=tuple(sorted(features)),
        loop=loop,
    )
