"""A conversation in which a person confirms or corrects what is understood and what is done next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from chatwright.brain import Brain
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import RequestError
from chatwright.nlu.payload import chosen_answer, parse_payload
from chatwright.project.annotations import AnnotationError, annotate, parse_annotated
from chatwright.project.domain import DEFAULT_ACTIONS, DEFAULT_INTENTS, NLU_FALLBACK, Domain
from chatwright.schema.decision import Decision
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    events_from_json,
)
from chatwright.schema.messages import BotMessage, new_id
from chatwright.schema.understanding import Entity, IntentScore, Understanding

__all__ = ["LESSON", "Example", "Lesson", "action_choices", "corrected", "full_intent", "intent_choices"]

LESSON = "lesson-"
"""Begins the id of a conversation that is a lesson."""
LISTEN = "action_listen"
_UNTOLD = (LISTEN, "action_session_start", "action_restart")
_NOT_CHOSEN = (LISTEN, "action_session_start", "action_extract_slots", "action_unlikely_intent", "...")
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
    """One conversation under way. It may be taken back message by message.

    It is nobody else's: what is said in it reaches no store, and actions see an id of its own.
    """

    brain: Brain
    tracker: Tracker
    channel: str = "terminal"
    """Where the person is; responses may be restricted to it."""
    heard: list[int] = field(default_factory=list)
    """Which of the tracker's events are messages of this lesson."""

    @classmethod
    async def begin(cls, brain: Brain, *, channel: str = "terminal") -> Self:
        """A conversation that waits for the first message."""
        lesson = cls(brain, _tracker(brain), channel)
        await lesson.do(Decision(action="action_session_start", confidence=1.0, policy="session"))
        return lesson

    @classmethod
    async def after(cls, brain: Brain, events: Sequence[Event], *, channel: str = "terminal") -> Self:
        """A conversation that begins with what happened in another one, which stays as it is.

        Its latest session alone counts, as a story tells no more.
        """
        begins = [index for index, event in enumerate(events) if isinstance(event, SessionStarted)]
        session = [event for event in events[begins[-1] if begins else 0 :] if event.is_rasa]
        if not session:
            return await cls.begin(brain, channel=channel)
        lesson = cls(brain, _tracker(brain), channel)
        lesson.tracker.update_all(session)
        return lesson

    @property
    def examples(self) -> list[Example]:
        """Of the messages that were heard in words. Words that look like marks themselves are none."""
        events = self.tracker.events
        messages = [event for index in self.heard if isinstance(event := events[index], UserUttered)]
        return [
            Example(full_intent(message.understanding), marked)
            for message in messages
            if message.intent not in (None, NLU_FALLBACK) and not self.is_payload(message.text)
            if _reads(marked := annotate(message.text, tuple(message.understanding.entities)), message.text)
        ]

    def understand(self, text: str) -> Understanding:
        """What the bot understands of a message."""
        return self.brain.understand(text, self.tracker)

    def is_payload(self, text: str) -> bool:
        """Whether a message says itself what it means, as buttons do; then it is no example."""
        domain = self.brain.domain
        return parse_payload(text, domain.intents, domain.entities) is not None

    async def hear(self, understood: Understanding) -> None:
        """The message, as it is to be understood."""
        self.heard.append(len(self.tracker.events))
        message = UserUttered(text=understood.text, understanding=understood, input_channel=self.channel)
        self.tracker.update(message)
        await self._fill_slots()

    def decide(self) -> Decision:
        """What the bot would do next."""
        return self.brain.decide(self.tracker)

    def chosen(self, action: str) -> Decision:
        """The decision for an action that the person names; the bot's own where it would do just that."""
        decision = self.decide()
        if decision.action == action:
            return decision
        return replace(
            decision,
            action=action,
            policy=TAUGHT,
            confidence=1.0,
            is_text=action in self.brain.domain.e2e_actions,
            evidence=(),
            question=None,
        )

    async def do(self, decision: Decision) -> list[BotMessage] | None:
        """Run an action; gives what the bot said, None where the action declined to run."""
        events = await self.brain.act(
            self.tracker, decision, channel=self.channel, idempotency_key=self._key()
        )
        if isinstance(events[0], ActionExecutionRejected):
            return None
        if any(isinstance(event, UserUttered) for event in events):
            await self._fill_slots()
        return [event.message() for event in events if isinstance(event, BotUttered)]

    def undo(self) -> bool:
        """Take back the latest message that was heard, and all that came of it; False when there is none."""
        if not self.heard:
            return False
        before = self.tracker.events[: self.heard.pop()]
        self.tracker = _tracker(self.brain, self.tracker.conversation, before)
        return True

    @property
    def waits(self) -> bool:
        """Whether the person has the word."""
        spoken = (e for e in reversed(self.tracker.events) if isinstance(e, UserUttered | ActionExecuted))
        last = next(spoken, None)
        return isinstance(last, ActionExecuted) and last.name == LISTEN

    def story(self) -> list[dict[str, Any]]:
        """The steps of a training story; what a form asks on its happy path is the form's own business."""
        return [step for event in self.tracker.applied_events() for step in self._steps_of(event)]

    def to_json(self) -> dict[str, Any]:
        """For going on another time."""
        return {
            "conversation": self.tracker.conversation,
            "events": [event.to_json() for event in self.tracker.events],
            "heard": list(self.heard),
        }

    @classmethod
    def from_json(cls, brain: Brain, kept: Mapping[str, Any], *, channel: str = "terminal") -> Self:
        """The inverse of ``to_json``.

        Raises:
            RequestError: it holds what is no event, or names what is no message.
        """
        events = events_from_json(kept["events"])
        if not all(index < len(events) and isinstance(events[index], UserUttered) for index in kept["heard"]):
            raise RequestError("'heard' of the lesson names events that are no messages")
        tracker = _tracker(brain, kept["conversation"], events)
        return cls(brain, tracker, channel, list(kept["heard"]))

    async def _fill_slots(self) -> None:
        await self.brain.extract_slots(self.tracker, channel=self.channel, idempotency_key=self._key())

    def _key(self) -> str:
        """No step is ever tried twice."""
        return f"{self.tracker.conversation}/{new_id()}"

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


