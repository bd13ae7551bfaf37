"""One turn in memory: from a message to the last reply, on a tracker that the caller holds.

The store is not known here: ``bot.py`` recalls the tracker before and commits the events after;
tests and the terminal run turns without any store.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatwright.actions.call import History
from chatwright.brain import Brain
from chatwright.dialogue.context.clauses import placed_in_whole
from chatwright.dialogue.context.topics import digresses
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import SESSION_METADATA_SLOT
from chatwright.schema.decision import Decision
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from chatwright.schema.messages import BotMessage, UserMessage
from chatwright.schema.understanding import Entity, IntentScore, Understanding

__all__ = ["MAX_ACTIONS", "ReplyCallback", "TurnRun"]

MAX_ACTIONS = 10
"""Actions in one turn before the circuit breaker stops it (Rasa's MAX_NUMBER_OF_PREDICTIONS)."""

ReplyCallback = Callable[[BotMessage], Awaitable[None]]

_ENDS_TURN = frozenset({"action_listen", "action_session_start"})


@dataclass(slots=True)
class TurnRun:
    """A turn under way."""

    brain: Brain
    tracker: Tracker
    number: int
    """Of the turn in its conversation, from 1."""
    channel: str = "rest"
    on_reply: ReplyCallback | None = None
    """Called with each reply as soon as it is released, before the turn is kept."""
    history: History | None = None
    """Reads what was kept before this turn, for actions that are to see all of it."""
    max_actions: int = MAX_ACTIONS
    events: list[Event] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    heard: list[Understanding] = field(default_factory=list)
    """What was understood: of the message, or of each request in it."""
    timing_ms: dict[str, float] = field(default_factory=dict)
    _waiting: list[Understanding] = field(default_factory=list)
    """Requests of the message that are not taken up yet."""
    _actions_run: int = 0

    def __post_init__(self) -> None:
        self.tracker.turn_start = len(self.tracker.events)

    @property
    def replies(self) -> list[BotMessage]:
        """What the bot said so far."""
        return [event.message() for event in self.events if isinstance(event, BotUttered)]

    def why(self) -> dict[str, Any]:
        """The trace of this turn: what was understood, decided and why, and what it cost."""
        out: dict[str, Any] = {"turn": self.number, "steps": self.steps, "timing_ms": self.timing_ms}
        if self.tracker.language:
            out["language"] = self.tracker.language
        understood = [_understanding_json(understanding) for understanding in self.heard]
        if understood:
            out["understanding"] = understood[0]
        if understood[1:]:
            out["further"] = understood[1:]
        return out

    async def start_session_if_due(self, metadata: Mapping[str, Any]) -> None:
        """Run ``action_session_start`` in a new conversation or after the session has expired."""
        if self.tracker.has_session and not self.tracker.session_expired(time.time()):
            return
        if metadata:
            self._apply([SlotSet(name=SESSION_METADATA_SLOT, value=dict(metadata))])
        await self._run(Decision(action="action_session_start", confidence=1.0, policy="session"))

    async def hear(self, message: UserMessage, understanding: Understanding | None = None) -> None:
        """Understand the message, append it, and fill slots from it.

        Args:
            understanding: what was understood elsewhere; the message is then not parsed.
        """
        if understanding is not None:
            self.heard.append(understanding)
            await self._append_user(message.text, understanding, message.message_id, message.metadata)
            return
        with self._timed("understand"):
            wish = message.metadata.get("language")
            heard = self.brain.understand(message.text, self.tracker, language=wish)
            first, *self._waiting = self.brain.requests(heard, self.tracker) or [heard]
        await self._take_up(first, message.text, message.message_id, message.metadata)

    async def trigger(self, intent: str, entities: Sequence[Entity]) -> None:
        """Let an intent happen from outside (reminders, ``trigger_intent``)."""
        understanding = Understanding(
            text=f"EXTERNAL: {intent}",
            language=self.tracker.language,
            intent=IntentScore(intent, 1.0),
            ranking=(IntentScore(intent, 1.0),),
            entities=tuple(entities),
        )
        self.heard.append(understanding)
        await self._append_user(understanding.text, understanding, None, {"is_external": True})

    async def answer(self) -> None:
        """Decide and act until the bot listens again; several requests in a message, one after the other."""
        await self._answer_one()
        while self._waiting and not self.tracker.paused:
            request = self._waiting.pop(0)
            self._actions_run = 0
            await self._take_up(request, request.text, None, {})
            await self._answer_one()

    async def _take_up(
        self, heard: Understanding, text: str, message_id: str | None, metadata: Mapping[str, Any]
    ) -> None:
        """Read a message, or one request of it, in its context, and append it."""
        with self._timed("understand"):
            resolution = self.brain.resolve(heard, self.tracker)
        if resolution is not None:
            heard = resolution.applied(heard)
            ours = {**(metadata.get("chatwright") or {}), "context": resolution.to_json()}
            metadata = {**metadata, "chatwright": ours}
        self.heard.append(heard)
        await self._append_user(text, placed_in_whole(heard, text), message_id, metadata)

    async def _answer_one(self) -> None:
        intent = self.tracker.latest_message.intent if self.tracker.latest_message else None
        if self.tracker.paused and intent != "restart":
            return
        form, steps = self.tracker.active_loop_name, len(self.steps)
        while True:
            if self._actions_run >= self.max_actions:
                self._stop_loop()
                return
            with self._timed("decide"):
                decision = self.brain.decide(self.tracker)
            back = None if self._waiting else self.brain.goes_back(self.tracker, decision)
            decision = back or decision
            if back or (decision.action == form and self._digressed(form, steps)):
                await self._say_back(decision.action)
            if any(p.end_to_end for p in decision.proposals if p.policy == decision.policy):
                self._add(await self._extract_slots())
            if await self._run(decision) in _ENDS_TURN:
                return
            self._actions_run += 1

    def _digressed(self, form: str | None, steps: int) -> bool:
        """Whether something else was done since then, and the form is still active."""
        others = [step for step in self.steps[steps:] if step["action"] != form and "rejected" not in step]
        return bool(others) and self.tracker.active_loop_name == form and digresses(self.tracker)

    async def _say_back(self, form: str) -> None:
        events = await self.brain.say_back(self.tracker, form, channel=self.channel)
        self._add(events)
        await self._release(events)

    async def _release(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, BotUttered) and self.on_reply is not None:
                await self.on_reply(event.message())

    async def execute(self, name: str, *, policy: str | None, confidence: float | None) -> None:
        """Run one action by name, whatever the policies say."""
        await self._run(Decision(action=name, confidence=confidence or 0.0, policy=policy or "external"))

    async def _append_user(
        self, text: str, understanding: Understanding, message_id: str | None, metadata: Mapping[str, Any]
    ) -> None:
        self._apply(
            [
                UserUttered(
                    text=text,
                    understanding=understanding,
                    input_channel=self.channel,
                    message_id=message_id,
                    metadata=dict(metadata),
                )
            ]
        )
        with self._timed("track"):
            self._add(await self._extract_slots())

    async def _extract_slots(self) -> list[Event]:
        return await self.brain.extract_slots(
            self.tracker,
            channel=self.channel,
            idempotency_key=self._idempotency_key("slots"),
            history=self.history,
        )

    async def _run(self, decision: Decision) -> str | None:
        """Run a decided action; gives its name, None when it was rejected."""
        started = time.perf_counter()
        events = await self.brain.act(
            self.tracker,
            decision,
            channel=self.channel,
            idempotency_key=self._idempotency_key(str(len(self.steps))),
            history=self.history,
        )
        elapsed = (time.perf_counter() - started) * 1000
        self.timing_ms["act"] = round(self.timing_ms.get("act", 0.0) + elapsed, 3)
        rejected = any(isinstance(event, ActionExecutionRejected) for event in events)
        step = {**decision.to_json(), "ms": round(elapsed, 3)}
        if rejected:
            step["rejected"] = True
        if error := _recorded_error(events):
            step["error"] = error
        self.steps.append(step)
        self._add(events)
        await self._release(events)
        if any(isinstance(event, UserUttered) for event in events):
            self._add(await self._extract_slots())
        return None if rejected else decision.action

    def _stop_loop(self) -> None:
        """The circuit breaker: listen, and keep on record that the turn was cut."""
        error = {"code": "action-limit", "message": f"stopped after {self.max_actions} actions in one turn"}
        self.steps.append({"action": "action_listen", "policy": "circuit_breaker", "error": error})
        listen = ActionExecuted(name="action_listen", policy="circuit_breaker", confidence=1.0)
        self._apply([listen.with_metadata(chatwright={"error": error})])

    def _idempotency_key(self, step: str) -> str:
        return f"{self.tracker.conversation}/{self.number}/{step}"

    def _apply(self, events: Sequence[Event]) -> None:
        self.tracker.update_all(events)
        self._add(events)

    def _add(self, events: Sequence[Event]) -> None:
        self.events.extend(events)

    def _timed(self, stage: str) -> _Stopwatch:
        return _Stopwatch(self.timing_ms, stage)


@dataclass(slots=True)
class _Stopwatch:
    """Adds the milliseconds spent inside the block to ``timings[stage]``."""

    timings: dict[str, float]
    stage: str
    started: float = 0.0

    def __enter__(self) -> None:
        self.started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        elapsed = (time.perf_counter() - self.started) * 1000
        self.timings[self.stage] = round(self.timings.get(self.stage, 0.0) + elapsed, 3)


def _understanding_json(understanding: Understanding) -> dict[str, Any]:
    return {
        "text": understanding.text,
        "language": understanding.language,
        "intent": understanding.intent.name,
        "confidence": round(understanding.intent.confidence, 4),
        "ranking": [score.to_json() for score in understanding.ranking[:5]],
        "entities": [entity.to_json() for entity in understanding.entities],
        "evidence": [evidence.to_json() for evidence in understanding.evidence],
    }


def _recorded_error(events: Sequence[Event]) -> Mapping[str, Any] | None:
    for event in events:
        ours = event.metadata.get("chatwright")
        if isinstance(ours, Mapping) and ours.get("error"):
            return ours["error"]
    return None
