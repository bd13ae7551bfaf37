"""Whatever is said at whatever point: the bot answers, and comes back to what it was doing.

The moments are those of the starter's forms, the messages are all intents of its domain.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chatwright.brain import Brain
from chatwright.dialogue.tracker import Tracker
from chatwright.schema.events import BotUttered
from chatwright.schema.messages import UserMessage
from chatwright.turn import TurnRun
from starter_project import made

RETURN = '/return_item{"order_number": "20231105"}'
MOMENTS = {
    "nothing": (),
    "track_form": ("/track_order",),
    "details_form": ("/order_details",),
    "cancel_form": ("/cancel_order",),
    "return_form: order_number": ("/return_item",),
    "return_form: return_reason": (RETURN,),
    "return_form: pickup_address": (RETURN, "太小了"),
    "return_form: return_confirmed": (RETURN, "too small", "5 Elm Street, Springfield"),
}
ENDS = {
    *("stop", "human", "restart", "affirm", "deny"),
    *("track_order", "order_details", "return_item", "cancel_order"),
}
"""Intents that may end a form, or begin another."""
SILENT = {"back", "session_start"}
"""As in Rasa, these only change the conversation."""


async def say(brain: Brain, tracker: Tracker, text: str, number: int) -> list[str]:
    turn = TurnRun(brain, tracker, number)
    await turn.start_session_if_due({})
    await turn.hear(UserMessage(text=text))
    await turn.answer()
    return [str(event.metadata.get("utter_action")) for event in turn.events if isinstance(event, BotUttered)]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_every_intent_is_answered(tmp_path: Path, moment: str) -> None:
    project = made(tmp_path / "shop")
    brain = Brain.load(project / "models", project_root=project)
    for intent in sorted(set(brain.domain.intents) - SILENT):
        tracker = Tracker("ann", brain.domain)
        for number, text in enumerate(MOMENTS[moment], 1):
            await say(brain, tracker, text, number)
        form, asked = tracker.active_loop_name, tracker.slots.get("requested_slot")
        said = await say(brain, tracker, f"/{intent}", len(MOMENTS[moment]) + 1)
        assert said, intent
        assert "utter_default" not in said, intent
        if form and intent not in ENDS and tracker.slots.get("requested_slot") == asked:
            assert tracker.active_loop_name == form, intent
            assert said[-1] == f"utter_ask_{asked}", intent
    await brain.close()
