"""Stories and rules: example conversations and fixed behaviour. Read by ``project/read_stories.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatwright.errors import Location
from chatwright.schema.understanding import Entity

__all__ = [
    "ActionStep",
    "BotStep",
    "CheckpointStep",
    "LoopStep",
    "OrStep",
    "Rule",
    "SlotStep",
    "Step",
    "Story",
    "UserStep",
]


@dataclass(frozen=True, slots=True)
class UserStep:
    """The user says something: an intent, a text, or (in tests) both."""

    intent: str | None = None
    """Base intent in training stories; test stories keep ``faq/opening_hours`` in ``full_intent``."""
    full_intent: str | None = None
    entities: tuple[Entity, ...] = ()
    text: str | None = None
    """End-to-end text or test text, without annotation marks."""
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ActionStep:
    """The bot runs an action."""

    name: str
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class BotStep:
    """The bot says this very text (end to end)."""

    text: str
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SlotStep:
    """Slots take values, all at once."""

    values: tuple[tuple[str, Any], ...]
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LoopStep:
    """A loop becomes active; None: no loop is active any more."""

    name: str | None
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OrStep:
    """One of several user steps or slot steps."""

    alternatives: tuple[UserStep | SlotStep, ...]
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CheckpointStep:
    """Joins this story to others with a checkpoint of the same name."""

    name: str
    slots: tuple[tuple[str, Any], ...] = ()
    location: Location | None = field(default=None, compare=False)


Step = UserStep | ActionStep | BotStep | SlotStep | LoopStep | OrStep | CheckpointStep


@dataclass(frozen=True, slots=True)
class Story:
    """An example conversation; in a file named ``test_*`` a test conversation."""

    name: str
    steps: Sequence[Step]
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """Fixed behaviour. ``steps`` hold at most one user message."""

    name: str
    steps: Sequence[Step]
    condition: Sequence[SlotStep | LoopStep] = ()
    conversation_start: bool = False
    wait_for_user_input: bool = True
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)
    location: Location | None = field(default=None, compare=False)
