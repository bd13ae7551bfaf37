"""``action_two_stage_fallback``: ask what was meant, then ask to rephrase, then give up."""

from __future__ import annotations

import time
from dataclasses import replace

from chatwright.actions.call import ActionCall, Performer
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import NLU_FALLBACK
from chatwright.schema.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
from chatwright.schema.understanding import IntentScore

__all__ = ["OUT_OF_SCOPE", "run_two_stage_fallback"]

NAME = "action_two_stage_fallback"
OUT_OF_SCOPE = "out_of_scope"


async def run_two_stage_fallback(call: ActionCall, performer: Performer) -> list[Event]:
    """One run of the loop (rasa.core.actions.two_stage_fallback).

    It ends when the user has made clear what was meant, which then counts as said with certainty, or
    when two messages in a row, or both questions, led nowhere: then ``action_default_fallback`` runs.
    """
    tracker = call.tracker
    starts = tracker.active_loop_name != NAME
    events: list[Event] = [ActiveLoop(name=NAME)] if starts else []
    intent = tracker.latest_message.intent if tracker.latest_message else None
    failed = _led_nowhere(tracker)
    if not failed and intent in (NLU_FALLBACK, OUT_OF_SCOPE):
        asks = starts or intent == NLU_FALLBACK
        question = "action_default_ask_affirmation" if asks else "action_default_ask_rephrase"
        return [*events, *await performer.perform(question, call)]
    events.append(ActiveLoop(name=None))
    if failed:
        return [*events, *await performer.perform("action_default_fallback", call)]
    return [*events, UserUtteranceReverted(), *_clarified(tracker)]


def _clarified(tracker: Tracker) -> list[Event]:
    message = tracker.latest_message
    if message is None:
        return []
    sure = replace(message.understanding, intent=IntentScore(message.intent, 1.0))
    return [
        ActionExecuted(name="action_listen"),
        replace(message, understanding=sure, timestamp=time.time()),
    ]


def _led_nowhere(tracker: Tracker) -> bool:
    intents = _latest_intents(tracker)
    return intents[:2] == [NLU_FALLBACK, NLU_FALLBACK] or intents == [
        OUT_OF_SCOPE,
        NLU_FALLBACK,
        OUT_OF_SCOPE,
    ]


def _latest_intents(tracker: Tracker, number: int = 3) -> list[str | None]:
    """Intents of the latest user turns of the session, newest first; ``rewind`` for one taken back."""
    found: list[str | None] = []
    for event in reversed(tracker.events):
        if isinstance(event, Restarted | SessionStarted) or len(found) == number:
            break
        if isinstance(event, UserUttered):
            found.append(event.intent)
        elif isinstance(event, UserUtteranceReverted):
            found.append("rewind")
    return found
