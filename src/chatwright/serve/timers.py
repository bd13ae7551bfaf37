"""What the server does by itself: reminders, messages that a crash left unanswered, old answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict

from chatwright.errors import ChatwrightError, RequestError
from chatwright.schema.messages import UserMessage
from chatwright.schema.understanding import Entity
from chatwright.serve.host import BotHost
from chatwright.stores.records import Timer

__all__ = ["answer_open_messages", "forget_old_answers", "run_timers"]

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
AT_ONCE = 64
"""Reminders of one worker that are under way."""
OPEN_EVERY_S = 5.0
"""How often to look for unanswered messages; one is free ten seconds after the crash."""
FORGET_EVERY_S = 600.0
BREATH_S = 0.5
"""Between two batches of old answers, so that turns do not wait for them."""


async def run_timers(host: BotHost) -> None:
    """Let intents happen when they are due, also after a restart; for ever.

    Each is handed to one worker. One that takes long keeps no other waiting.
    """
    firing: dict[int, asyncio.Task[None]] = {}
    try:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if host.bot is None or len(firing) >= AT_ONCE:
                continue
            try:
                due = await host.store.claim_timers(time.time(), limit=AT_ONCE - len(firing))
            except ChatwrightError as error:
                logger.error("reminders: %s", error)
                continue
            for timer in due:
                if timer.id not in firing:
                    task = asyncio.create_task(_fire(timer, host))
                    firing[timer.id] = task
                    task.add_done_callback(lambda _, key=timer.id: firing.pop(key))
    finally:
        for task in list(firing.values()):
            task.cancel()


async def _fire(timer: Timer, host: BotHost) -> None:
    """An intent from outside; if it fails, the reminder is handed out again in a minute."""
    try:
        if host.bot is None:
            return
        try:
            await host.bot.trigger_intent(
                timer.conversation, timer.intent, _entities(timer.entities), reminder=timer
            )
        except RequestError as error:  # it is gone, or its intent is and it will never work
            logger.warning("reminder %s of %s is dropped: %s", timer.name, timer.conversation, error)
            await host.store.finish_timer(timer)
    except ChatwrightError as error:
        logger.error("reminder %s of %s: %s", timer.name, timer.conversation, error)
    except Exception:
        logger.exception("reminder %s of %s failed", timer.name, timer.conversation)


def _entities(written: object) -> list[Entity]:
    """Rasa writes a mapping of values, or a list of entities."""
    if isinstance(written, dict):
        return [Entity(entity=str(name), value=value, start=0, end=0) for name, value in written.items()]
    if isinstance(written, list):
        return [Entity.from_json(item) for item in written if isinstance(item, dict) and "entity" in item]
    return []


async def answer_open_messages(host: BotHost) -> None:
    """Answer what a crash left unanswered, so that the sender finds it when asking again; for ever.

    Conversations do not wait for one another.
    """
    while True:
        try:
            if host.bot is not None:
                waiting: dict[str, list[UserMessage]] = defaultdict(list)
                for message in await host.store.open_messages():
                    waiting[message.conversation].append(message)
                await asyncio.gather(*(_answer(messages, host) for messages in waiting.values()))
        except ChatwrightError as error:
            logger.error("unanswered messages: %s", error)
        await asyncio.sleep(OPEN_EVERY_S)


async def _answer(messages: list[UserMessage], host: BotHost) -> None:
    for message in messages:
        if host.bot is None:
            return
        try:
            turn = await host.bot.handle(
                message.text,
                conversation=message.conversation,
                message_id=message.message_id,
                channel=message.channel,
                metadata=message.metadata,
            )
        except ChatwrightError as error:
            logger.error("an unanswered message of %s: %s", message.conversation, error)
        except Exception:
            logger.exception("an unanswered message of %s failed", message.conversation)
        else:
            if not turn.duplicate:
                logger.info("answered a message of %s that a crash had left", message.conversation)


async def forget_old_answers(host: BotHost) -> None:
    """Keep the inbox as small as what may still be delivered again; for ever."""
    while True:
        forgotten = 0
        try:
            forgotten = await host.store.forget_answers(time.time())
        except ChatwrightError as error:
            logger.error("old answers: %s", error)
        await asyncio.sleep(BREATH_S if forgotten else FORGET_EVERY_S)
