"""Turns as a bot would keep them, without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatwright.schema.events import ActionExecuted, BotUttered, Event, UserUttered
from chatwright.schema.messages import UserMessage
from chatwright.schema.understanding import IntentScore, Understanding
from chatwright.stores.store import ConversationStore


def heard(text: str, message_id: str | None = None) -> UserUttered:
    understanding = Understanding(text=text, intent=IntentScore("greet", 0.9))
    return UserUttered(text=text, understanding=understanding, input_channel="rest", message_id=message_id)


def events_of(message: UserMessage) -> list[Event]:
    return [
        heard(message.text, message.message_id),
        ActionExecuted(name="utter_greet", policy="RulePolicy", confidence=1.0),
        BotUttered(text=f"好的 {message.text}"),
    ]


def message(text: str, message_id: str | None = None, conversation: str = "ann", **more: Any) -> UserMessage:
    return UserMessage(text=text, conversation=conversation, message_id=message_id or f"id-{text}", **more)


async def say(store: ConversationStore, said: UserMessage, **options: Any) -> list[str]:
    """One turn; gives the texts of the answer, stored or new."""
    async with store.turn(said, **options) as turn:
        if turn.replay is not None:
            return [reply["text"] for reply in turn.replay.replies]
        answer = f"好的 {said.text}"
        await turn.commit(events_of(said), replies=[{"text": answer}], why={"turn": turn.number})
        return [answer]


async def texts(store: ConversationStore, conversation: str = "ann") -> list[str]:
    """What was said by the person, in order."""
    return [event.text for event in await store.events(conversation) if isinstance(event, UserUttered)]


def user_texts(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, UserUttered)]
