"""What a policy sees of a conversation: one state before each action.

A state says what the user said last, which action ran last, the features of the filled slots and the
active loop. Rules may also say that a slot or loop must *not* be set (``NOT_SET``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chatwright.dialogue.slots import slot_features
from chatwright.project.domain import Domain
from chatwright.schema.events import UserUttered

__all__ = ["NOT_SET", "State", "encode_states", "entity_labels", "make_state"]

NOT_SET = "should_not_be_set"


@dataclass(frozen=True, slots=True)
class State:
    """One decision point."""

    previous: str | None = None
    """Name of the last action, or the text of an end-to-end bot message."""
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

    def without_text(self) -> State:
        """The state as policies that read intents see it."""
        return replace(self, text=None) if self.text is not None and self.intent is not None else self


def encode_states(states: Iterable[State]) -> str:
    """A key for a sequence of states."""
    return json.dumps([state.to_json() for state in states], ensure_ascii=False, separators=(",", ":"))


def entity_labels(domain: Domain, message: UserUttered) -> tuple[str, ...]:
    """Sorted labels of the message's entities that its intent lets the policies see."""
    spec = domain.intents.get(message.intent or "")
    labels: set[str] = set()
    for entity in message.understanding.entities:
        known = domain.entities.get(entity.entity)
        if known is None or (
            not known.influence_conversation and (spec is None or spec.use_entities is None)
        ):
            continue
        names = {entity.entity}
        if entity.role and entity.role in known.roles:
            names.add(f"{entity.entity}#{entity.role}")
        if entity.group and entity.group in known.groups:
            names.add(f"{entity.entity}#{entity.group}")
        labels |= names
    if spec is not None:
        if spec.use_entities is not None:
            labels &= {*spec.use_entities, *_expanded(labels, spec.use_entities)}
        labels -= {*spec.ignore_entities, *_expanded(labels, spec.ignore_entities)}
    return tuple(sorted(labels))


def _expanded(labels: set[str], names: Sequence[str]) -> set[str]:
    return {label for label in labels if label.split("#", 1)[0] in names}


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
        if value is NOT_SET:
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
