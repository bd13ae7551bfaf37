"""Reminders: an intent happens when it is due, once, also after a restart."""

from __future__ import annotations

import asyncio
import logging
import time

from chatwright.errors import ChatwrightError, RequestError
from chatwright.schema.understanding import Entity
from chatwright.serve.chat_socket import Sockets
from chatwright.serve.host import BotHost
from chatwright.stores.records import Timer

__all__ = ["answer_open_messages", "run_timers"]

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


async def run_timers(host: BotHost, sockets: Sockets) -> None:
    """Look for due reminders for ever. Each is handed to one worker only."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            for timer in await host.store.claim_timers(time.time()):
                await _fire(timer, host, sockets)
        except ChatwrightError as error:
            logger.error("reminders: %s", error)
        except Exception:
            logger.exception("reminders failed")


async def _fire(timer: Timer, host: BotHost, sockets: Sockets) -> None:
    if host.bot is None:
        return  # it is handed out again
    try:
        await host.bot.trigger_intent(timer.conversation, timer.intent, _entities(timer.entities))
    except RequestError as error:  # the intent is gone: it will never work
        logger.error("reminder %s of %s is dropped: %s", timer.name, timer.conversation, error)
    await host.store.finish_timer(timer)
    await sockets.refresh(timer.conversation)


def _entities(written: object) -> list[Entity]:
    """Rasa writes a mapping of values, or a list of entities."""
    if isinstance(written, dict):
        return [Entity(entity=str(name), value=value, start=0, end=0) for name, value in written.items()]
    if isinstance(written, list):
        return [Entity.from_json(item) for item in written if isinstance(item, dict) and "entity" in item]
    return []


async def answer_open_messages(host: BotHost) -> int:
    """Answer what a crash left unanswered, so that the sender finds it when asking again."""
    if host.bot is None:
        return 0
    answered = 0
    for message in await host.store.open_messages():
        try:
            await host.bot.handle(
                message.text,
                conversation=message.conversation,
                message_id=message.message_id,
                channel=message.channel,
                metadata=message.metadata,
            )
            answered += 1
        except ChatwrightError as error:
            logger.error("an unanswered message of %s: %s", message.conversation, error)
    return answered
