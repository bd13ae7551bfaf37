"""The bot of a worker: loaded, replaced, taken away; two workers on one store."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from chatwright.errors import BundleError
from served_project import train_version


async def greeting(client: Any) -> str:
    answer = await client.post("/webhooks/rest/webhook", json={"message": "/greet"})
    return answer.json()[0]["text"] if answer.status_code == 200 else answer.json()["reason"]


async def until(client: Any, words: str) -> None:
    for _ in range(200):
        if await greeting(client) == words:
            return
        await asyncio.sleep(0.05)
    assert await greeting(client) == words


async def test_a_replaced_bot_closes_when_its_last_turn_has_ended(serve: Any, project: Path) -> None:
    async with serve() as client:
        host = client.app.state.host
        old, closed = host.bot, []
        close = old.brain.close

        async def told() -> None:
            closed.append(True)
            await close()

        old.brain.close = told
        turn = asyncio.create_task(old.handle('/wait{"seconds": "1.5"}', conversation="ann"))
        await asyncio.sleep(0.2)
        await host.replace(await asyncio.to_thread(train_version, project, "two"))
        assert await greeting(client) == "Hello from two!"
        assert not closed
        assert [reply.text for reply in (await turn).replies] == ["I waited."]
        await asyncio.sleep(0.1)
        assert closed == [True]


async def test_all_workers_serve_the_same(serve: Any, project: Path) -> None:
    async with serve() as first, serve() as second:
        host = first.app.state.host
        one = host.bot.model_file
        two = await asyncio.to_thread(train_version, project, "two")
        await until(first, "Hello from two!")
        await until(second, "Hello from two!")
        await host.replace(one)  # comes back when both do
        assert await greeting(first) == await greeting(second) == "Hello from one!"
        await second.app.state.host.unload()
        assert await greeting(second) == "Conflict"
        await until(first, "Conflict")
        await first.app.state.host.replace(two)
        assert await greeting(first) == await greeting(second) == "Hello from two!"


async def test_a_bundle_that_cannot_be_read_changes_nothing(
    serve: Any, project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve() as client:
        with pytest.raises(BundleError):
            await client.app.state.host.replace(project / "config.yml")
        with caplog.at_level(logging.ERROR):
            (project / "models" / "29990101-000000-broken-bot.tar.gz").write_bytes(b"no bundle")
            await asyncio.sleep(3.5)
        assert await greeting(client) == "Hello from one!"
        told = [record for record in caplog.records if "broken-bot" in record.getMessage()]
        assert len(told) == 1  # not every second


async def test_a_named_bundle_stays(serve: Any, project: Path) -> None:
    (bundle,) = (project / "models").iterdir()
    async with serve(model=bundle) as client:
        await asyncio.to_thread(train_version, project, "two")
        await asyncio.sleep(2.5)
        assert await greeting(client) == "Hello from one!"
