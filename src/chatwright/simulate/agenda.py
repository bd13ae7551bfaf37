"""An agenda-based user (Schatzmann and Young 2009, "The Hidden Agenda User Simulation Model").

The user has a goal and a stack of things to say, the agenda. What the bot says pushes onto it: a question
pushes its answer, a wrong value that is read back pushes a correction. A turn pops as much as the user cares
to say at once. The user sees what a person sees: which response was said and which values stood in it.
Nothing is known of how the bot decides.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chatwright.simulate.user_goal import EntityKey, Goal, UserWorld, Wish

__all__ = [
    "CONTRARY",
    "HURRIED",
    "SEEN",
    "TALKATIVE",
    "AgendaUser",
    "BotTurn",
    "HabitRanges",
    "Habits",
    "UserAct",
]

Range = tuple[float, float]

_FIRST_MOOD = 1.0
_TOLD_ALREADY, _NO_QUESTION, _READ_BACK_WRONG, _LONG = 0.15, 0.12, 0.1, 0.02
"""What a turn costs of the mood, which begins at 1 and ends the conversation at 0."""


@dataclass(frozen=True, slots=True)
class UserAct:
    """What the user means by one message."""

    intent: str
    tells: tuple[tuple[EntityKey, Any], ...] = ()
    """Entities with their values."""
    words: str | None = None
    """Free words, for slots filled by the text itself."""

    @property
    def payload(self) -> str:
        """The act as a message that needs no understanding, ``/inform{"food": "thai"}``; free words as is."""
        if self.words is not None:
            return self.words
        values = {key[0]: value for key, value in self.tells}
        return f"/{self.intent}{json.dumps(values, ensure_ascii=False) if values else ''}"


@dataclass(frozen=True, slots=True)
class BotTurn:
    """What a user perceives of the bot's turn."""

    asked: tuple[str, ...] = ()
    """Slots that the last question asks for."""
    shown: Mapping[str, Any] = field(default_factory=dict)
    """Values that were read back."""
    answered: bool = True
    """Something was said."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How one user talks; chances from 0 to 1."""

    patience: int
    """User turns before giving up."""
    initiative: float
    """To say a further wish that was not asked for."""
    completeness: float
    """To answer each further part of a question that asks for several things."""
    attention: float
    """To notice a wrong value that is read back."""
    digression: float
    """To ask for something else in a turn."""
    change_of_mind: float
    """To want something else, once in a conversation."""
    touchiness: float
    """How much faster than usual the mood sinks."""


@dataclass(frozen=True, slots=True)
class HabitRanges:
    """A population of users: each habit is drawn evenly from its range."""

    patience: Range
    initiative: Range
    completeness: Range
    attention: Range
    digression: Range
    change_of_mind: Range
    touchiness: Range

    def draw(self, rng: random.Random) -> Habits:
        """One user's habits."""
        drawn = {name: rng.uniform(*getattr(self, name)) for name in self.__dataclass_fields__}
        return Habits(**{**drawn, "patience": round(drawn["patience"])})


SEEN = HabitRanges(
    patience=(12, 20),
    initiative=(0.0, 0.4),
    completeness=(0.6, 1.0),
    attention=(0.85, 1.0),
    digression=(0.0, 0.1),
    change_of_mind=(0.0, 0.1),
    touchiness=(0.5, 1.2),
)
"""Users that policies are trained on."""

CONTRARY = HabitRanges(
    patience=(9, 12),
    initiative=(0.4, 0.7),
    completeness=(0.3, 0.6),
    attention=(0.7, 0.85),
    digression=(0.1, 0.2),
    change_of_mind=(0.1, 0.25),
    touchiness=(1.2, 1.8),
)
"""Users outside of every range that was trained on, at odds with themselves: they answer little of what they
are asked, and tell much that they are not."""

HURRIED = HabitRanges(
    patience=(7, 10),
    initiative=(0.0, 0.1),
    completeness=(0.4, 0.6),
    attention=(0.7, 0.85),
    digression=(0.0, 0.05),
    change_of_mind=(0.0, 0.1),
    touchiness=(1.2, 1.8),
)
"""Users who say little, look little, and leave soon."""

TALKATIVE = HabitRanges(
    patience=(20, 30),
    initiative=(0.4, 0.7),
    completeness=(0.9, 1.0),
    attention=(0.7, 0.85),
    digression=(0.1, 0.25),
    change_of_mind=(0.1, 0.3),
    touchiness=(0.2, 0.5),
)
"""Users who tell much, ask much beside, and change their minds."""


