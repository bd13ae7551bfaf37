"""One call of an action: the conversation it sees, and what it asks to be said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from chatwright.dialogue.belief.dialogue_state import DialogueState
from chatwright.dialogue.tracker import Tracker
from chatwright.generate.responses import ResponseSource, to_message
from chatwright.project.domain import Domain
from chatwright.schema.events import BotUttered, Event
from chatwright.schema.sessions import recalled_by_rasa

__all__ = ["ActionCall", "History", "Performer", "Saying"]

History = Callable[[], Awaitable[Sequence[Event]]]
"""Reads the events that were kept before this turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """What an action is given. Actions read the tracker; what they do comes back as events."""

    tracker: Tracker
    channel: str
    idempotency_key: str
    """The same for every attempt at this step of this turn."""
    history: History | None = None
    """Where the conversation is kept; the tracker holds the latest part of a long one."""
    answers_form: bool = True
    """Whether the latest message may answer what a form asked; False when a form goes on after a detour."""
    question: str | None = None
    """Of a form: the action with which it is to ask on, or ``action_deactivate_loop`` to end."""

    async def session_events(self) -> Sequence[Event]:
        """The events that Rasa's tracker would hold: this turn's, and those kept of the latest session."""
        tracker = self.tracker
        kept: Sequence[Event] = tracker.events[: tracker.turn_start]
        if self.history is not None and not tracker.has_all_events:
            kept = await self.history()
        return [*recalled_by_rasa(kept), *tracker.events[tracker.turn_start :]]

    def after(self, events: Iterable[Event]) -> ActionCall:
        """The call as it looks after ``events``."""
        tracker = self.tracker.copy()
        tracker.update_all(events)
        return replace(self, tracker=tracker)

    def within(self, action: str) -> ActionCall:
        """The call of a further action that this one runs; its key for effects outside differs."""
        return replace(self, idempotency_key=f"{self.idempotency_key}/{action}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Something to be said: a response by name, literal content, or content on top of a response."""

    response: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)

    async def spoken(self, call: ActionCall, responder: ResponseSource) -> list[Event]:
        """The event of having said it; none where the response has no words that fit."""
        draft: dict[str, Any] = {}
        if self.response:
            found = await responder.respond(
                self.response, call.tracker, channel=call.channel, variables=self.variables
            )
            if found is None:
                return []
            draft = {**found, "utter_action": self.response}
        buttons = [*(draft.get("buttons") or ()), *(self.content.get("buttons") or ())]
        draft |= {key: value for key, value in self.content.items() if value}
        if buttons:
            draft["buttons"] = buttons
        return [BotUttered.from_message(to_message(draft))]


class Performer(Protocol):
    """Runs actions by name; forms and other loops run further actions through it."""

    domain: Domain
    responder: ResponseSource
    state: DialogueState | None
    """What fills slots from the state of the dialogue, where the bot has such slots."""

    async def perform(self, name: str, call: ActionCall) -> list[Event]:
        """What the action did. Errors go up; ``ActionRejected`` means that it declined."""
        ...

    async def utter(self, name: str, call: ActionCall) -> list[Event]:
        """The response ``name``, said; nothing where it has no words that fit."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is such an action."""
        ...
