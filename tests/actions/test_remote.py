"""What goes over the wire to an action server, and what comes of its answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chatwright.actions.remote import RemoteActions
from chatwright.bot import Bot
from chatwright.project.endpoints import ActionEndpoint, BasicAuth
from chatwright.schema.events import ActionExecutionRejected, BotUttered, FeedbackGiven, SlotSet
from chatwright.schema.understanding import Understanding
from chatwright.trainer import train
from conversation import Conversation, converse
from http_recorder import Recorder, recorder
from small_bot import write_project

DOMAIN: dict[str, Any] = {
    "intents": ["greet"],
    "slots": {"city": {"type": "text", "mappings": [{"type": "custom"}]}},
    "responses": {"utter_city": [{"text": "{city}, {more}"}]},
    "actions": ["action_a", {"action_b": {"send_domain": True}}],
}


@pytest.fixture
def server() -> Iterator[Recorder]:
    with recorder() as record:
        yield record


@asynccontextmanager
async def talking(
    server: Recorder, *, timeout_s: float = 10, conversation: str = "ann", **endpoint: Any
) -> AsyncIterator[Conversation]:
    remote = RemoteActions(ActionEndpoint(url=server.url, **endpoint), timeout=timeout_s)
    c = converse(DOMAIN, remote=remote, conversation=conversation)
    await c.hear("你好", "greet", language="zh")
    try:
        yield c
    finally:
        await remote.close()


async def test_what_is_sent(server: Recorder) -> None:
    async with talking(server) as c:
        c.tracker.update(FeedbackGiven(turn=1, value="up"))
        c.tracker.update(
            SlotSet(name="city", value="北京").with_metadata(chatwright={"why": {"x": 1}, "turn": 1})
        )
        await c.run("action_a")
    (request,) = server.requests
    body = request["body"]
    assert request["path"] == "/webhook"
    assert request["headers"]["Idempotency-Key"] == "c/1/0"
    assert set(body) == {"next_action", "sender_id", "tracker", "domain", "version"}
    assert (body["next_action"], body["sender_id"]) == ("action_a", "ann")
    assert body["tracker"]["slots"]["city"] == "北京"
    assert body["tracker"]["latest_message"]["text"] == "你好"
    assert [event["event"] for event in body["tracker"]["events"]] == ["user", "slot"]
    assert body["tracker"]["events"][1]["metadata"] == {"chatwright": {"turn": 1}}
    assert "evidence" not in str(body)
    assert body["domain"]["responses"]["utter_city"] == [{"text": "{city}, {more}"}]


async def test_signing_in(server: Recorder) -> None:
    server.url += "?a=1"
    auth = BasicAuth(username="u", password="p")
    async with talking(server, token="geheim 密", headers={"X-Mine": "1"}, basic_auth=auth) as c:
        await c.run("action_a")
    (request,) = server.requests
    assert request["path"] == "/webhook?a=1&token=geheim+%E5%AF%86"
    assert request["headers"]["X-Mine"] == "1"
    assert request["headers"]["Authorization"] == "Basic dTpw"


async def test_the_domain_is_sent_to_those_that_want_it(server: Recorder) -> None:
    async with talking(server, selective_domain=True) as c:
        await c.run("action_a")
        await c.run("action_b")
    assert ["domain" in request["body"] for request in server.requests] == [False, True]


async def test_connections_stay_open(server: Recorder) -> None:
    async with talking(server) as c:
        await c.run("action_a")
        await c.run("action_b")
    assert len({request["port"] for request in server.requests}) == 1


async def test_a_conversation_of_any_name_has_a_key(server: Recorder) -> None:
    async with talking(server, conversation="安娜/1") as c:
        await c.runner.run("action_a", c.tracker, channel="rest", idempotency_key="安娜/1/0")
    assert server.requests[0]["headers"]["Idempotency-Key"] == "%E5%AE%89%E5%A8%9C/1/0"


async def test_messages_come_before_events_and_are_filled_from_their_own_words(server: Recorder) -> None:
    server.body = {
        "events": [{"event": "slot", "name": "city", "value": "上海"}],
        "responses": [{"response": "utter_city", "template": "utter_city", "more": "m", "text": None}],
    }
    async with talking(server) as c:
        said, slot = await c.run("action_a")
    assert isinstance(said, BotUttered)
    assert said.text == "None, m"
    assert slot == SlotSet(name="city", value="上海")


async def test_words_beside_a_response_go_over_it(server: Recorder) -> None:
    server.body = {"responses": [{"response": "utter_city", "text": "mine", "buttons": [{"title": "b"}]}]}
    async with talking(server) as c:
        (said,) = await c.run("action_a")
    assert isinstance(said, BotUttered)
    assert (said.text, said.data["buttons"]) == ("mine", [{"title": "b"}])


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, {"error": "no", "action_name": "action_a"}, "CW501"),
        (500, {"error": "secret 4711", "request_body": {}}, "CW500"),
        (400, {"error": "no name"}, "CW500"),
        (302, {}, "CW500"),
        (200, b"not json", "CW500"),
        (200, [], "CW500"),
        (200, {"events": {"a": 1}}, "CW500"),
        (200, {"events": ["slot"]}, "CW500"),
        (200, {"events": [{"event": "unheard_of"}]}, "CW500"),
        (200, {"events": [{"event": "slot"}]}, "CW500"),
        (200, {"responses": 1}, "CW500"),
    ],
)
async def test_answers_that_are_none(server: Recorder, status: int, body: Any, code: str) -> None:
    server.status, server.body = status, body
    async with talking(server) as c:
        (sorry,) = await c.run("action_a")
        assert isinstance(sorry, BotUttered)
        assert sorry.text == "抱歉，我们这边出了点问题，请稍后再试。"
        assert sorry.metadata["chatwright"]["error"]["code"] == code
        assert "4711" not in str(sorry)
        server.status, server.body = 200, {}
        assert await c.run("action_a") == []


async def test_declining(server: Recorder) -> None:
    server.status, server.body = 400, {"error": "not now", "action_name": "action_a"}
    async with talking(server) as c:
        assert await c.run("action_a") == [ActionExecutionRejected(name="action_a")]


async def test_a_server_that_is_slow_or_gone(server: Recorder) -> None:
    server.delay_s = 2
    async with talking(server, timeout_s=0.1) as c:
        (sorry,) = await c.run("action_a")
        assert sorry.metadata["chatwright"]["error"]["code"] == "CW502"
    gone = Recorder(url="http://127.0.0.1:1/webhook")
    async with talking(gone) as c:
        (sorry,) = await c.run("action_a")
        assert sorry.metadata["chatwright"]["error"]["code"] == "CW500"


async def test_evidence_is_not_sent_and_stays_here() -> None:
    from chatwright.actions.call import ActionCall
    from chatwright.actions.protocol import request_body
    from chatwright.dialogue.tracker import Tracker
    from chatwright.project.read_domain import domain_from_json
    from chatwright.schema.events import UserUttered
    from chatwright.schema.why import Evidence

    domain = domain_from_json(DOMAIN)
    tracker = Tracker("ann", domain)
    understood = Understanding(text="hi", language="en", evidence=(Evidence("rule", "because"),))
    tracker.update(UserUttered(text="hi", understanding=understood))
    body = await request_body(
        "action_a", ActionCall(tracker=tracker, channel="rest", idempotency_key="k"), domain
    )
    assert "because" not in str(body)
    assert body["tracker"]["latest_message"]["chatwright"] == {"language": "en"}
    assert tracker.latest_message is not None
    assert tracker.latest_message.understanding.evidence == understood.evidence


async def test_a_long_conversation_is_sent_whole(server: Recorder, tmp_path: Path) -> None:
    """The bot remembers the latest part only; an action server gets every event, once and in order."""
    project = write_project(tmp_path)
    (project / "endpoints.yml").write_text(f"action_endpoint:\n  url: {server.url}\n", "utf-8")
    trained = train(project).path
    bot = await Bot.load(trained, project=project, store="sqlite://")
    for number in range(60):
        await bot.handle("/greet", conversation="ann", message_id=str(number))
    again = Bot(bot.brain, bot.store, trained)  # one that remembers nothing itself
    for one in (bot, again):
        kept = [event.to_json() for event in await bot.store.events("ann")]
        await one.execute_action("ann", "action_bake")
        sent = server.requests[-1]["body"]["tracker"]["events"]
        assert kept[0]["name"] == "action_session_start"  # with which Rasa's stores leave a session out, too
        seen, all_others = ([(e["event"], e["timestamp"]) for e in part] for part in (sent, kept[1:]))
        assert seen == all_others
        assert len(sent) > 240
    await bot.close()