class AgendaUser:
    """One user in one conversation.

    Args:
        goal: what is wanted.
        world: what can be said in this project.
        habits: how it is said.
        rng: all chance comes from it.
    """

    def __init__(self, goal: Goal, world: UserWorld, habits: Habits, rng: random.Random) -> None:
        self.goal = goal
        self.habits = habits
        self.mood = _FIRST_MOOD
        """1 (content) to 0 (gone)."""
        self.turns = 0
        self._world = world
        self._rng = rng
        self._agenda: list[str] = []
        """Slots to tell, the next one last."""
        self._told: set[str] = set()
        self._wrong: set[str] = set()
        """Slots whose value was read back wrong, or is wanted otherwise now."""
        self._consent: tuple[str, bool] | None = None
        self._asked: tuple[str, ...] = ()
        self._turn_of_change = -1
        if rng.random() < habits.change_of_mind:
            self._turn_of_change = rng.randint(2, 5)

    def speak(self, bot: BotTurn | None) -> UserAct | None:
        """The next message; None when the user has had enough.

        Args:
            bot: what was perceived since the last message; None at the beginning.
        """
        if bot is not None:
            self._perceive(bot)
        if self.turns >= self.habits.patience or self.mood <= 0:
            return None
        self.turns += 1
        if bot is None:
            return self._open()
        if self._world.asides and self._rng.random() < self.habits.digression:
            return UserAct(self._rng.choice(self._world.asides))
        if self.turns == self._turn_of_change:
            self._change_mind()
        return self._pop()

    def _perceive(self, bot: BotTurn) -> None:
        """Push what the bot's turn calls for, and let the mood suffer."""
        task = self.goal.task
        consents = [slot for slot in bot.asked if slot in task.consents]
        wishes = [slot for slot in bot.asked if slot in task.wishes]
        noticed = {
            slot
            for slot, value in bot.shown.items()
            if slot in task.wishes
            and not same(value, self.goal.values[slot])
            and self._rng.random() < self.habits.attention
        }
        self._lower_mood(bot, wishes, noticed)
        self._wrong |= noticed
        self._consent = (consents[-1], not self._wrong) if consents else None
        self._asked = tuple(wishes)
        for slot in [*sorted(noticed), *reversed(wishes)]:
            self._push(slot)

    def _lower_mood(self, bot: BotTurn, wishes: list[str], noticed: set[str]) -> None:
        cost = _LONG
        if not bot.answered or (not bot.asked and not bot.shown):
            cost += _NO_QUESTION
        if wishes and all(slot in self._told for slot in wishes):
            cost += _TOLD_ALREADY
        if noticed:
            cost += _READ_BACK_WRONG
        self.mood = max(0.0, self.mood - cost * self.habits.touchiness)

    def _push(self, slot: str) -> None:
        if slot in self._agenda:
            self._agenda.remove(slot)
        self._agenda.append(slot)

    def _open(self) -> UserAct:
        """Start the task, with wishes where this project's users say some with it."""
        intent = self._rng.choice(self.goal.task.openings)
        possible = self._world.opening_entities.get(intent, frozenset())
        chosen = [
            slot
            for slot, wish in self.goal.task.wishes.items()
            if wish.entity in possible and self._rng.random() < self.habits.initiative
        ]
        return self._tell(intent, chosen)

    def _change_mind(self) -> None:
        """Want another value of something that was told; the user then says so."""
        task = self.goal.task
        open_to = [slot for slot in sorted(self._told) if len(task.wishes[slot].values) > 1]
        if not open_to:
            return
        slot = self._rng.choice(open_to)
        others = [v for v in task.wishes[slot].values if not same(v, self.goal.values[slot])]
        if others:
            self.goal = Goal(task, {**self.goal.values, slot: self._rng.choice(others)})
            self._wrong.add(slot)
            self._push(slot)
            if self._consent:
                self._consent = (self._consent[0], False)

    def _pop(self) -> UserAct:
        """Take from the agenda what is said in this turn."""
        task = self.goal.task
        if self._consent is not None:
            slot, agrees = self._consent
            yes, no = task.consents[slot]
            if agrees and yes:
                return UserAct(yes)
            if not agrees and no and (not self._wrong or self._rng.random() < 0.3):  # a plain no first
                return UserAct(no)
        if not self._agenda:
            rest = [slot for slot in task.wishes if slot not in self._told]
            if not rest:  # all is said; say it again
                rest = list(task.wishes)
            self._push(rest[0])
        chosen = [self._agenda.pop()]
        for slot in [s for s in self._asked if s in self._agenda]:
            if self._rng.random() < self.habits.completeness:
                self._agenda.remove(slot)
                chosen.append(slot)
        for slot in sorted(self._wrong & set(self._agenda)):
            self._agenda.remove(slot)
            chosen.append(slot)
        if chosen[0] not in self._wrong:
            for slot in task.wishes:
                if (
                    slot not in self._told
                    and slot not in chosen
                    and self._rng.random() < self.habits.initiative
                ):
                    chosen.append(slot)
        return self._tell(self._intent_for(task.wishes[chosen[0]], corrects=chosen[0] in self._wrong), chosen)

    def _intent_for(self, wish: Wish, *, corrects: bool) -> str:
        if wish.kind == "intent":
            return wish.intents[wish.values.index(self.goal.values[wish.slot])]
        correcting = self._world.correcting
        return correcting if corrects and correcting in wish.intents else wish.intents[0]

    def _tell(self, intent: str, slots: list[str]) -> UserAct:
        """The act that tells these slots; one in free words is told alone."""
        wishes = [self.goal.task.wishes[slot] for slot in slots]
        by_entity = [wish for wish in wishes if wish.entity is not None]
        if slots and not by_entity:
            wish = wishes[0]
            self._mark_told(wish.slot)
            return UserAct(intent, words=str(self.goal.values[wish.slot]) if wish.kind == "words" else None)
        for wish in by_entity:
            self._mark_told(wish.slot)
        return UserAct(
            intent, tuple((wish.entity, self.goal.values[wish.slot]) for wish in by_entity if wish.entity)
        )

    def _mark_told(self, slot: str) -> None:
        self._told.add(slot)
        self._wrong.discard(slot)
        if slot in self._agenda:
            self._agenda.remove(slot)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to a person."""
    return str(one).strip().casefold() == str(other).strip().casefold()
