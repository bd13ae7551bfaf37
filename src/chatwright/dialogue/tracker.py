"""The tracker: a fold over the events of a conversation.

It holds the *base* (everything up to some event, folded) and the *window* (the applied events after
it). Taking back a turn folds the window again from the base; when the window has grown long, its older
half is folded into the base. So a turn costs the same at turn 10 and turn 10,000.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.dialogue.folded import Folded, LoopState, fold, run_action
from chatwright.dialogue.slots import initial_slots
from chatwright.dialogue.states import NOT_SET, State, make_state
from chatwright.project.domain import Domain
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
    events_from_json,
)

__all__ = ["WINDOW", "LoopState", "Point", "Tracker"]

WINDOW = 96
"""Applied events kept unfolded; at twice as many the older half is folded into the base."""

_LASTING = (
    SlotSet,
    AllSlotsReset,
    ActiveLoop,
    LoopInterrupted,
    FollowupAction,
    ConversationPaused,
    ConversationResumed,
)
"""Events that keep their effect when the turns around them are forgotten."""


@dataclass(frozen=True, slots=True)
class Point:
    """A moment at which an action was decided on, or is now."""

    state: State
    action: ActionExecuted | None
    """What was decided; None for the present."""
    keeps_hiding: bool
    """A follow-up or a form's own listen belongs to the turn before, as to whether rules alone know it."""
    message: UserUttered | None
    as_text: bool


