"""What the events of a conversation amount to: slots, active loop, latest message and action.

Each kind of event changes it as its counterpart in ``rasa.shared.core.events`` changes Rasa's tracker.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chatwright.dialogue.slots import NOT_SET, initial_slots, stored_value
from chatwright.project.domain import Domain
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Event,
    FollowupAction,
    LoopInterrupted,
    SlotSet,
    UserFeaturization,
    UserUttered,
    event_from_json,
)

__all__ = ["LISTEN", "Folded", "LoopState", "fold", "run_action"]

LISTEN = "action_listen"


@dataclass(slots=True)
class LoopState:
    """The active form or loop."""

    name: str
    is_interrupted: bool = False
    rejected: bool = False
    trigger_message: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """As in Rasa's tracker state."""
        return {
            "name": self.name,
            "is_interrupted": self.is_interrupted,
            "rejected": self.rejected,
            "trigger_message": self.trigger_message,
        }


@dataclass(slots=True)
class Folded:
    """What a conversation amounts to after some events."""

    slots: dict[str, Any]
    latest_message: UserUttered | None = None
    shown_message: UserUttered | None = None
    """What the policies see: turns inside the happy path of a form do not show."""
    latest_action: str | None = None
    loop: LoopState | None = None
    followup: str | None = LISTEN
    """A conversation without any action begins by listening."""
    rejected: str | None = None
    """The action that declined to run, when nothing ran after it."""
    paused: bool = False
    as_text: bool = False
    suspended: tuple[str, ...] = ()
    """Forms that another form interrupted, the latest last."""

    def copied(self) -> Folded:
        out = copy.copy(self)
        out.slots = dict(self.slots)
        out.loop = copy.copy(self.loop)
        return out

    def to_json(self) -> dict[str, Any]:
        return {
            "slots": self.slots,
            "message": self.latest_message.to_json() if self.latest_message else None,
            "shown": self.shown_message.to_json() if self.shown_message else None,
            "action": self.latest_action,
            "loop": self.loop.to_json() if self.loop else None,
            "followup": self.followup,
            "rejected": self.rejected,
            "paused": self.paused,
            "as_text": self.as_text,
            "suspended": list(self.suspended),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Folded:
        return cls(
            slots=dict(data["slots"]),
            latest_message=_message(data["message"]),
            shown_message=_message(data["shown"]),
            latest_action=data["action"],
            loop=LoopState(**data["loop"]) if data["loop"] else None,
            followup=data["followup"],
            rejected=data["rejected"],
            paused=data["paused"],
            as_text=data["as_text"],
            suspended=tuple(data.get("suspended") or ()),
        )


def _message(data: Mapping[str, Any] | None) -> UserUttered | None:
    event = event_from_json(data) if data else None
    return event if isinstance(event, UserUttered) else None


def run_action(now: Folded, event: ActionExecuted) -> None:
    now.latest_action = event.name or event.action_text
    now.followup = now.rejected = None
    if now.loop is not None:
        now.loop.is_interrupted = False
        if event.name == now.loop.name:
            now.loop.rejected = False


def fold(now: Folded, event: Event, domain: Domain) -> None:
    """Apply one event to what the conversation amounts to."""
    match event:
        case UserUttered():
            now.latest_message = now.shown_message = event
            now.followup, now.as_text = None, False
        case ActionExecuted():
            run_action(now, event)
        case SlotSet():
            if event.name in now.slots:
                now.slots[event.name] = stored_value(domain.slots[event.name], event.value)
        case ActiveLoop():
            now.suspended = _suspended(now, event.name)
            said = now.latest_message.understanding.to_json() if now.latest_message else None
            now.loop = LoopState(event.name, trigger_message=said) if event.name else None
        case LoopInterrupted():
            if now.loop is not None:
                now.loop.is_interrupted = event.is_interrupted
        case ActionExecutionRejected():
            now.rejected = event.name
            if now.loop is not None and now.loop.name == event.name:
                now.loop.rejected = True
        case FollowupAction():
            now.followup = event.name
        case ConversationPaused():
            now.paused = True
        case ConversationResumed():
            now.paused = False
        case AllSlotsReset():
            now.slots = initial_slots(domain.slots)
        case UserFeaturization():
            if now.latest_action == LISTEN:
                now.as_text = event.use_text_for_featurization
        case EntitiesAdded():
            if now.latest_action == LISTEN and now.latest_message is not None:
                now.latest_message = now.shown_message = _with_entities(now.latest_message, event)
        case _:
            pass


def _suspended(now: Folded, begins: str | None) -> tuple[str, ...]:
    """The interrupted forms when a form begins, or none does any more."""
    before = now.loop.name if now.loop else None
    left = [name for name in now.suspended if name != begins]
    if begins and before and before not in (begins, NOT_SET):
        left.append(before)
    return tuple(left)


def _with_entities(message: UserUttered, added: EntitiesAdded) -> UserUttered:
    known = message.understanding.entities
    new = [entity for entity in added.entities if entity not in known]
    return replace(message, understanding=replace(message.understanding, entities=(*known, *new)))
