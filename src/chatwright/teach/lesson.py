"""A conversation in which a person confirms or corrects what is understood and what is done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from chatwright.brain import Brain
from chatwright.dialogue.tracker import Tracker
from chatwright.project.annotations import annotate
from chatwright.schema.decision import Decision
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
    events_from_json,
)
from chatwright.schema.messages import BotMessage
from chatwright.schema.understanding import Entity, IntentScore, Understanding

__all__ = ["Example", "Lesson", "corrected", "full_intent"]

LISTEN = "action_listen"
_UNTOLD = (LISTEN, "action_session_start", "action_restart")
TAUGHT = "taught"
"""Policy of an action that the person chose."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message as it is to be understood."""

    intent: str
    text: str
    """With marked entities."""


@dataclass(slots=True)
class Lesson:
    """One conversation under way. It may be taken back message by message."""

    brain: Brain
    tracker: Tracker
    examples: list[Example] = field(default_factory=list)
    """Of the messages that were typed in words."""
    _earlier: list[tuple[Tracker, int]] = field(default_factory=list)
    _steps: int = 0

    @classmethod
    async def begin(cls, brain: Brain) -> Self:
        """A conversation that waits for the first message."""
        lesson = cls(brain, Tracker("lesson", brain.domain, window=None))
        await lesson.do(Decision(action="action_session_start", confidence=1.0, policy="session"))
        return lesson

    def understand(self, text: str) -> Understanding:
        """What the bot understands of a message."""
        return self.brain.understand(text, self.tracker)

    async def hear(self, understood: Understanding, *, in_words: bool) -> None:
        """The message, as it is to be understood.

        Args:
            in_words: it is an example for learning, not a payload.
        """
        self._earlier.append((self.tracker.copy(), len(self.examples)))
        message = UserUttered(text=understood.text, understanding=understood, input_channel="terminal")
        self.tracker.update(message)
        await self._fill_slots()
        if in_words and understood.intent.name:
            marked = annotate(understood.text, tuple(understood.entities))
            self.examples.append(Example(full_intent(understood), marked))

    def decide(self) -> Decision:
        """What the bot would do next."""
        return self.brain.decide(self.tracker)

    def chosen(self, action: str) -> Decision:
        """The decision for an action that the person names."""
        return replace(
            self.decide(),
            action=action,
            policy=TAUGHT,
            confidence=1.0,
            is_text=False,
            evidence=(),
            question=None,
        )

    async def do(self, decision: Decision) -> list[BotMessage] | None:
        """Run an action; gives what the bot said, None where the action declined to run."""
        self._steps += 1
        events = await self.brain.act(
            self.tracker, decision, channel="terminal", idempotency_key=f"lesson/{self._steps}"
        )
        if isinstance(events[0], ActionExecutionRejected):
            return None
        if any(isinstance(event, UserUttered) for event in events):
            await self._fill_slots()
        return [event.message() for event in events if isinstance(event, BotUttered)]

    def undo(self) -> bool:
        """Take back the latest message and all that came of it; False when there is none."""
        if not self._earlier:
            return False
        self.tracker, count = self._earlier.pop()
        del self.examples[count:]
        return True

    @property
    def waits(self) -> bool:
        """Whether the person has the word."""
        last = next(e for e in reversed(self.tracker.events) if isinstance(e, UserUttered | ActionExecuted))
        return isinstance(last, ActionExecuted) and last.name == LISTEN

    def story(self) -> list[dict[str, Any]]:
        """The steps of a training story; what a form asks on its happy path is the form's own business."""
        return [step for event in self.tracker.applied_events() for step in self._steps_of(event)]

    def to_json(self) -> dict[str, Any]:
        """For going on another time."""
        return {
            "events": [event.to_json() for event in self.tracker.events],
            "examples": [[example.intent, example.text] for example in self.examples],
        }

    @classmethod
    def from_json(cls, brain: Brain, kept: Mapping[str, Any]) -> Self:
        """The inverse of ``to_json``; each message can be taken back."""
        lesson = cls(brain, Tracker("lesson", brain.domain, window=None))
        examples = [Example(*pair) for pair in kept["examples"]]
        for event in events_from_json(kept["events"]):
            if isinstance(event, UserUttered):
                lesson._earlier.append((lesson.tracker.copy(), len(lesson.examples)))
                if examples and annotate(event.text, tuple(event.understanding.entities)) == examples[0].text:
                    lesson.examples.append(examples.pop(0))
            lesson.tracker.update(event)
        return lesson

    async def _fill_slots(self) -> None:
        key = f"lesson/{self._steps}/slots"
        await self.brain.extract_slots(self.tracker, channel="terminal", idempotency_key=key)

    def _steps_of(self, event: Event) -> Sequence[dict[str, Any]]:
        match event:
            case UserUttered(understanding=understood) if understood.intent.name:
                step: dict[str, Any] = {"intent": full_intent(understood)}
                if entities := [_in_story(entity) for entity in understood.entities]:
                    step["entities"] = entities
                return [step]
            case ActionExecuted(name=str(name)) if name not in _UNTOLD:
                return [{"action": name}]
            case ActionExecuted(name=None, action_text=str(text)):
                return [{"bot": text}]
            case SlotSet() if self._counts(event.name):
                return [{"slot_was_set": [{event.name: event.value}]}]
            case ActiveLoop():
                return [{"active_loop": event.name}]
        return []

    def _counts(self, name: str) -> bool:
        """Whether a slot changes what the bot does; what a form asks for is the form's own business."""
        slot = self.brain.domain.slots.get(name)
        if slot is None or slot.is_default:
            return False
        return slot.influence_conversation and slot.type != "any"


def full_intent(understood: Understanding) -> str:
    """``faq/hours`` of a retrieval intent whose answer was chosen; else the intent."""
    name = understood.intent.name or ""
    selector = understood.response_selector
    entry = selector.get(name) or selector.get("default") or {}
    key = (entry.get("response") or {}).get("intent_response_key")
    return key if key and key.startswith(f"{name}/") else name


def corrected(understood: Understanding, intent: str, entities: Sequence[Entity], text: str) -> Understanding:
    """The message with the intent and entities that the person gave."""
    name, _, key = intent.partition("/")
    changed = name != understood.intent.name
    return replace(
        understood,
        text=text,
        intent=IntentScore(name, 1.0),
        ranking=(IntentScore(name, 1.0),),
        entities=tuple(entities),
        response_selector={} if changed and not key else understood.response_selector,
    )


def _in_story(entity: Entity) -> dict[str, Any]:
    more = {key: value for key in ("role", "group") if (value := getattr(entity, key))}
    return {entity.entity: entity.value, **more}
