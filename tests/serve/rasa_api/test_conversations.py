"""Conversations from outside: read, changed, taken back in time, told as stories."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chatwright.bot import Bot
from chatwright.project.read_stories import stories_from_yaml
from chatwright.project.stories import ActionStep, UserStep


async def state(client: httpx.AsyncClient, conversation: str, **parameters: Any) -> dict[str, Any]:
    answer = await client.get(f"/conversations/{conversation}/tracker", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def kinds(tracker: dict[str, Any]) -> list[str]:
    return [event["event"] for event in tracker["events"]]


async def test_a_conversation_is_shown_with_all_its_events(client: httpx.AsyncClient, bot: Bot) -> None:
    await bot.handle("你好", conversation="安/1")
    shown = await state(client, "安/1")
    assert shown["sender_id"] == "安/1"
    assert kinds(shown)[:3] == ["action", "session_started", "action"]
    said = [event["text"] for event in shown["events"] if event["event"] in ("user", "bot")]
    assert said == ["你好", "你好！"]
    assert shown["latest_message"]["intent"]["name"] == "greet"
    assert shown["latest_input_channel"] == "rest"
    assert shown["events"][0]["metadata"]["model_id"] == bot.bundle_id
    assert shown["latest_event_time"] == shown["events"][-1]["timestamp"]


async def test_an_unknown_conversation_is_shown_as_it_would_begin_and_not_kept(
    client: httpx.AsyncClient, bot: Bot
) -> None:
    shown = await state(client, "nobody")
    assert kinds(shown) == ["action", "session_started", "action"]
    assert shown["slots"]["size"] is None
    assert await bot.store.conversations() == []


async def test_how_many_events_are_shown_is_asked_for(client: httpx.AsyncClient, bot: Bot) -> None:
    await bot.handle("hello", conversation="ann")
    await client.post("/conversations/ann/tracker/events", json=[{"event": "restart"}])
    await bot.handle("when do you open", conversation="ann")
    after = await state(client, "ann")
    whole = await state(client, "ann", include_events="all")
    assert (await state(client, "ann", include_events="NONE"))["events"] is None
    assert "restart" in kinds(whole)
    assert "restart" not in kinds(after)
    assert whole["events"][-len(after["events"]) :] == after["events"]
    answer = await client.get("/conversations/ann/tracker?include_events=SOME")
    assert answer.status_code == 400
    assert "include_events" in answer.text


async def test_applied_events_leave_out_what_was_taken_back_however_long_ago(
    client: httpx.AsyncClient, bot: Bot
) -> None:
    listen, texts = {"event": "action", "name": "action_listen"}, [f"word {number}" for number in range(120)]
    said = [event for text in texts for event in ({"event": "user", "text": text}, listen)]
    await client.post("/conversations/ann/tracker/events", json=said[:-1])
    await client.post("/conversations/ann/tracker/events", json={"event": "rewind"})
    applied = await state(client, "ann", include_events="APPLIED")
    assert [event["text"] for event in applied["events"] if event["event"] == "user"] == texts[:-1]


async def test_a_conversation_is_shown_as_of_a_moment(client: httpx.AsyncClient, bot: Bot) -> None:
    await bot.handle("hello", conversation="ann")
    moment = (await state(client, "ann"))["latest_event_time"]
    await bot.handle("when do you open", conversation="ann")
    before = await state(client, "ann", until=moment)
    assert before["latest_message"]["text"] == "hello"
    assert before["latest_event_time"] == moment
    assert (await client.get("/conversations/ann/tracker?until=soon")).status_code == 400


async def test_appended_events_change_the_state_and_open_a_session_first(
    client: httpx.AsyncClient, bot: Bot
) -> None:
    answer = await client.post(
        "/conversations/bob/tracker/events",
        params={"include_events": "ALL"},
        json={"event": "slot", "name": "size", "value": "large", "timestamp": None},
    )
    shown = answer.json()
    assert answer.status_code == 200, answer.text
    assert kinds(shown) == ["action", "session_started", "action", "slot"]
    assert shown["slots"]["size"] == "large"
    again = await client.post(
        "/conversations/bob/tracker/events",
        json=[{"event": "slot", "name": "topping", "value": "ham"}, {"event": "pause"}],
    )
    assert again.json()["slots"] == {**shown["slots"], "topping": "ham"}
    assert again.json()["paused"] is True
    turn = await bot.handle("hello", conversation="bob")
    assert turn.replies == []  # paused


async def test_events_that_begin_a_session_are_appended_as_they_are(client: httpx.AsyncClient) -> None:
    events = [
        {"event": "action", "name": "action_session_start"},
        {"event": "session_started"},
        {"event": "action", "name": "action_listen", "metadata": {"model_id": "another bot"}},
    ]
    shown = (await client.post("/conversations/eve/tracker/events", json=events)).json()
    assert kinds(shown) == ["action", "session_started", "action"]
    assert shown["events"][2]["metadata"]["model_id"] == "another bot"


async def test_events_are_replaced_whole(client: httpx.AsyncClient, bot: Bot) -> None:
    await bot.handle("hello", conversation="ann")
    taken = (await state(client, "ann"))["events"]
    answer = await client.put("/conversations/copy/tracker/events", json=taken)
    assert answer.json()["events"] == taken
    assert answer.json()["latest_message"]["text"] == "hello"
    answer = await client.put("/conversations/copy/tracker/events", json=[])
    assert answer.json()["events"] == []
    assert answer.json()["latest_message"]["text"] is None


REFUSED = [
    ("{", "JSON"),
    ('{"name": "size"}', "event"),
    ('{"event": "slott", "name": "size"}', "did you mean 'slot'"),
    ('{"event": "slot"}', "name"),
    ('{"event": "slot", "name": null}', "name"),
    ('{"event": "slot", "name": {"a": 1}}', "name"),
    ('{"event": "action", "name": ["x"]}', "name"),
    ('{"event": "slot", "name": "size", "timestamp": "NaN"}', "timestamp"),
    ('{"event": "slot", "name": "size", "value": NaN}', "JSON"),
    ('{"event": "slot", "name": "size", "value": "\\ud800"}', "JSON"),
    ('{"event": "slot", "name": "size", "value": ' + "[" * 300 + "]" * 300 + "}", "JSON"),
    ('{"event": "bot", "data": {"buttons": 5}}', "buttons"),
    ('{"event": "user", "text": "x", "parse_data": {"intent": {"name": {}}}}', "name"),
    ('{"event": "user", "text": "x", "parse_data": {"entities": [{"value": 1}]}}', "entity"),
    ('{"event": "reminder", "intent": "greet", "date_time": "soon"}', "date_time"),
    ('{"event": "reminder", "intent": "greet"}', "date_time"),
    ('"slot"', ""),
    ("7", ""),
]


async def test_events_that_are_none_are_refused_and_nothing_is_kept(
    client: httpx.AsyncClient, bot: Bot
) -> None:
    for body, word in REFUSED:
        for method in ("POST", "PUT"):
            answer = await client.request(method, "/conversations/ann/tracker/events", content=body)
            assert answer.status_code == 400, (body, answer.text)
            assert answer.json()["status"] == "failure"
            assert word in answer.text, body
    assert await bot.store.events("ann") == []


async def test_there_is_no_appending_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/conversations/ann/tracker/events", json=[])
    assert answer.status_code == 400
    assert "no event" in answer.json()["message"]


async def test_bodies_without_end_are_not_read_to_their_end(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100:
            sent += 1
            yield b" " * (1 << 20)

    answer = await client.post("/conversations/ann/tracker/events", content=endless())
    assert answer.status_code == 413
    assert answer.json()["status"] == "failure"
    assert sent < 30


async def test_texts_without_end_are_refused(client: httpx.AsyncClient) -> None:
    for text in ("x" * 1_000_000, "长" * 1_000_000):
        for path in ("/model/parse", "/conversations/ann/messages"):
            answer = await client.post(path, json={"text": text})
            assert answer.status_code == 400
            assert len(answer.content) < 10_000


async def test_odd_texts_are_texts(client: httpx.AsyncClient) -> None:
    family = "\U0001f469\u200d\U0001f467"
    for text in ("\x00\x07\x1b[31m", family, "\u202eabc\u200d", "e\u0301" * 2_000, " ", "", "龘𠮷"):
        assert (await client.post("/model/parse", json={"text": text})).json()["text"] == text
        noted = await client.post("/conversations/odd/messages", json={"text": text})
        assert noted.json()["latest_message"]["text"] == text


async def test_a_page_of_strangers_cannot_send_json_under_another_name(client: httpx.AsyncClient) -> None:
    """A browser asks before it sends JSON to another origin; any other content type it just sends."""
    event = '{"event": "pause"}'
    kind = {"content-type": "text/plain"}
    path = "/conversations/ann/tracker/events"
    assert (await client.post(path, content=event, headers=kind)).status_code == 200
    foreign = await client.post(path, content=event, headers={**kind, "origin": "https://evil.example"})
    assert foreign.status_code == 400


async def test_ids_that_cannot_be_kept_are_refused(client: httpx.AsyncClient) -> None:
    for identifier in ("%00", "a%09b", "%7F", "x" * 513):
        answer = await client.get(f"/conversations/{identifier}/tracker")
        assert answer.status_code == 400, identifier
        assert "conversation_id" in answer.text


async def test_a_conversation_is_told_as_a_story_that_can_be_read_again(
    client: httpx.AsyncClient, bot: Bot
) -> None:
    await bot.handle("hello", conversation="ann")
    await bot.handle("[a](b) with\nham: yes", conversation="ann")
    await bot.handle('/inform{"size": "large"}', conversation="ann")
    answer = await client.get("/conversations/ann/story")
    assert answer.headers["content-type"].startswith("text/plain")
    (story,), rules = stories_from_yaml(answer.text)
    assert story.name == "ann"
    assert rules == []
    users = [step for step in story.steps if isinstance(step, UserStep)]
    assert users[0].text == "hello"
    assert users[0].intent == "greet"
    actions = [step.name for step in story.steps if isinstance(step, ActionStep)]
    assert actions[0] == "utter_greet"
    assert "action_listen" not in actions
    assert "slot_was_set:\n  - size: large" in answer.text.replace("\n    ", "\n  ").replace("- slot", "slot")


async def test_sessions_become_stories_of_their_own(client: httpx.AsyncClient, bot: Bot) -> None:
    await bot.handle("hello", conversation="ann")
    await client.post(
        "/conversations/ann/tracker/events",
        json=[{"event": "action", "name": "action_session_start"}, {"event": "session_started"}],
    )
    await bot.handle("when do you open", conversation="ann")
    (last,), _ = stories_from_yaml((await client.get("/conversations/ann/story")).text)
    assert [step.name for step in last.steps if isinstance(step, ActionStep)] == ["utter_hours"]
    both, _ = stories_from_yaml((await client.get("/conversations/ann/story?all_sessions=true")).text)
    assert [story.name for story in both] == ["ann, story 1", "ann, story 2"]
    assert (await client.get("/conversations/nobody/story")).status_code == 404


async def test_an_action_is_run_by_name(client: httpx.AsyncClient, bot: Bot) -> None:
    unknown = await client.post("/conversations/ann/execute", json={"name": "utter_greet"})
    assert unknown.status_code == 404
    await bot.handle("hello", conversation="ann")
    answer = await client.post(
        "/conversations/ann/execute", json={"name": "utter_hours", "policy": "me", "confidence": 0.5}
    )
    assert answer.json()["messages"] == [{"recipient_id": "ann", "text": "We open at ten."}]
    action = next(e for e in answer.json()["tracker"]["events"] if e.get("name") == "utter_hours")
    assert (action["policy"], action["confidence"]) == ("me", 0.5)
    answer = await client.post("/conversations/ann/execute", json={"name": "utter_ours"})
    assert answer.status_code == 404
    assert "did you mean 'utter_hours'" in answer.json()["message"]
    assert (await client.post("/conversations/ann/execute", json={})).status_code == 400


@pytest.mark.parametrize("entities", [{"size": "large"}, [{"entity": "size", "value": "large"}]])
async def test_an_intent_is_triggered(client: httpx.AsyncClient, entities: Any) -> None:
    answer = await client.post(
        "/conversations/zoe/trigger_intent",
        params={"output_channel": "latest", "include_events": "ALL"},
        json={"name": "ask_hours", "entities": entities},
    )
    assert answer.status_code == 200, answer.text
    assert [message["text"] for message in answer.json()["messages"]] == ["We open at ten."]
    tracker = answer.json()["tracker"]
    assert tracker["slots"]["size"] == "large"
    assert tracker["latest_message"]["text"] == "EXTERNAL: ask_hours"
    answer = await client.post("/conversations/zoe/trigger_intent", json={"name": "ask_ours"})
    assert answer.status_code == 404
    assert "did you mean 'ask_hours'" in answer.json()["message"]


async def test_what_comes_next_is_predicted_and_not_done(client: httpx.AsyncClient, bot: Bot) -> None:
    assert (await client.post("/conversations/ann/predict")).status_code == 404
    await client.post("/conversations/ann/messages", json={"text": "hello", "sender": "user"})
    before = await bot.store.events("ann")
    answer = (await client.post("/conversations/ann/predict")).json()
    assert answer["scores"][0] == {"action": "utter_greet", "score": answer["confidence"]}
    scores = [score["score"] for score in answer["scores"]]
    assert scores == sorted(scores, reverse=True)
    assert {score["action"] for score in answer["scores"]} == set(bot.domain.action_names)
    assert answer["policy"]
    assert answer["tracker"]["latest_message"]["text"] == "hello"
    assert await bot.store.events("ann") == before


async def test_a_message_is_noted_and_not_answered(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/conversations/ann/messages",
        json={
            "text": "grande",
            "sender": "user",
            "parse_data": {
                "intent": {"name": "inform", "confidence": 0.7},
                "entities": [{"entity": "size", "value": "large", "start": 0, "end": 6}],
            },
        },
    )
    shown = answer.json()
    assert answer.status_code == 200, answer.text
    assert shown["slots"]["size"] == "large"
    assert shown["latest_message"]["intent"] == {"name": "inform", "confidence": 0.7}
    assert "bot" not in kinds(shown)
    bot_said = await client.post("/conversations/ann/messages", json={"text": "hi", "sender": "bot"})
    assert bot_said.status_code == 400
    assert "sender" in bot_said.text


async def test_writes_to_one_conversation_follow_each_other(client: httpx.AsyncClient) -> None:
    events = [{"event": "slot", "name": "size", "value": str(number)} for number in range(20)]
    answers = await asyncio.gather(
        *(client.post("/conversations/ann/tracker/events", json=event) for event in events)
    )
    assert {answer.status_code for answer in answers} == {200}
    kept = [event for event in (await state(client, "ann"))["events"] if event["event"] == "slot"]
    assert sorted(event["value"] for event in kept) == sorted(event["value"] for event in events)
    assert kinds(await state(client, "ann")).count("session_started") == 1
