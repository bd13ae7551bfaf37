"""The actions that every bot has."""

from __future__ import annotations

from typing import Any

import pytest

from chatwright.schema.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from conversation import Conversation, converse

DOMAIN: dict[str, Any] = {
    "intents": ["greet", "faq"],
    "entities": ["city"],
    "slots": {"city": {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]}},
    "responses": {
        "utter_restart": [{"text": "Again."}],
        "utter_default": [{"text": "Pardon?"}],
        "utter_back": [{"text": "Back."}],
        "utter_ask_rephrase": [{"text": "Say it differently?"}],
        "utter_faq/hours": [{"text": "At ten."}],
        "utter_faq/pay": [{"text": "Cash."}],
    },
}


def said(events: list[Event]) -> list[str | None]:
    return [event.text for event in events if isinstance(event, BotUttered)]


async def test_listening_does_nothing() -> None:
    c = converse(DOMAIN)
    for name in ("action_listen", "action_unlikely_intent", "action_revert_fallback_events"):
        assert await c.run(name) == []


@pytest.mark.parametrize(
    ("action", "words", "then"),
    [
        ("action_restart", "Again.", [Restarted()]),
        ("action_default_fallback", "Pardon?", [UserUtteranceReverted()]),
        ("action_back", "Back.", [UserUtteranceReverted(), UserUtteranceReverted()]),
        ("action_default_ask_rephrase", "Say it differently?", []),
    ],
)
async def test_those_that_speak_where_they_have_words(action: str, words: str, then: list[Event]) -> None:
    c = converse(DOMAIN)
    await c.hear("hi", "greet")
    first, *rest = await c.run(action)
    assert (first.text, rest) == (words, then)
    silent = converse({**DOMAIN, "responses": {}})
    await silent.hear("hi", "greet")
    assert await silent.run(action) == then


async def test_a_session_carries_slots_over() -> None:
    c = converse(DOMAIN)
    await c.hear("in Rome", "greet", city="Rome")
    assert await c.run("action_session_start", executed=False) == [
        SessionStarted(),
        SlotSet(name="city", value="Rome"),
        ActionExecuted(name="action_listen"),
    ]
    assert c.tracker.slots["city"] == "Rome"
    forgetful = converse({**DOMAIN, "session_config": {"carry_over_slots_to_new_session": False}})
    await forgetful.hear("in Rome", "greet", city="Rome")
    await forgetful.run("action_session_start", executed=False)
    assert forgetful.tracker.slots["city"] is None


async def test_deactivating_a_loop() -> None:
    assert await converse(DOMAIN).run("action_deactivate_loop") == [
        ActiveLoop(name=None),
        SlotSet(name="requested_slot", value=None),
    ]


@pytest.mark.parametrize(
    ("language", "question", "titles"),
    [("en", "Did you mean 'greet'?", ["Yes", "No"]), ("zh", "您是想说“greet”吗？", ["是", "不是"])],
)
async def test_asking_what_was_meant(language: str, question: str, titles: list[str]) -> None:
    c = converse(DOMAIN)
    await c.hear("?", "nlu_fallback", language=language, ranking=["greet"])
    (asked,) = await c.run("action_default_ask_affirmation")
    assert isinstance(asked, BotUttered)
    assert asked.text == question
    buttons = asked.message().buttons
    assert [button["title"] for button in buttons] == titles
    assert [button["payload"] for button in buttons] == ["/greet", "/out_of_scope"]


async def fallback(c: Conversation, intent: str) -> list[Event]:
    await c.listen()
    await c.hear(intent, intent, ranking=["greet"])
    return await c.run("action_two_stage_fallback")


async def test_two_stages_that_lead_nowhere() -> None:
    c = converse(DOMAIN)
    first = await fallback(c, "nlu_fallback")
    assert first[0] == ActiveLoop(name="action_two_stage_fallback")
    assert said(first) == ["Did you mean 'greet'?"]
    assert said(await fallback(c, "out_of_scope")) == ["Say it differently?"]
    assert said(await fallback(c, "nlu_fallback")) == ["Did you mean 'greet'?"]
    last = await fallback(c, "out_of_scope")
    assert last[0] == ActiveLoop(name=None)
    assert said(last) == ["Pardon?"]
    assert last[-1] == UserUtteranceReverted()


async def test_two_fallbacks_in_a_row_give_up() -> None:
    c = converse(DOMAIN)
    await fallback(c, "nlu_fallback")
    assert said(await fallback(c, "nlu_fallback")) == ["Pardon?"]


async def test_what_was_made_clear_counts_as_certain() -> None:
    c = converse(DOMAIN)
    await fallback(c, "nlu_fallback")
    end, taken_back, listen, message = await fallback(c, "greet")
    assert (end, taken_back) == (ActiveLoop(name=None), UserUtteranceReverted())
    assert listen == ActionExecuted(name="action_listen")
    assert isinstance(message, UserUttered)
    assert (message.intent, message.understanding.intent.confidence) == ("greet", 1.0)


@pytest.mark.parametrize("selector", ["faq", "default"])
async def test_a_retrieval_action_says_what_was_selected(selector: str) -> None:
    c = converse(DOMAIN)
    await c.hear("how can I pay", "faq")
    message = c.tracker.latest_message
    assert message is not None
    message.understanding.response_selector.update(  # type: ignore[attr-defined]
        {selector: {"response": {"utter_action": "utter_faq/pay"}}}
    )
    (answer,) = await c.run("utter_faq")
    assert (answer.text, answer.metadata["utter_action"]) == ("Cash.", "utter_faq/pay")


async def test_a_retrieval_action_without_a_selector_says_nothing() -> None:
    c = converse(DOMAIN)
    await c.hear("how can I pay", "faq")
    assert await c.run("utter_faq") == []


async def test_a_bot_text_is_said_as_it_is() -> None:
    c = converse(DOMAIN)
    events = await c.runner.run("{city} 好", c.tracker, channel="rest", idempotency_key="k", is_text=True)
    assert events == [BotUttered(text="{city} 好")]


async def test_a_default_action_that_nobody_overrides_runs_though_it_is_listed() -> None:
    c = converse({**DOMAIN, "actions": ["action_default_fallback"]})
    await c.hear("hi", "greet")
    assert said(await c.run("action_default_fallback")) == ["Pardon?"]
