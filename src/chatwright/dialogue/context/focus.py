"""What a conversation is about just now: the latest questions, and what the bot offered last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import REQUESTED_SLOT, Domain
from chatwright.schema.events import BotUttered, Event, Restarted, SessionStarted, SlotSet, UserUttered
from chatwright.schema.understanding import Entity

__all__ = ["Focus", "Option", "Question", "focus_of", "listed_options"]

TURNS = 3
"""Messages of the user that a follow-up may lean on."""

_NUMBERED = re.compile(r"(?:^|[\s,，;；:：])(?:\(?\d{1,2}[.)、:：]|[①②③④⑤⑥⑦⑧⑨])\s*")
_BULLET = re.compile(r"(?:^|\n)\s*[-*•·]\s+")
_LISTED = re.compile(r"\s*(?:[,，、;；]\s*(?:and |or |和|或|以及)?| and | or |还是|或者)\s*")


@dataclass(frozen=True, slots=True)
class Question:
    """What the user asked, in words that stand alone."""

    text: str
    intent: str | None
    confidence: float
    entities: tuple[Entity, ...]
    """Their spans are in ``text``; empty ones stand nowhere in it."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things that the bot offered."""

    title: str
    payload: str | None = None


@dataclass(frozen=True, slots=True)
class Focus:
    """What a follow-up may lean on."""

    questions: Sequence[Question] = ()
    """The latest first."""
    options: Sequence[Option] = ()
    """What the bot listed last, in its order."""
    asks: bool = False
    """A form waits for an answer."""


def focus_of(tracker: Tracker) -> Focus:
    """The focus before the next message."""
    questions: list[Question] = []
    said: list[BotUttered] = []
    mentioned: list[Entity] = []
    for event in reversed(tracker.events):
        if isinstance(event, SessionStarted | Restarted) or len(questions) == TURNS:
            break
        if isinstance(event, UserUttered):
            questions.append(_question(event, mentioned))
            mentioned = []
        elif isinstance(event, BotUttered) and not questions:
            said.insert(0, event)
        elif isinstance(event, SlotSet):
            mentioned += _mentioned(event, tracker.domain)
    loop = tracker.active_loop_name
    return Focus(questions, _options(said), bool(loop and tracker.slots.get(REQUESTED_SLOT)))


def _question(event: UserUttered, mentioned: Sequence[Entity]) -> Question:
    """A message as the next one sees it: rewritten, if it leant on others itself."""
    understanding = event.understanding
    ours = event.metadata.get("chatwright")
    context: Mapping[str, Any] = (ours.get("context") if isinstance(ours, Mapping) else None) or {}
    text, entities = understanding.text, tuple(understanding.entities)
    if context.get("rewritten"):
        text = str(context["rewritten"])
        entities = tuple(Entity.from_json(entity) for entity in context.get("entities") or ())
    if text.startswith("/") or event.metadata.get("is_external"):
        text, entities = "", tuple(replace(entity, start=0, end=0) for entity in entities)
    # Two extractors may have found the same.
    entities = tuple({(e.entity, e.role, e.start, str(e.value).lower()): e for e in entities}.values())
    known = {(entity.entity, entity.role) for entity in entities}
    entities += tuple(entity for entity in mentioned if (entity.entity, entity.role) not in known)
    return Question(text, understanding.intent.name, understanding.intent.confidence, entities)


def _mentioned(event: SlotSet, domain: Domain) -> Iterator[Entity]:
    """What an action brought up by setting a slot that entities fill."""
    spec = domain.slots.get(event.name)
    if spec is None or not isinstance(event.value, str | int | float) or isinstance(event.value, bool):
        return
    for mapping in spec.mappings:
        if mapping.type == "from_entity" and mapping.entity:
            yield Entity(entity=mapping.entity, role=mapping.role, value=event.value, start=0, end=0)


def _options(said: Sequence[Event]) -> list[Option]:
    for event in reversed(said):
        if isinstance(event, BotUttered):
            message = event.message()
            chosen = [*message.buttons, *message.quick_replies] or list(message.elements)
            if len(chosen) > 1:
                return [Option(str(one.get("title", "")), one.get("payload")) for one in chosen]
            if found := listed_options(message.text or ""):
                return found
    return []


def listed_options(text: str) -> list[Option]:
    """What a text lists: numbered, bulleted, or behind a colon.

    >>> [option.title for option in listed_options("Two: 1. Tom Baker 2. Lucy Chen")]
    ['Tom Baker', 'Lucy Chen']
    >>> [option.title for option in listed_options("有：红色、蓝色和绿色。")]
    ['红色', '蓝色', '绿色']
    """
    for mark in (_NUMBERED, _BULLET):
        parts = [part.strip(" \n.。,，;；") for part in mark.split(text)]
        if len(parts) > 2:
            return [Option(part.split("\n")[0]) for part in parts[1:] if part]
    _, colon, behind = re.sub("：", ":", text).rpartition(":")
    parts = [part for part in re.split(f"{_LISTED.pattern}|和|与", behind.strip(" .。!?！？")) if part]
    if colon and len(parts) > 1 and all(len(part) <= 40 for part in parts):
        return [Option(part) for part in parts]
    return []
