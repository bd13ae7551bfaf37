"""The sessions of a conversation: what lies between two starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatwright.schema.events import ActionExecuted, Event, SessionStarted

__all__ = ["is_session_start", "latest_session", "recalled_by_rasa", "split_sessions"]


def split_sessions(events: Iterable[Event]) -> list[list[Event]]:
    """The events session by session; an ``action_session_start`` opens the session that it starts."""
    sessions: list[list[Event]] = [[]]
    for event in events:
        current = sessions[-1]
        if is_session_start(event) or (
            isinstance(event, SessionStarted) and not (current and is_session_start(current[-1]))
        ):
            sessions.append([])
        sessions[-1].append(event)
    return [session for session in sessions if session]


def latest_session(events: Iterable[Event]) -> list[Event]:
    """The events since the last session began: what Rasa's tracker stores recall."""
    sessions = split_sessions(events)
    return sessions[-1] if sessions else []


def is_session_start(event: Event) -> bool:
    """Whether the event is the run of ``action_session_start``."""
    return isinstance(event, ActionExecuted) and event.name == "action_session_start"


def recalled_by_rasa(events: Sequence[Event]) -> Sequence[Event]:
    """What Rasa's tracker stores give back of kept events: those from the last ``session_started`` on."""
    starts = [number for number, event in enumerate(events) if isinstance(event, SessionStarted)]
    return events[starts[-1] :] if starts else events
