"""A turn that cannot be kept is no answer, also when its words were already on their way."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatwright.bot import Bot

BODY: dict[str, Any] = {
    "model": "small",
    "messages": [{"role": "user", "content": "hello"}],
    "user": "ann",
}


@pytest.fixture
def disk_full(bot: Bot, tmp_path: Path) -> None:
    """No event can be written any more."""
    with sqlite3.connect(tmp_path / "kept.sqlite") as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )


@pytest.mark.usefixtures("disk_full")
async def test_a_stream_breaks_off_with_the_reason(client: httpx.AsyncClient, bot: Bot) -> None:
    answer = await client.post("/v1/chat/completions", json={**BODY, "stream": True})
    *chunks, last = [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]
    assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks) == "Hello!"
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in chunks)
    assert last["error"]["type"] == "server_error"
    assert "[DONE]" not in answer.text
    assert await bot.store.events("ann") == []


@pytest.mark.usefixtures("disk_full")
async def test_a_completion_is_an_error(client: httpx.AsyncClient, bot: Bot) -> None:
    answer = await client.post("/v1/chat/completions", json=BODY)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "CW401"
    assert await bot.store.events("ann") == []


async def test_what_fails_before_the_first_word_has_its_status_when_streaming(
    client: httpx.AsyncClient, bot: Bot
) -> None:
    await bot.handle("bye", conversation="ann", message_id="one")
    answer = await client.post(
        "/v1/chat/completions", json={**BODY, "stream": True}, headers={"Idempotency-Key": "one"}
    )
    assert answer.status_code == 409
    assert "error" in answer.json()


async def test_without_a_bundle_there_is_no_model(client: httpx.AsyncClient) -> None:
    await client.delete("/model")
    for answer in (
        await client.get("/v1/models"),
        await client.post("/v1/chat/completions", json=BODY),
    ):
        assert answer.status_code == 409
        assert answer.json()["error"]["message"].startswith("no bot is loaded")
