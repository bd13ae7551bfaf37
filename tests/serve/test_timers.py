"""Reminders: when they are due, once, unless they are not wanted any more; what a crash left."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from chatwright.errors import RequestError
from chatwright.schema.events import BotUttered, UserUttered
from chatwright.schema.messages import UserMessage
from chatwright.serve import timers


async def said(bot: Any, conversation: str) -> list[str | None]:
    return [event.text for event in await bot.store.events(conversation) if isinstance(event, BotUttered)]


async def until(bot: Any, conversation: str, words: list[str]) -> None:
    for _ in range(400):
        if await said(bot, conversation) == words:
            return
        await asyncio.sleep(0.05)
    assert await said(bot, conversation) == words


async def test_a_reminder_happens_once_and_a_busy_conversation_delays_no_other(serve: Any) -> None:
    async with serve() as client:
        bot = client.app.state.host.bot
        for conversation in ("ann", "小明"):
            await bot.handle('/remind{"seconds": "0.1"}', conversation=conversation)
        busy = asyncio.create_task(bot.handle('/wait{"seconds": "0"}', conversation="ann"))
        await busy  # a message stops a reminder of this kind
        async with bot.store.edit("bob"):
            pass
        await bot.handle('/remind{"seconds": "0.1"}', conversation="bob")
        async with bot.store.edit("bob"):  # as a turn that takes long holds it
            await until(bot, "小明", ["Your tea!"])
            assert await said(bot, "bob") == []
        await until(bot, "bob", ["Your tea!"])
        await asyncio.sleep(1.5)
        assert await said(bot, "ann") == ["I waited."]
        assert await said(bot, "小明") == await said(bot, "bob") == ["Your tea!"]
        assert await bot.store.claim_timers(time.time() + 3600) == []


@pytest.mark.parametrize("meanwhile", ["delivered", "a message came"])
async def test_a_reminder_that_is_gone_does_not_happen(serve: Any, meanwhile: str) -> None:
    async with serve() as client:
        bot = client.app.state.host.bot
        await bot.handle('/remind{"seconds": "600"}', conversation="ann")
        (timer,) = await bot.store.claim_timers(time.time() + 700)
        if meanwhile == "delivered":
            await bot.trigger_intent("ann", timer.intent, reminder=timer)
        else:
            await bot.handle("/greet", conversation="ann")
        before = await bot.store.events("ann")
        with pytest.raises(RequestError) as refused:
            await bot.trigger_intent("ann", timer.intent, reminder=timer)
        assert refused.value.status == 409
        assert await bot.store.events("ann") == before
        await bot.handle("/greet", conversation="ann")  # the conversation is free


async def test_messages_that_a_crash_left_are_answered(serve: Any) -> None:
    async with serve() as client:
        bot = client.app.state.host.bot
        store = bot.store
        for number in range(3):
            message = UserMessage(text="/greet", conversation="ann", message_id=f"m{number}", channel="rest")
            await store._receive(message)
        await store._database.write(
            lambda connection: connection.exec_driver_sql("UPDATE inbox SET seen = seen - 60") and None
        )
        await until(bot, "ann", ["Hello from one!"] * 3)
        heard = [event for event in await store.events("ann") if isinstance(event, UserUttered)]
        assert [event.message_id for event in heard] == ["m0", "m1", "m2"]
        assert await store.open_messages() == []


async def test_the_server_forgets_old_answers(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "FORGET_EVERY_S", 0.05)
    monkeypatch.setattr(timers, "BREATH_S", 0.0)
    async with serve() as client:
        bot = client.app.state.host.bot
        for number in range(3):
            await bot.handle("/greet", conversation="ann", message_id=f"m{number}")
        await bot.store._database.write(
            lambda c: (
                c.exec_driver_sql("UPDATE inbox SET seen = seen - 800000 WHERE message_id <> 'm2'") and None
            )
        )
        for _ in range(200):
            left = await bot.store._database.read(
                lambda c: c.exec_driver_sql("SELECT message_id FROM inbox").scalars().all()
            )
            if left == ["m2"]:
                break
            await asyncio.sleep(0.05)
        assert left == ["m2"]
        assert (await bot.handle("/greet", conversation="ann", message_id="m2")).duplicate
        assert await said(bot, "ann") == ["Hello from one!"] * 3
