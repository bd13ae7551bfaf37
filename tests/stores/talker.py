"""A process that talks, for tests that need more than one, or one to kill.

    python talker.py URL LOCK_URL|- CONVERSATION PREFIX COUNT AT_ONCE

Says PREFIX-0, PREFIX-1, … and prints each number once the store has acknowledged its turn. AT_ONCE
messages wait at a time; 0 means one after the other, without an end.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

from chatwright.schema.events import BotUttered, SlotSet, UserUttered
from chatwright.schema.messages import UserMessage
from chatwright.schema.understanding import IntentScore, Understanding
from chatwright.stores.store import ConversationStore


async def say(store: ConversationStore, conversation: str, text: str) -> None:
    message = UserMessage(text=text, conversation=conversation, message_id=text)
    understanding = Understanding(text=text, intent=IntentScore("count", 1.0))
    async with store.turn(message) as turn:
        if turn.replay is None:
            events = [
                UserUttered(text=text, understanding=understanding, message_id=text),
                SlotSet(name="last", value=text),
                BotUttered(text=f"好的 {text}"),
            ]
            state = {"last": text} if turn.number % 5 == 0 else None
            await turn.commit(events, replies=[{"text": f"好的 {text}"}], why={"text": text}, snapshot=state)
    print(text, flush=True)


async def main(url: str, lock: str, conversation: str, prefix: str, count: int, at_once: int) -> None:
    store = await ConversationStore.open(url, lock_url=None if lock == "-" else lock)
    for message in await store.open_messages():
        await say(store, message.conversation, message.text)
    if at_once:
        await asyncio.gather(*(say(store, conversation, f"{prefix}-{n}") for n in range(count)))
    else:
        for n in itertools.count():
            await say(store, f"{conversation}-{n % 5}", f"{prefix}-{n}")
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], *map(int, sys.argv[5:7])))  # type: ignore[arg-type]
