"""Forms ask, validate, step aside and finish, event for event as Rasa 3.6."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatwright.schema.events import (
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    LoopInterrupted,
    SlotSet,
)
from conversation import converse

DOMAIN: dict[str, Any] = {
    "intents": ["return_item", "inform", "ask_refund", "greet"],
    "entities": ["reason", "city"],
    "slots": {
        "reason": {"type": "text", "mappings": [{"type": "from_entity", "entity": "reason"}]},
        "address": {
            "type": "text",
            "mappings": [
                {
                    "type": "from_text",
                    "not_intent": ["ask_refund", "return_item"],
                    "conditions": [{"active_loop": "return_form", "requested_slot": "address"}],
                }
            ],
        },
    },
    "forms": {"return_form": {"required_slots": ["reason", "address"]}},
    "responses": {
        "utter_ask_reason": [
            {"text": "Why?", "language": "en"},
            {"text": "为什么退货？", "language": "zh"},
        ],
        "utter_ask_return_form_address": [
            {"text": "Where from, for {reason}?", "language": "en"},
            {"text": "因为{reason}，去哪里取货？", "language": "zh"},
        ],
        "utter_refund": [{"text": "Three days."}],
        "utter_ask_address": [{"text": "the less specific question"}],
    },
    "actions": [],
}


def words(events: list[Event]) -> list[str | None]:
    return [event.text for event in events if isinstance(event, BotUttered)]


@pytest.mark.parametrize(
    ("language", "why", "where"),
    [("en", "Why?", "Where from, for broken?"), ("zh", "为什么退货？", "因为坏了，去哪里取货？")],
)
async def test_a_form_from_start_to_end(language: str, why: str, where: str) -> None:
    reason = "broken" if language == "en" else "坏了"
    c = converse(DOMAIN)
    await c.hear("return", "return_item", language=language)
    events = await c.run("return_form")
    assert events[:2] == [ActiveLoop(name="return_form"), SlotSet(name="requested_slot", value="reason")]
    assert words(events) == [why]

    await c.listen()
    assert await c.hear(reason, "inform", language=language, reason=reason) == [
        SlotSet(name="reason", value=reason)
    ]
    events = await c.run("return_form")
    assert events[0] == SlotSet(name="requested_slot", value="address")
    assert words(events) == [where]

    await c.listen()
    await c.hear("1 High Street", "inform", language=language)
    assert await c.run("return_form") == [
        SlotSet(name="requested_slot", value=None),
        ActiveLoop(name=None),
    ]
    assert c.tracker.slots["address"] == "1 High Street"
    assert c.tracker.active_loop is None


async def test_what_the_first_message_tells_is_not_asked() -> None:
    c = converse(DOMAIN)
    await c.hear("return it, it is broken", "return_item", reason="broken")
    events = await c.run("return_form")
    assert events[:3] == [
        ActiveLoop(name="return_form"),
        SlotSet(name="reason", value="broken"),
        SlotSet(name="requested_slot", value="address"),
    ]


async def test_a_question_in_the_middle_is_declined_and_the_form_comes_back() -> None:
    c = converse(DOMAIN)
    await c.hear("return", "return_item")
    await c.run("return_form")
    await c.listen()
    await c.hear("how long does a refund take", "ask_refund")
    assert await c.run("return_form") == [ActionExecutionRejected(name="return_form")]
    assert c.tracker.active_loop is not None
    assert c.tracker.active_loop.rejected
    await c.run("utter_refund")
    events = await c.run("return_form")  # nobody listened in between: it asks again, and validates nothing
    assert events[0] == SlotSet(name="requested_slot", value="reason")
    assert words(events) == ["Why?"]


async def test_an_interrupted_form_asks_again() -> None:
    c = converse(DOMAIN)
    await c.hear("return", "return_item")
    await c.run("return_form")
    await c.listen()
    await c.hear("hello", "greet")
    c.tracker.update(LoopInterrupted(is_interrupted=True))
    assert words(await c.run("return_form")) == ["Why?"]


async def test_a_correction_overwrites_and_is_validated(load_actions: Callable[[str], Any]) -> None:
    python = load_actions(
        "import chatwright as cw\n"
        "@cw.validate('return_form', 'reason')\n"
        "def known(context, value):\n"
        "    return value.upper()\n"
    )
    c = converse(DOMAIN, python=python)
    await c.hear("return", "return_item", reason="too big")
    await c.run("return_form")
    assert c.tracker.slots["reason"] == "TOO BIG"
    await c.listen()
    await c.hear("no, it is broken", "inform", reason="broken")
    events = await c.run("return_form")
    assert c.tracker.slots["reason"] == "BROKEN"
    assert SlotSet(name="address", value="no, it is broken") in c.tracker.events
    assert events[-1] == ActiveLoop(name=None)


async def test_the_bot_of_no_question_stays_silent() -> None:
    c = converse({**DOMAIN, "responses": {}})
    await c.hear("return", "return_item")
    assert await c.run("return_form") == [
        ActiveLoop(name="return_form"),
        SlotSet(name="requested_slot", value="reason"),
    ]
