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

from chatwright.dialogue.slots import initial_slots
from chatwright.dialogue.states import State, make_state
from chatwright.project.domain import Domain
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
    event_from_json,
    events_from_json,
)

__all__ = ["WINDOW", "LoopState", "Tracker"]

WINDOW = 96
"""Applied events kept unfolded; at twice as many the older half is folded into the base."""


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
class _Folded:
    """What a conversation amounts to after some events."""

    slots: dict[str, Any]
    latest_message: UserUttered | None = None
    shown_message: UserUttered | None = None
    """What the policies see: turns inside the happy path of a form do not show."""
    latest_action: str | None = None
    loop: LoopState | None = None
    followup: str | None = None
    paused: bool = False
    as_text: bool = False

    def copied(self) -> _Folded:
        out = copy.copy(self)
        out.slots = dict(self.slots)
        out.loop = copy.copy(self.loop)
        return out


@dataclass(slots=True)
class _Point:
    """A decision point: the state, and whether only rules know the turn."""

    state: State
    action: ActionExecuted | None


class Tracker:
    """The state of one conversation.

    Args:
        conversation: its id.
        domain: of the bot.
    """

    def __init__(self, conversation: str, domain: Domain) -> None:
        self.conversation = conversation
        self.domain = domain
        self.events: list[Event] = []
        """The events it was given since it was made or restored, in order."""
        self.turns = 0
        """User turns over the whole conversation, taken-back ones included."""
        self.language: str | None = None
        self.latest_input_channel: str | None = None
        self.latest_event_time: float | None = None
        self.last_user_time: float | None = None
        self.needs_replay = False
        """A turn was taken back that the window no longer holds: fold all events anew."""
        self._base = _Folded(initial_slots(domain.slots))
        self._window: list[Event] = []
        self._now = self._base.copied()
        self._points: list[_Point] = []
        self._truncated = False

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
        """Name of the active form or loop."""
        return self._now.loop.name if self._now.loop else None

    @property
    def latest_action_name(self) -> str | None:
        """Name (or bot text) of the latest action."""
        return self._now.latest_action

    @property
    def followup_action(self) -> str | None:
        """An action that must come next."""
        return self._now.followup

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
            self._fold_window()
        elif isinstance(event, ActionReverted):
            self._take_back(ActionExecuted)
            self._fold_window()
        elif isinstance(event, ActionExecuted) and self._repeats_loop(event):
            # Later states do not show the turns inside the happy path of a form.
            self._collapse(event.name)
            followup, now = self._now.followup, self._now
            self._fold_window()
            self._now.latest_message = now.latest_message
            self._now.paused, self._now.followup = now.paused, followup
            _run_action(self._now, event)
        else:
            self._window.append(event)
            self._apply(event)
            self._shorten()

    def states(self, *, hide_rule_turns: bool = False) -> list[State]:
        """One state before each action of the session, oldest first; the last is the present."""
        points = [*self._points, _Point(self._state(), None)]
        if not hide_rule_turns:
            return [point.state for point in points]
        shown = [p.state for p in points[:-1] if not (p.action and p.action.hide_rule_turn)]
        return [*shown, points[-1].state]

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
        action: dict[str, Any] = {"action_name": self.latest_action_name} if self.latest_action_name else {}
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
        base = self._base
        return {
            "slots": base.slots,
            "message": base.shown_message.to_json() if base.shown_message else None,
            "action": base.latest_action,
            "loop": base.loop.to_json() if base.loop else None,
            "followup": base.followup,
            "paused": base.paused,
            "window": [event.to_json() for event in self._window],
            "truncated": self._truncated,
            "turns": self.turns,
            "language": self.language,
            "channel": self.latest_input_channel,
            "time": self.latest_event_time,
            "user_time": self.last_user_time,
            "trigger": self._now.loop.trigger_message if self._now.loop else None,
            "now_message": self._now.latest_message.to_json() if self._now.latest_message else None,
            "now_action": self._now.latest_action,
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
        if snapshot is not None:
            loop = snapshot["loop"]
            tracker._base = _Folded(
                slots={**initial_slots(domain.slots), **snapshot["slots"]},
                latest_message=_message(snapshot["message"]),
                shown_message=_message(snapshot["message"]),
                latest_action=snapshot["action"],
                loop=LoopState(**loop) if loop else None,
                followup=snapshot["followup"],
                paused=snapshot["paused"],
            )
            tracker._truncated = snapshot["truncated"]
            tracker._window = events_from_json(snapshot["window"])
            tracker._fold_window()
            tracker._now.latest_message = _message(snapshot["now_message"])
            tracker._now.latest_action = snapshot["now_action"]
            if tracker._now.loop:
                tracker._now.loop.trigger_message = snapshot["trigger"]
            tracker.turns = snapshot["turns"]
            tracker.language = snapshot["language"]
            tracker.latest_input_channel = snapshot["channel"]
            tracker.latest_event_time = snapshot["time"]
            tracker.last_user_time = snapshot["user_time"]
            tracker.events = list(tracker._window)
        tracker.update_all(tail)
        return tracker

    def _begin_anew(self, event: Event) -> None:
        self._base = _Folded(initial_slots(self.domain.slots))
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

    def _apply(self, event: Event) -> None:
        if isinstance(event, ActionExecuted):
            self._points.append(_Point(self._state(), event))
        _fold(self._now, event, self.domain)

    def _fold_window(self) -> None:
        self._now = self._base.copied()
        self._points = []
        for event in self._window:
            self._apply(event)

    def _shorten(self) -> None:
        if len(self._window) < 2 * WINDOW:
            return
        old, self._window = self._window[:WINDOW], self._window[WINDOW:]
        for event in old:
            _fold(self._base, event, self.domain)
        actions = sum(isinstance(event, ActionExecuted) for event in old)
        self._points = self._points[actions:]
        self._truncated = True

    def _take_back(self, kind: type[Event]) -> None:
        """Drop applied events back through the last one of ``kind``."""
        while self._window:
            if isinstance(self._window.pop(), kind):
                return
        self.needs_replay = self.needs_replay or self._truncated

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
        """Forget the turns since the form ran before; what they set stays."""
        kept: list[Event] = []
        while self._window:
            past = self._window[-1]
            if isinstance(past, ActionExecuted) and past.name == name:
                break
            self._window.pop()
            if not isinstance(past, ActionExecuted | UserUttered | UserFeaturization | EntitiesAdded):
                kept.append(past)
        self._window.extend(reversed(kept))


def _message(data: Mapping[str, Any] | None) -> UserUttered | None:
    event = event_from_json(data) if data else None
    return event if isinstance(event, UserUttered) else None


def _run_action(now: _Folded, event: ActionExecuted) -> None:
    now.latest_action = event.name or event.action_text
    now.followup = None
    if now.loop is not None:
        now.loop.is_interrupted = False
        if event.name == now.loop.name:
            now.loop.rejected = False


def _fold(now: _Folded, event: Event, domain: Domain) -> None:
    """Apply one event to what the conversation amounts to."""
    match event:
        case UserUttered():
            now.latest_message = now.shown_message = event
            now.followup, now.as_text = None, False
        case ActionExecuted():
            _run_action(now, event)
        case SlotSet():
            if event.name in now.slots:
                now.slots[event.name] = event.value
        case ActiveLoop():
            if event.name is None:
                now.loop = None
            elif now.loop is None or now.loop.name != event.name:
                said = now.latest_message.understanding.to_json() if now.latest_message else None
                now.loop = LoopState(event.name, trigger_message=said)
        case LoopInterrupted():
            if now.loop is not None:
                now.loop.is_interrupted = event.is_interrupted
        case ActionExecutionRejected():
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
            now.as_text = event.use_text_for_featurization
        case EntitiesAdded():
            pass  # the entities reach the slots by events of their own
        case _:
            pass
