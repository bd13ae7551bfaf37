"""A simulated user talks to the real bot: its understanding aside, every turn is the one that people get."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.brain import Brain
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain
from chatwright.project.form_questions import slots_asked_for
from chatwright.schema.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    SlotSet,
    UserUttered,
)
from chatwright.schema.messages import UserMessage
from chatwright.schema.understanding import Understanding
from chatwright.simulate.agenda import AgendaUser, BotTurn, UserAct, same
from chatwright.simulate.hearing import Hearing, PerfectHearing
from chatwright.simulate.user_goal import Task
from chatwright.turn import TurnRun

__all__ = ["Listener", "Outcome", "SimulatedConversation", "completed", "take_turn"]

CHANNEL = "simulation"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a conversation."""

    success: bool
    """The task's form was completed with what the user wanted."""
    turns: int
    """Messages of the user."""
    mood: float
    """Of the user at the end, 0 to 1."""
    completed: bool
    """The form was completed, rightly or not."""


class Listener:
    """Reads a bot's events as a person reads its replies."""

    def __init__(self, domain: Domain, task: Task) -> None:
        form = domain.forms[task.form]
        self._questions = slots_asked_for(domain, form, frozenset(domain.action_names).__contains__)
        self._responses = domain.responses
        self._slots = form.required_slots

    def perceive(self, events: Sequence[Event], slots: Mapping[str, Any]) -> BotTurn:
        """What was asked last, and which values were read back, as they stood."""
        said = [str(e.metadata.get("utter_action")) for e in events if isinstance(e, BotUttered)]
        # Questions asked by code have no name of their own in what is said.
        said += [e.name for e in events if isinstance(e, ActionExecuted) and e.name in self._questions]
        requested = [e.value for e in events if isinstance(e, SlotSet) and e.name == "requested_slot"]
        asked = next((self._questions[name] for name in reversed(said) if name in self._questions), ())
        if not asked and said and requested and requested[-1]:
            asked = (requested[-1],)
        shown = {slot: slots.get(slot) for name in said for slot in self._named_in(name)}
        return BotTurn(asked=asked, shown=shown, answered=bool(said))

    def _named_in(self, response: str) -> list[str]:
        """Slots whose values the response says."""
        texts = [str(v.content.get("text") or "") for v in self._responses.get(response, ())]
        return [slot for slot in self._slots if any(f"{{{slot}}}" in text for text in texts)]


class SimulatedConversation:
    """One conversation under way.

    ``hear`` and ``answer`` are one turn; between them stands what the bot is going to decide.

    Args:
        brain: of the bot.
        user: who talks to it.
        hearing: what the bot understands of what the user means.
        language: of the conversation.
        rng: chance of the hearing.
    """

    def __init__(
        self, brain: Brain, user: AgendaUser, hearing: Hearing, *, language: str, rng: random.Random
    ) -> None:
        self.user = user
        self.tracker = Tracker("simulated", brain.domain)
        self.completed = False
        self.acts: list[UserAct] = []
        self._brain = brain
        self._hearing = hearing
        self._language = language
        self._rng = rng
        self._listener = Listener(brain.domain, user.goal.task)
        self._perceived: BotTurn | None = None
        self._run: TurnRun | None = None

    async def hear(self) -> bool:
        """The user's next message, understood; False when there is none any more."""
        act = self.user.speak(self._perceived)
        if act is None:
            return False
        self.acts.append(act)
        understanding = self._hearing.hear(act, self._language, self._rng)
        self._run = await _heard(self._brain, self.tracker, understanding)
        return True

    async def answer(self) -> bool:
        """The bot's turn; False when the conversation is over by it."""
        run = self._run
        assert run is not None  # noqa: S101 - hear comes first
        await run.answer()
        form = self.user.goal.task.form
        if completed(run.events, form):
            self.completed = True
            return False
        if left(run.events, form) or any(isinstance(event, ConversationPaused) for event in run.events):
            return False
        self._perceived = self._listener.perceive(run.events, self.tracker.slots)
        return True

    def outcome(self) -> Outcome:
        """What came of it, so far."""
        wanted, slots = self.user.goal.values, self.tracker.slots
        right = self.completed and all(same(slots.get(slot), value) for slot, value in wanted.items())
        return Outcome(right, self.user.turns, self.user.mood, self.completed)


async def take_turn(brain: Brain, tracker: Tracker, act: UserAct, language: str) -> TurnRun:
    """A whole turn on ``tracker`` with an act that is understood as it is meant."""
    understanding = PerfectHearing().hear(act, language, random.Random(0))
    run = await _heard(brain, tracker, understanding)
    await run.answer()
    return run


async def _heard(brain: Brain, tracker: Tracker, understanding: Understanding) -> TurnRun:
    """A turn that has heard a message and not answered yet."""
    run = TurnRun(brain, tracker, tracker.turns + 1, CHANNEL)
    await run.start_session_if_due({})
    message = UserMessage(
        text=understanding.text,
        conversation=tracker.conversation,
        message_id=str(run.number),
        channel=CHANNEL,
    )
    await run.hear(message, understanding)
    return run


def completed(events: Sequence[Event], form: str) -> bool:
    """Whether the form ended in these events by its own run."""
    return _ended_by(events, lambda action: action == form)


def left(events: Sequence[Event], form: str) -> bool:
    """Whether the form ended in these events by something else: stopped, or given up."""
    return _ended_by(events, lambda action: action != form)


def _ended_by(events: Sequence[Event], wanted: Any) -> bool:
    action: str | None = None
    for event in events:
        if isinstance(event, UserUttered):
            action = None
        elif isinstance(event, ActionExecuted):
            action = event.name
        elif isinstance(event, ActiveLoop) and event.name is None and wanted(action):
            return True
    return False
