"""The REST channel: Rasa's answers to the byte, deliveries answered once, limits."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatwright.schema.events import BotUttered, UserUttered
from chatwright.schema.messages import BotMessage
from chatwright.serve.channels.rest import channel_messages

WEBHOOK = "/webhooks/rest/webhook"
LONGEST = 16 * 1024


async def say(client: httpx.AsyncClient, message: str, sender: str = "ann", **options: Any) -> httpx.Response:
    return await client.post(WEBHOOK, json={"sender": sender, "message": message}, **options)


async def heard(client: Any, conversation: str = "ann") -> list[UserUttered]:
    events = await client.app.state.host.store.events(conversation)
    return [event for event in events if isinstance(event, UserUttered)]


async def test_answers_are_rasas(serve: Any) -> None:
    async with serve() as client:
        assert (await client.get("/webhooks/rest/")).json() == {"status": "ok"}
        assert (await say(client, "hello")).json() == [{"recipient_id": "ann", "text": "Hello from one!"}]
        assert (await say(client, "show me the menu")).json() == [
            {
                "recipient_id": "ann",
                "text": "What now?",
                "buttons": [{"title": "Greet", "payload": "/greet"}],
            },
            {"recipient_id": "ann", "image": "https://example.com/menu.png"},
        ]
        assert (await say(client, "看一下菜单", "小明")).json() == [
            {"recipient_id": "小明", "text": "做什么？"},
            {"recipient_id": "小明", "text": "请选。"},
        ]
        assert (await say(client, "你好", "小明")).json() == [{"recipient_id": "小明", "text": "你好，one！"}]


PICTURE, BUTTON = "https://example.com/a.png", {"title": "Yes", "payload": "/affirm"}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({"text": "a", "image": PICTURE}, [{"text": "a"}, {"image": PICTURE}]),
        ({"text": "  a\n\n\nb\n\n c \n\n"}, [{"text": "a"}, {"text": "\nb"}, {"text": " c"}]),
        ({"text": "x\n\ny", "buttons": [BUTTON]}, [{"text": "x\n\ny", "buttons": [BUTTON]}]),
        ({"text": "", "buttons": [BUTTON]}, [{"text": "", "buttons": [BUTTON]}]),
        ({"buttons": [BUTTON]}, [{"buttons": [BUTTON]}]),
        ({"text": "a", "quick_replies": [BUTTON], "buttons": [{}]}, [{"text": "a", "buttons": [BUTTON]}]),
        ({"custom": {"a": 1}, "attachment": {"b": 2}}, [{"custom": {"a": 1}}, {"attachment": {"b": 2}}]),
        (
            {"text": "a", "elements": [{"title": "t", "subtitle": "s", "buttons": [BUTTON]}, {"title": "u"}]},
            [{"text": "a"}, {"text": "t : s", "buttons": [BUTTON]}, {"text": "u : ", "buttons": []}],
        ),
    ],
)  # fmt: skip
def test_parts_are_those_of_rasas_collecting_channel(
    said: dict[str, Any], sent: list[dict[str, Any]]
) -> None:
    """Recorded from Rasa 3.6.20: ``create_bot_utterance``, then ``CollectingOutputChannel.send_response``."""
    if "image" in said:
        said = {**said, "attachment": said["image"]}  # as Rasa keeps it, and we do
    message = BotUttered.from_message(BotMessage(**said)).message()
    assert channel_messages(message, "u") == [{"recipient_id": "u", **part} for part in sent]


async def test_only_the_message_is_needed(serve: Any) -> None:
    async with serve() as client:
        for body, recipient in (
            ({"message": "/greet"}, "default"),
            ({"message": "/greet", "sender": None}, "default"),
            ({"message": "/greet", "sender": 4711}, "4711"),
            ({"message": "/greet", "metadata": None, "else": [1]}, "default"),
        ):
            answer = await client.post(WEBHOOK, content=json.dumps(body))
            assert answer.json() == [{"recipient_id": recipient, "text": "Hello from one!"}]


async def test_a_last_slash_means_nothing(serve: Any) -> None:
    async with serve() as client:
        for path in (WEBHOOK, WEBHOOK + "/"):
            assert (await client.post(path, json={"message": "/greet"})).status_code == 200
        for path in ("/webhooks/rest", "/webhooks/rest/"):
            assert (await client.get(path)).json() == {"status": "ok"}
        assert (await client.post(WEBHOOK + "//", json={"message": "/greet"})).status_code == 404


async def test_strangers_do_not_fill_the_figures(serve: Any) -> None:
    async with serve() as client:
        for number in range(3):
            await client.post(WEBHOOK, json={"message": "/greet", "input_channel": f"mine-{number}"})
            await client.request(f"MINE{number}", f"/mine-{number}")
        figures = (await client.get("/metrics")).text
        assert 'chatwright_turns_total{channel="other"}' in figures
        assert "mine" not in figures.lower()


async def test_the_persons_own_language_goes_before(serve: Any) -> None:
    async with serve() as client:
        for language, words in (("zh", "你好，one！"), ("en", "Hello from one!"), ("zh", "你好，one！")):
            body = {"sender": "ann", "message": "/greet", "metadata": {"language": language}}
            assert (await client.post(WEBHOOK, json=body)).json()[0]["text"] == words


async def test_metadata_and_channel_are_kept(serve: Any) -> None:
    async with serve() as client:
        body = {"message": "/greet", "metadata": {"shop": "七"}, "input_channel": "kiosk"}
        await client.post(WEBHOOK, json=body)
        (event,) = await heard(client, "default")
        assert (event.input_channel, event.metadata["shop"]) == ("kiosk", "七")


async def test_a_delivery_is_answered_once(serve: Any) -> None:
    async with serve() as client:
        headers = {"Idempotency-Key": "delivery-1"}
        first = await say(client, "hello", headers=headers)
        answers = await asyncio.gather(*(say(client, "hello", headers=headers) for _ in range(5)))
        named = await client.post(
            WEBHOOK, json={"sender": "ann", "message": "hello", "metadata": {"message_id": "delivery-1"}}
        )
        assert {answer.text for answer in (*answers, named)} == {first.text}
        streamed = await say(client, "hello", headers=headers, params={"stream": "true"})
        assert [json.loads(line) for line in streamed.text.splitlines()] == first.json()
        assert len(await heard(client)) == 1
        other = await say(client, "你好", headers=headers)
        assert (other.status_code, other.json()["reason"]) == (409, "Conflict")
        assert len(await heard(client)) == 1


async def test_messages_of_one_conversation_are_answered_in_order(serve: Any) -> None:
    async with serve() as client:
        texts = [f'/wait{{"seconds": "{(10 - n) / 200}"}}' for n in range(10)]
        sending = []
        for text in texts:
            sending.append(asyncio.create_task(say(client, text)))
            await asyncio.sleep(0.01)  # requests that come at the same moment have no order
        other = await asyncio.wait_for(say(client, "/greet", "bob"), 5)
        assert other.status_code == 200
        assert {(await answer).status_code for answer in sending} == {200}
        assert [event.text for event in await heard(client)] == texts


async def test_replies_leave_as_they_are_said(serve: Any) -> None:
    async with serve() as client:
        answer = await say(client, "看一下菜单", params={"stream": "true"})
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert [json.loads(line) for line in answer.text.splitlines()] == [
            {"recipient_id": "ann", "text": "做什么？"},
            {"recipient_id": "ann", "text": "请选。"},
        ]
        silent = await say(client, '/remind{"seconds": "60"}', params={"stream": "true"})
        assert (silent.status_code, silent.text) == (200, "")


@pytest.mark.parametrize("unit", ["x", "长", "👍"])
async def test_longest_messages(serve: Any, unit: str) -> None:
    most = LONGEST // len(unit.encode())
    async with serve() as client:
        assert (await say(client, unit * most)).status_code == 200
        answer = await say(client, unit * (most + 1))
        assert (answer.status_code, answer.json()["reason"]) == (413, "MessageTooLong")
        assert len(await heard(client)) == 1


async def test_what_is_no_message_is_refused_with_a_reason(serve: Any) -> None:
    deep = {"message": "hi", "metadata": {"a": 1}}
    for _ in range(30):
        deep["metadata"] = {"a": deep["metadata"]}
    refused: list[tuple[Any, int]] = [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"hi"', 400),
        (b"{}", 400),
        (b'{"message": null}', 400),
        (b'{"message": {"a": 1}}', 400),
        (b'{"message": "a\\u0000b"}', 400),
        (b'{"message": "\\ud800"}', 400),
        (b'{"message": "\xff"}', 400),
        (b'{"message": "hi", "sender": ""}', 400),
        (b'{"message": "hi", "sender": "a\\u0000b"}', 400),
        (b'{"message": "hi", "metadata": {"a": NaN}}', 400),
        (b'{"message": "hi", "metadata": {"message_id": 7}}', 400),
        (b'{"message": "hi", "metadata": []}', 400),
        (json.dumps({"message": "hi", "sender": "x" * 513}).encode(), 400),
        (json.dumps(deep).encode(), 400),
        (b"[" * 60_000, 400),
        (json.dumps({"message": "hi", "metadata": {"a": "x" * 65_536}}).encode(), 413),
    ]
    async with serve() as client:
        for body, status in refused:
            answer = await client.post(WEBHOOK, content=body)
            assert answer.status_code == status, body[:80]
            told = answer.json()
            assert (told["status"], told["code"]) == ("failure", status)
            assert told["message"]
            assert "Traceback" not in answer.text
        assert await client.app.state.host.store.conversations() == []


async def test_odd_texts_get_answers(serve: Any) -> None:
    texts = [
        "",
        " ",
        "\x07\x1b[31m",
        "\u202eabc\u200d",
        "e\u0301" * 2000,
        "龘𠮷",
        "👩‍👩‍👧‍👦",
        "１２３",
        "/nothing",
        "/greet{",
    ]
    async with serve() as client:
        for text in texts:
            assert (await say(client, text)).status_code == 200, text
        assert [event.text for event in await heard(client)] == texts


async def test_an_action_that_fails_is_no_secret_told(serve: Any) -> None:
    async with serve() as client:
        answer = await say(client, "/fail")
        assert answer.status_code == 200
        assert "4711" not in answer.text
        assert (await say(client, "/greet")).json() == [{"recipient_id": "ann", "text": "Hello from one!"}]


async def test_a_failure_of_ours_is_told_by_the_id_in_the_log(
    serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve() as client:

        async def broken(*arguments: Any, **options: Any) -> None:
            raise ZeroDivisionError("secret 4711")

        client.app.state.host.bot.handle = broken
        answer = await say(client, "/greet", headers={"X-Request-Id": "mine-7"})
        assert (answer.status_code, answer.json()["reason"]) == (500, "InternalError")
        assert answer.headers["x-request-id"] == "mine-7"
        assert "mine-7" in answer.json()["message"]
        assert "4711" not in answer.text
        assert "ZeroDivisionError" in caplog.text


async def test_without_the_store_nothing_is_promised(serve: Any, project: Path) -> None:
    async with serve() as client:
        assert (await say(client, "/greet")).status_code == 200
        with sqlite3.connect(next((project / ".chatwright").glob("*.sqlite*"))) as broken:
            broken.execute("ALTER TABLE inbox RENAME TO lost")
        for stream in ("false", "true"):
            answer = await say(client, "/greet", params={"stream": stream})
            assert (answer.status_code, answer.json()["reason"]) == (503, "StoreUnavailable")
            assert answer.headers["retry-after"]
        with sqlite3.connect(next((project / ".chatwright").glob("*.sqlite*"))) as mended:
            mended.execute("ALTER TABLE lost RENAME TO inbox")
        assert (await say(client, "/greet")).status_code == 200
        assert len(await heard(client)) == 2


async def test_too_much_at_once_is_refused_at_once(serve: Any) -> None:
    async with serve() as client:
        client.app.state.capacity.most = 3
        waiting = [asyncio.create_task(say(client, '/wait{"seconds": "1"}', f"u{n}")) for n in range(3)]
        await asyncio.sleep(0.2)
        answer = await say(client, "/greet")
        assert (answer.status_code, answer.json()["reason"]) == (503, "Overloaded")
        assert answer.headers["retry-after"]
        assert (await client.get("/healthz")).status_code == 200
        assert [(await answer).status_code for answer in waiting] == [200] * 3
        assert (await say(client, "/greet")).status_code == 200


async def test_an_answer_may_take_so_long(serve: Any) -> None:
    async with serve(response_timeout_s=0.3) as client:
        headers = {"Idempotency-Key": "slow"}
        answer = await say(client, '/wait{"seconds": "1"}', headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (503, "ResponseTimeout")
        for _ in range(100):  # the turn goes on, and is there when it is asked for again
            answer = await say(client, '/wait{"seconds": "1"}', headers=headers)
            if answer.status_code == 200:
                break
        assert answer.json() == [{"recipient_id": "ann", "text": "I waited."}]
        assert len(await heard(client)) == 1
