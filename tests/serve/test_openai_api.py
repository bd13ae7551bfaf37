"""The bot as a model, asked with OpenAI's own client over a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from chatwright.serve.settings import ServeSettings
from chatwright.trainer import train
from running_server import running
from small_bot import write_project

HELLO: list[Any] = [{"role": "user", "content": "hello"}]


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = write_project(tmp_path_factory.mktemp("small"))
    train(project)
    with running(ServeSettings(root=project, enable_api=True)) as url:
        yield url


@pytest.fixture
def api(server_url: str) -> Any:
    with openai.OpenAI(base_url=f"{server_url}/v1", api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture
async def async_api(server_url: str) -> Any:
    async with openai.AsyncOpenAI(base_url=f"{server_url}/v1", api_key="unused", max_retries=0) as client:
        yield client


def test_the_bot_is_the_only_model(api: openai.OpenAI) -> None:
    (model,) = api.models.list().data
    assert (model.id, model.object, model.owned_by) == ("small", "model", "chatwright")
    assert api.models.retrieve("small") == model


def test_a_completion_is_a_turn(api: openai.OpenAI) -> None:
    done = api.chat.completions.create(model="small", messages=HELLO, user="ann", temperature=0.3)
    (choice,) = done.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "Hello!")
    assert choice.finish_reason == "stop"
    assert done.model == "small"
    assert done.usage
    assert (done.usage.prompt_tokens, done.usage.completion_tokens, done.usage.total_tokens) == (1, 2, 3)


def test_the_bot_remembers_and_the_clients_history_does_not_count(
    api: openai.OpenAI, server_url: str
) -> None:
    api.chat.completions.create(model="small", messages=[{"role": "user", "content": "你好"}], user="bea")
    history: list[Any] = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": "bye"},
        {"role": "assistant", "content": "Arr!"},
        {"role": "user", "content": [{"type": "text", "text": "几点开门"}]},
    ]
    done = api.chat.completions.create(model="small", messages=history, user="bea")
    assert done.choices[0].message.content == "十点开门。"
    tracker = httpx.get(f"{server_url}/conversations/bea/tracker").json()
    assert [event["text"] for event in tracker["events"] if event["event"] == "user"] == ["你好", "几点开门"]
    assert tracker["latest_input_channel"] == "openai"


def test_a_header_names_the_conversation_before_the_user(api: openai.OpenAI, server_url: str) -> None:
    raw = api.chat.completions.with_raw_response.create(
        model="small", messages=HELLO, user="cat", extra_headers={"X-Conversation-Id": "dog"}
    )
    assert raw.headers["x-conversation-id"] == "dog"
    assert raw.parse().choices[0].message.model_extra["chatwright"]["conversation"] == "dog"  # type: ignore[index]
    unnamed = api.chat.completions.with_raw_response.create(model="small", messages=HELLO)
    assert len(unnamed.headers["x-conversation-id"]) == 32


def test_buttons_are_lines_and_stand_whole_in_the_extension(api: openai.OpenAI) -> None:
    def ask(text: str) -> Any:
        return api.chat.completions.create(
            model="small", messages=[{"role": "user", "content": text}], user="eve"
        ).choices[0]

    message = ask("I want a pizza").message
    assert message.content == "What size?\n- Large"
    (reply,) = message.chatwright["replies"]
    assert reply["buttons"] == [{"title": "Large", "payload": '/inform{"size": "large"}'}]
    assert ask(reply["buttons"][0]["payload"]).message.content == "Which topping?"


def test_a_stream_ends_when_the_turn_is_kept(api: openai.OpenAI, server_url: str) -> None:
    stream = api.chat.completions.create(
        model="small", messages=HELLO, user="fox", stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Hello!"
    assert [c.choices[0].finish_reason for c in chunks if c.choices] == [None] * (len(chunks) - 2) + ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[-1].usage
    assert chunks[-1].usage.total_tokens == 3
    tracker = httpx.get(f"{server_url}/conversations/fox/tracker").json()
    assert "Hello!" in [event.get("text") for event in tracker["events"]]


async def test_streams_of_many_conversations_do_not_mix(async_api: openai.AsyncOpenAI) -> None:
    import asyncio

    async def ask(number: int) -> str:
        text = "hello" if number % 2 else "你好"
        stream = await async_api.chat.completions.create(
            model="small", messages=[{"role": "user", "content": text}], user=f"many-{number}", stream=True
        )
        return "".join([c.choices[0].delta.content or "" async for c in stream])

    said = await asyncio.gather(*(ask(number) for number in range(10)))
    assert said == ["你好！", "Hello!"] * 5


def test_the_same_key_gets_the_same_answer(api: openai.OpenAI, server_url: str) -> None:
    key = {"Idempotency-Key": "delivery-1"}
    for stream in (False, True):
        answer: Any = api.chat.completions.create(
            model="small", messages=HELLO, user="gnu", stream=stream, extra_headers=key
        )
        if stream:
            assert "".join(c.choices[0].delta.content or "" for c in answer) == "Hello!"
        else:
            assert answer.choices[0].message.content == "Hello!"
    tracker = httpx.get(f"{server_url}/conversations/gnu/tracker").json()
    assert [event["event"] for event in tracker["events"]].count("user") == 1
    other: list[Any] = [{"role": "user", "content": "bye"}]
    with pytest.raises(openai.ConflictError):
        api.chat.completions.create(model="small", messages=other, user="gnu", extra_headers=key)


def test_errors_are_openais(api: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="small") as missing:
        api.chat.completions.create(model="gpt-4", messages=HELLO)
    assert missing.value.code == "model_not_found"
    assert missing.value.type == "not_found_error"
    with pytest.raises(openai.NotFoundError):
        api.models.retrieve("gpt-4")
    for wrong in (
        {"messages": []},
        {"messages": [{"role": "assistant", "content": "hi"}]},
        {"messages": [{"role": "user", "content": "  "}]},
        {"messages": HELLO, "n": 2},
        {"messages": HELLO, "user": "a\x00b"},
        {"messages": [{"role": "user", "content": "x" * 1_000_000}]},
        {"messages": [{"role": "user", "content": "a\x00b"}]},
        {"messages": HELLO, "stream": "maybe"},
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            api.chat.completions.create(model="small", **wrong)  # type: ignore[arg-type]
        assert refused.value.type == "invalid_request_error"
        assert isinstance(refused.value.body, dict)


def test_bodies_that_are_no_json_get_openais_errors(server_url: str) -> None:
    for body in (b"{", b'{"model": "small", "messages": "\xff"}', b"7", b'{"a": "\\ud800"}'):
        answer = httpx.post(f"{server_url}/v1/chat/completions", content=body)
        assert answer.status_code == 400
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_events_of_a_stream_are_lines_of_json(server_url: str) -> None:
    body = {"model": "small", "messages": HELLO, "stream": True}
    with httpx.stream("POST", f"{server_url}/v1/chat/completions", json=body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    for line in lines[:-1]:
        assert json.loads(line.removeprefix("data: "))["object"] == "chat.completion.chunk"


def test_the_key_of_the_client_is_the_token_of_the_api(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    train(project)
    with running(ServeSettings(root=project, auth_token="sesame-13")) as url:
        for key in ("sesame-13", "sesame-12"):
            with openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0) as client:
                if key == "sesame-13":
                    assert client.models.list().data[0].id == "small"
                    continue
                with pytest.raises(openai.AuthenticationError) as refused:
                    client.chat.completions.create(model="small", messages=HELLO)
                assert refused.value.type == "authentication_error"
                assert refused.value.code == "NotAuthenticated"
