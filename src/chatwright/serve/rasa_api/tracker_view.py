"""A conversation in Rasa's form: which events are shown, and as of when."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from chatwright.bot import Bot
from chatwright.dialogue.tracker import Tracker
from chatwright.schema.events import Event, Restarted
from chatwright.schema.sessions import latest_session

__all__ = ["Verbosity", "conversation_state", "fold", "state_of"]


class Verbosity(StrEnum):
    """Which events a state shows (``include_events``)."""

    NONE = "NONE"
    APPLIED = "APPLIED"
    """Those of the session that count: taken-back ones are left out."""
    AFTER_RESTART = "AFTER_RESTART"
    ALL = "ALL"

    @classmethod
    def _missing_(cls, value: object) -> Verbosity | None:
        """Rasa accepts small letters, too."""
        return cls.__members__.get(str(value).upper())


async def conversation_state(
    bot: Bot,
    conversation: str,
    verbosity: Verbosity,
    *,
    until: float | None = None,
    all_sessions: bool = False,
) -> dict[str, Any]:
    """The tracker state of a kept conversation.

    Args:
        until: only events up to this time (seconds since 1970) are counted and shown.
        all_sessions: show the events of earlier sessions, too.
    """
    if verbosity is Verbosity.NONE and until is None:
        return state_of(await bot.tracker(conversation), [], verbosity)  # costs the same at any length
    events = await bot.store.events(conversation)
    if until is not None:
        events = list(itertools.takewhile(lambda event: event.timestamp <= until, events))
    shown = events if all_sessions else latest_session(events)
    return state_of(fold(bot, conversation, events), shown, verbosity)


def fold(bot: Bot, conversation: str, events: Sequence[Event]) -> Tracker:
    """The conversation after these events, all of its applied events at hand."""
    tracker = Tracker(conversation, bot.domain, window=None)
    tracker.update_all(events)
    return tracker


def state_of(tracker: Tracker, events: Sequence[Event], verbosity: Verbosity) -> dict[str, Any]:
    """Rasa's state of a tracker with those of ``events`` that ``verbosity`` asks for."""
    match verbosity:
        case Verbosity.NONE:
            return {**tracker.state_json([]), "events": None}
        case Verbosity.APPLIED:
            return tracker.state_json(tracker.applied_events())
        case Verbosity.AFTER_RESTART:
            restarts = [index for index, event in enumerate(events) if isinstance(event, Restarted)]
            return tracker.state_json(events[restarts[-1] + 1 :] if restarts else events)
        case Verbosity.ALL:
            return tracker.state_json(events)