def intent_choices(domain: Domain) -> list[str]:
    """What a message may mean: the project's intents, then those of every bot; ``faq/hours`` where a key
    chooses the answer."""
    names = sorted(domain.intents, key=lambda name: name in DEFAULT_INTENTS)
    answers = [name.removeprefix("utter_") for name in domain.responses if "/" in name]
    keys = {name: [full for full in answers if full.partition("/")[0] == name] for name in names}
    return [choice for name in names for choice in keys[name] or [name]]


def action_choices(domain: Domain) -> list[str]:
    """What may be done next: to listen, the project's actions, then those of every bot."""
    names = [name for name in domain.action_names if name not in _NOT_CHOSEN and "/" not in name]
    return [LISTEN, *sorted(names, key=lambda name: name in DEFAULT_ACTIONS)]


def _tracker(brain: Brain, conversation: str | None = None, events: Iterable[Event] = ()) -> Tracker:
    """All of its events stay in reach, since a story tells them all."""
    tracker = Tracker(conversation or f"{LESSON}{new_id()}", brain.domain, window=None)
    tracker.update_all(events)
    return tracker


def _reads(marked: str, words: str) -> bool:
    try:
        return parse_annotated(marked)[0] == words
    except AnnotationError:
        return False


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
    score = IntentScore(name, 1.0)
    selector = understood.response_selector
    if key and intent != full_intent(understood):
        selector = chosen_answer(intent, score)
    elif name != understood.intent.name:
        selector = {}
    return replace(
        understood,
        text=text,
        intent=score,
        ranking=(score,),
        entities=tuple(entities),
        response_selector=selector,
    )


def _in_story(entity: Entity) -> dict[str, Any]:
    more = {key: value for key in ("role", "group") if (value := getattr(entity, key))}
    return {entity.entity: entity.value, **more}
