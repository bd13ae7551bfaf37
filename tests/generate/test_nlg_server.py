"""Words from a server of the project's own."""

from __future__ import annotations

from typing import Any

import pytest

from chatwright.actions.runner import ActionRunner
from chatwright.dialogue.tracker import Tracker
from chatwright.generate.nlg_server import NlgServer, response_source
from chatwright.generate.responses import Responder
from chatwright.project.domain import Domain
from chatwright.project.endpoints import TypedEndpoint
from chatwright.project.read_domain import domain_from_json
from chatwright.schema.events import BotUttered, Event
from http_recorder import recorder


def domain() -> Domain:
    return domain_from_json({"responses": {"utter_x": [{"text": "ours", "id": "first"}]}})


async def run(source: NlgServer, name: str = "utter_x") -> list[Event]:
    runner = ActionRunner(domain(), source)
    try:
        return await runner.run(name, Tracker("ann", domain()), channel="rest", idempotency_key="k")
    finally:
        await runner.close()


async def test_the_server_is_asked_as_rasa_asks_it() -> None:
    with recorder() as server:
        server.body = {"text": "你好", "buttons": [{"title": "b", "payload": "/p"}]}
        (said,) = await run(NlgServer(TypedEndpoint(url=server.url), domain()))
    assert isinstance(said, BotUttered)
    assert said.text == "你好"
    assert said.message().buttons == ({"title": "b", "payload": "/p"},)
    assert said.metadata == {"utter_action": "utter_x"}
    body: dict[str, Any] = server.requests[0]["body"]
    assert set(body) == {"response", "id", "arguments", "tracker", "channel"}
    assert (body["response"], body["id"], body["channel"]) == ("utter_x", "first", {"name": "rest"})
    assert body["tracker"]["sender_id"] == "ann"


@pytest.mark.parametrize("body", [b"", b"null", {}, ""])
async def test_an_empty_answer_says_nothing(body: Any) -> None:
    with recorder() as server:
        server.body = body
        assert await run(NlgServer(TypedEndpoint(url=server.url), domain())) == []


@pytest.mark.parametrize(("status", "body"), [(500, {}), (200, b"<html>"), (200, [1])])
async def test_a_failing_server_is_told_kindly_and_kept_on_record(status: int, body: Any) -> None:
    with recorder() as server:
        server.status, server.body = status, body
        (sorry,) = await run(NlgServer(TypedEndpoint(url=server.url), domain()))
    assert isinstance(sorry, BotUttered)
    assert sorry.text is not None
    assert sorry.text.startswith("Sorry")
    assert sorry.metadata["chatwright"]["error"]["code"] == "CW500"


def test_where_the_words_come_from() -> None:
    for endpoint in (None, TypedEndpoint(type="response"), TypedEndpoint(type="my.Nlg")):
        assert isinstance(response_source(domain(), endpoint, default_language="en"), Responder)
    found = response_source(domain(), TypedEndpoint(url="http://x"), default_language="zh")
    assert isinstance(found, NlgServer)
    assert found.default_language == "zh"