class Tracker:
    """The state of one conversation.

    Args:
        conversation: its id.
        domain: of the bot.
        window: applied events kept unfolded (the older half is folded away at twice as many); None keeps all.
    """

    def __init__(self, conversation: str, domain: Domain, *, window: int | None = WINDOW) -> None:
        self.conversation = conversation
        self.domain = domain
        self.events: list[Event] = []
        """The events it was given since it was made or restored, in order."""
        self.has_all_events = True
        """Whether ``events`` are those of the whole conversation, not of its latest part."""
        self.turn_start = 0
        """Number of ``events`` before the present turn."""
        self.turns = 0
        """User turns over the whole conversation, taken-back ones included."""
        self.language: str | None = None
        self.profile: Mapping[str, Any] = {}
        """What is known of the user from all conversations; not part of the events."""
        self.latest_input_channel: str | None = None
        self.latest_event_time: float | None = None
        self.last_user_time: float | None = None
        self.needs_replay = False
        """A turn was taken back that the window no longer holds: fold all events anew."""
        self._base = Folded(initial_slots(domain.slots))
        self._window: list[Event] = []
        self._now = self._base.copied()
        self._points: list[Point] = []
        self._truncated = False
        self._window_size = window

    @property
    def slots(self) -> dict[str, Any]:
        """All slots with their values."""
        return self._now.slots

    @property
    def latest_message(self) -> UserUttered | None:
        """The latest user message of the session."""
        return self._now.latest_message

    @property
    def active_loop(self) -> LoopState | None:
        """The active form or loop."""
        return self._now.loop

    @property
    def active_loop_name(self) -> str | None:
        """Name of the active form or loop; a rule's "no loop" is none."""
        name = self._now.loop.name if self._now.loop else None
        return None if name == NOT_SET else name

    @property
    def suspended(self) -> tuple[str, ...]:
        """Forms that another form interrupted, the latest last."""
        return self._now.suspended

    @property
    def latest_action_name(self) -> str | None:
        """Name (or bot text) of the latest action."""
        return self._now.latest_action

    @property
    def followup_action(self) -> str | None:
        """An action that must come next."""
        return self._now.followup

    @property
    def rejected_action(self) -> str | None:
        """The action that declined to run, when nothing ran after it."""
        return self._now.rejected

    @property
    def paused(self) -> bool:
        """Whether the bot is silent."""
        return self._now.paused

    @property
    def has_session(self) -> bool:
        """Whether anything has happened in this session."""
        return bool(self._window) or self._truncated

    def applied_events(self) -> list[Event]:
        """Events of this session that count: taken-back ones and repeated loop runs are left out."""
        return list(self._window)

    def session_expired(self, now: float) -> bool:
        """Whether the last user message is older than the session may be. ``now`` in seconds."""
        minutes = self.domain.session.expiration_minutes
        return minutes > 0 and self.last_user_time is not None and now - self.last_user_time > 60 * minutes

    def update_all(self, events: Iterable[Event]) -> None:
        """Apply events in order."""
        for event in events:
            self.update(event)

    def update(self, event: Event) -> None:
        """Apply one event."""
        self.events.append(event)
        if not event.is_rasa:
            return
        self.latest_event_time = event.timestamp
        if isinstance(event, UserUttered):
            self.turns += 1
            self.last_user_time = event.timestamp
            self.latest_input_channel = event.input_channel or self.latest_input_channel
            self.language = event.understanding.language or self.language
        if isinstance(event, Restarted | SessionStarted):
            self._begin_anew(event)
        elif isinstance(event, UserUtteranceReverted):
            self._take_back(UserUttered)
            self._take_back(ActionExecuted)
            self._refold()
        elif isinstance(event, ActionReverted):
            self._take_back(ActionExecuted)
            self._refold()
        elif isinstance(event, ActionExecuted) and self._repeats_loop(event):
            self._collapse(event.name)
            run_action(self._now, event)
        else:
            self._window.append(event)
            self._apply(event)
            self._shorten()

    def points(self) -> list[Point]:
        """The decisions of the session, oldest first; the last is the present one."""
        return [*self._points, self._point(None)]

    def states(self) -> list[State]:
        """One state before each action of the session, oldest first; the last is the present."""
        return [point.state for point in self.points()]

    def state(self, *, as_text: bool = False) -> State:
        """The present state; ``as_text`` reads the message as text instead of its intent."""
        return self._state(as_text=as_text)

    @property
    def starts_at_beginning(self) -> bool:
        """Whether ``states`` reaches back to the start of the session."""
        return not self._truncated

    def copy(self) -> Tracker:
        """A tracker that may be changed without changing this one."""
        out = copy.copy(self)
        out.events = list(self.events)
        out._window = list(self._window)
        out._points = list(self._points)
        out._now = self._now.copied()
        out._base = self._base.copied()
        return out

    def state_json(self, events: Sequence[Event] | None = None) -> dict[str, Any]:
        """Rasa's tracker state, with the given events (by default those it was given)."""
        shown = self.events if events is None else events
        message = self.latest_message
        latest: dict[str, Any] = {
            "intent": {},
            "entities": [],
            "text": None,
            "message_id": None,
            "metadata": {},
        }
        if message is not None:
            latest = {
                **message.understanding.to_json(),
                "message_id": message.message_id,
                "metadata": dict(message.metadata),
            }
        action: dict[str, Any] = {}
        if self.latest_action_name:
            is_text = self.latest_action_name in self.domain.e2e_actions
            action["action_text" if is_text else "action_name"] = self.latest_action_name
        return {
            "sender_id": self.conversation,
            "slots": dict(self.slots),
            "latest_message": latest,
            "latest_event_time": self.latest_event_time,
            "followup_action": self.followup_action,
            "paused": self.paused,
            "events": [event.to_json() for event in shown if event.is_rasa],
            "latest_input_channel": self.latest_input_channel,
            "active_loop": self.active_loop.to_json() if self.active_loop else {},
            "latest_action": action,
            "latest_action_name": self.latest_action_name,
        }

    def snapshot(self) -> dict[str, Any]:
        """Everything needed to go on from here, as JSON."""
        return {
            "base": self._base.to_json(),
            "now": self._now.to_json(),
            "window": [event.to_json() for event in self._window],
            "truncated": self._truncated,
            "turns": self.turns,
            "language": self.language,
            "channel": self.latest_input_channel,
            "time": self.latest_event_time,
            "user_time": self.last_user_time,
        }

    @classmethod
    def restore(
        cls,
        conversation: str,
        domain: Domain,
        snapshot: Mapping[str, Any] | None,
        tail: Sequence[Event] = (),
    ) -> Tracker:
        """A tracker from a snapshot and the events after it; from all events without one."""
        tracker = cls(conversation, domain)
        if snapshot is None:
            tracker._window_size = None  # every turn taken back must be found, however long ago it was
        else:
            tracker.has_all_events = False
            tracker._base = Folded.from_json(snapshot["base"])
            tracker._window = events_from_json(snapshot["window"])
            tracker._now = tracker._base.copied()
            for event in tracker._window:
                tracker._apply(event)
            tracker._now = Folded.from_json(snapshot["now"])
            tracker._truncated = snapshot["truncated"]
            tracker.turns = snapshot["turns"]
            tracker.language = snapshot["language"]
            tracker.latest_input_channel = snapshot["channel"]
            tracker.latest_event_time = snapshot["time"]
            tracker.last_user_time = snapshot["user_time"]
            tracker.events = list(tracker._window)
        tracker.update_all(tail)
        tracker._window_size = WINDOW
        tracker._shorten()
        return tracker

    def _begin_anew(self, event: Event) -> None:
        self._base = Folded(initial_slots(self.domain.slots))
        self._window, self._points, self._truncated = [], [], False
        self._now = self._base.copied()
        if isinstance(event, Restarted):
            self._now.followup = "action_session_start"

    def _state(self, *, as_text: bool = False) -> State:
        now = self._now
        return make_state(
            self.domain,
            previous=now.latest_action,
            message=now.shown_message,
            slots=now.slots,
            loop=now.loop.name if now.loop else None,
            as_text=as_text or now.as_text,
        )

    def _point(self, action: ActionExecuted | None) -> Point:
        now = self._now
        keeps = bool(now.followup) or now.latest_action == self.active_loop_name
        return Point(self._state(), action, keeps, now.shown_message, now.as_text)

    def _apply(self, event: Event) -> None:
        if isinstance(event, ActionExecuted):
            self._points.append(self._point(event))
        fold(self._now, event, self.domain)

    def _shorten(self) -> None:
        """Fold the oldest events away; if possible not since the active form ran: it may run again."""
        size = self._window_size
        if size is None or len(self._window) < 2 * size:
            return
        count = len(self._window) - size
        if self.active_loop_name is not None and len(self._window) < 4 * size:
            runs = (
                number
                for number in range(len(self._window) - 1, -1, -1)
                if isinstance(past := self._window[number], ActionExecuted)
                and past.name == self.active_loop_name
            )
            count = min(count, next(runs, count))
        old, self._window = self._window[:count], self._window[count:]
        for event in old:
            fold(self._base, event, self.domain)
        actions = sum(isinstance(event, ActionExecuted) for event in old)
        self._points = self._points[actions:]
        self._truncated = self._truncated or bool(old)

    def _take_back(self, kind: type[Event]) -> None:
        """Drop applied events back through the last one of ``kind``."""
        while self._window:
            event = self._window.pop()
            if isinstance(event, ActionExecuted):
                self._points.pop()
            if isinstance(event, kind):
                return
        self.needs_replay = self.needs_replay or self._truncated

    def _refold(self) -> None:
        """What the conversation amounts to after events were taken back."""
        self._now = self._base.copied()
        for event in self._window:
            fold(self._now, event, self.domain)

    def _repeats_loop(self, event: ActionExecuted) -> bool:
        """Whether a form runs again on its happy path, after it ran before."""
        if event.name is None or event.name != self.active_loop_name:
            return False
        following: str | None = None
        for past in reversed(self._window):
            if isinstance(past, ActiveLoop) and past.name is None:
                return False
            if isinstance(past, ActionExecutionRejected) and past.name == event.name:
                return False
            if isinstance(past, UserUttered) and following is not None and following != event.name:
                return False
            if isinstance(past, ActionExecuted):
                if past.name == event.name:
                    return True
                following = past.name
        return False

    def _collapse(self, name: str | None) -> None:
        """Forget the turns since the form ran before; what they set stays, each slot's last value only."""
        kept: list[Event] = []
        seen: set[tuple[type[Event], str | None]] = set()
        while self._window:
            past = self._window[-1]
            if isinstance(past, ActionExecuted) and past.name == name:
                break
            self._window.pop()
            if isinstance(past, ActionExecuted):
                self._points.pop()
            key = (type(past), past.name if isinstance(past, SlotSet) else None)
            if isinstance(past, _LASTING) and key not in seen:
                seen.add(key)
                kept.append(past)
        self._window.extend(reversed(kept))
        ran = self._points[-1]
        self._now.shown_message, self._now.as_text = ran.message, ran.as_text
