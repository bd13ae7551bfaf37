"""The state tracker of a bot: what a conversation's latest message makes of its slots."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatwright.dialogue.belief.candidates import BeliefState, Turn, heard
from chatwright.dialogue.belief.domain_schema import from_slot, span_kind, to_slot, tracked_slots
from chatwright.dialogue.belief.mentions import Span
from chatwright.dialogue.belief.schema import Schema, SlotKey
from chatwright.dialogue.belief.spans import free_spans
from chatwright.dialogue.belief.spelling import Speller
from chatwright.dialogue.belief.state_tracker import StateTracker
from chatwright.dialogue.tracker import Tracker
from chatwright.learn.ranker import Ranker
from chatwright.project.domain import REQUESTED_SLOT, Domain
from chatwright.schema.events import BotUttered, Event, SlotSet, UserUttered
from chatwright.schema.understanding import Entity

__all__ = ["DialogueState", "message_spans"]

FOLDER = "state_tracker"
_TURNS = 3
"""Turns back to which the bot's words are remembered."""


@dataclass(frozen=True, slots=True)
class DialogueState:
    """Fills the slots that have a ``from_dialogue_state`` mapping."""

    tracker: StateTracker
    speller: Speller
    domain: Domain
    keys: Mapping[str, SlotKey]
    """Slot of the bot → what it holds of the state."""

    @classmethod
    def of(cls, schema: Schema, ranker: Ranker, domain: Domain) -> DialogueState:
        """The state tracker over the schema of a domain."""
        return cls(StateTracker(schema, ranker), Speller(schema), domain, tracked_slots(domain))

    def changes(self, conversation: Tracker) -> dict[str, SlotSet]:
        """Slot → its new value after the latest message, and why (in ``metadata.chatwright``)."""
        message = conversation.latest_message
        if message is None or not self.keys:
            return {}
        names = {key: name for name, key in self.keys.items()}
        if message.text.startswith(("/", "EXTERNAL: ")):  # a button or a trigger: nothing to read
            found = _told(message.understanding.entities, self.tracker.schema)
            return {names[key]: SlotSet(name=names[key], value=value) for key, value in found}
        said = list(_replies(conversation.applied_events()))
        belief = _belief(conversation, self.keys)
        for reply in said[:-1]:
            belief = heard(belief, Turn("", reply, reply_spans=free_spans(reply)), self.tracker.schema)
        reply = said[-1] if said else ""
        asked = self.keys.get(str(conversation.slots.get(REQUESTED_SLOT)))
        spans = message_spans(message.text, message.understanding.entities)
        turn = Turn(message.text, reply, asked, spans, free_spans(reply), self.speller.find(message.text))
        changes = {}
        for update in self.tracker.update(belief, turn)[1]:
            name = names[update.key]
            value = to_slot(self.domain.slots[name], update.value)
            if value is not None or not update.value:
                why = {"why": update.evidence.summary, "confidence": round(update.probability, 3)}
                changes[name] = SlotSet(name=name, value=value, metadata={"chatwright": why})
        return changes

    def save(self, folder: Path) -> None:
        """Write ``state_tracker/`` with ``schema.json`` and ``ranker.npz``."""
        folder = folder / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(self.tracker.schema.to_json(), ensure_ascii=False)
        (folder / "schema.json").write_text(content, "utf-8")
        self.tracker.ranker.save(folder)

    @classmethod
    def find(cls, folder: Path, domain: Domain) -> DialogueState | None:
        """The inverse of ``save``; None where nothing was saved.

        Raises:
            KeyError, ValueError, OSError: what lies there is damaged.
        """
        folder = folder / FOLDER
        if not folder.is_dir():
            return None
        schema = Schema.from_json(json.loads((folder / "schema.json").read_text("utf-8")))
        return cls.of(schema, Ranker.load(folder), domain)


def message_spans(text: str, entities: Sequence[Entity]) -> list[Span]:
    """The entities of a message, and the names, numbers and times that are none of them."""
    found = [Span(e.start, e.end, span_kind(e), from_slot(e.value)) for e in entities if e.end > e.start]
    taken = {place for span in found for place in range(span.start, span.end)}
    free = (span for span in free_spans(text) if taken.isdisjoint(range(span.start, span.end)))
    return [*found, *free]


def _told(entities: Sequence[Entity], schema: Schema) -> Iterator[tuple[SlotKey, Any]]:
    for entity in entities:
        for slot in schema.slots:
            if span_kind(entity) in slot.kinds:
                yield slot.key, entity.value


def _belief(conversation: Tracker, tracked: Mapping[str, SlotKey]) -> BeliefState:
    """What the slots say; the service is that of the slot asked for, or of the one set last."""
    values = {key: from_slot(conversation.slots.get(name)) for name, key in tracked.items()}
    asked = tracked.get(str(conversation.slots.get(REQUESTED_SLOT)))
    changed = (
        tracked[event.name]
        for event in reversed(conversation.applied_events())
        if isinstance(event, SlotSet) and event.name in tracked and event.value is not None
    )
    latest = asked or next(changed, None)
    return BeliefState({key: value for key, value in values.items() if value}, latest[0] if latest else None)


def _replies(events: Sequence[Event]) -> Iterator[str]:
    """What the bot said between the user's messages, the oldest first; the last comes before the latest."""
    turns: list[list[str]] = [[]]
    for event in events:
        if isinstance(event, UserUttered):
            turns.append([])
        elif isinstance(event, BotUttered) and event.text:
            turns[-1].append(event.text)
    yield from (" ".join(texts) for texts in turns[:-1][-_TURNS:])
