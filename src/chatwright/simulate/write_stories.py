"""Simulated conversations as test conversations: what the bot does today is what it should do tomorrow."""

from __future__ import annotations

from collections.abc import Iterable

from chatwright.evaluate.story_yaml import story_yaml
from chatwright.schema.events import UserUttered
from chatwright.simulate.agenda import UserAct, same
from chatwright.simulate.conversation import SimulatedConversation
from chatwright.simulate.wording import key_of

__all__ = ["stories_of", "understood_as_meant"]


def stories_of(conversations: Iterable[SimulatedConversation], *, count: int, name: str = "simulated") -> str:
    """Test conversations in YAML, of conversations that succeeded and in which everything was understood.

    Args:
        conversations: finished ones; no more are taken than needed.
        count: stories to write; each has another course of intents.
    """
    chosen: dict[tuple[str, ...], SimulatedConversation] = {}
    for conversation in conversations:
        if conversation.outcome().success and understood_as_meant(conversation):
            course = tuple(act.intent for act in conversation.acts)
            chosen.setdefault(course, conversation)
        if len(chosen) >= count:
            break
    return story_yaml(name, [conversation.tracker.events for conversation in chosen.values()])


def understood_as_meant(conversation: SimulatedConversation) -> bool:
    """Whether the bot understood every message as the user meant it."""
    heard = [event for event in conversation.tracker.events if isinstance(event, UserUttered)]
    return len(heard) == len(conversation.acts) and all(
        event.intent == act.intent and _same_entities(event, act)
        for event, act in zip(heard, conversation.acts, strict=True)
    )


def _same_entities(event: UserUttered, act: UserAct) -> bool:
    found = {key_of(entity): entity.value for entity in event.understanding.entities}
    wanted = dict(act.tells)
    return found.keys() == wanted.keys() and all(same(found[key], value) for key, value in wanted.items())
