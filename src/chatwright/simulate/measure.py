"""How well a bot serves simulated users: success, turns and mood over many conversations, with intervals."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chatwright.brain import Brain
from chatwright.simulate.agenda import AgendaUser, HabitRanges
from chatwright.simulate.conversation import Outcome, SimulatedConversation
from chatwright.simulate.hearing import Hearing
from chatwright.simulate.user_goal import Goal, UserWorld

__all__ = ["Figures", "Interval", "conversations", "interval", "measure", "new_conversation"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over conversations."""

    outcomes: Sequence[Outcome]

    @property
    def success(self) -> float:
        """Share of conversations in which the user got what was wanted."""
        return statistics.fmean(outcome.success for outcome in self.outcomes)

    @property
    def turns(self) -> float:
        """Messages of the user in a conversation."""
        return statistics.fmean(outcome.turns for outcome in self.outcomes)

    @property
    def mood(self) -> float:
        """At the end, 0 to 1."""
        return statistics.fmean(outcome.mood for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    half_width: float

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.half_width


def interval(values: Sequence[float]) -> Interval:
    """Mean and 95 % interval of independent values, by Student's t; infinite for a single one."""
    if len(values) < 2:
        return Interval(statistics.fmean(values), math.inf)
    from scipy.stats import t

    error = statistics.stdev(values) / math.sqrt(len(values))
    return Interval(statistics.fmean(values), float(t.ppf(0.975, len(values) - 1)) * error)


def new_conversation(
    brain: Brain, world: UserWorld, hearing: Hearing, habits: HabitRanges, seed: str
) -> SimulatedConversation:
    """A conversation with a user drawn by the seed: the same goal, habits and whims for every bot."""
    rng = random.Random(seed)
    language = rng.choice(world.languages)
    user = AgendaUser(Goal.draw(world, rng), world, habits.draw(rng), random.Random(rng.random()))
    return SimulatedConversation(brain, user, hearing, language=language, rng=random.Random(rng.random()))


def conversations(
    brain: Brain, world: UserWorld, hearing: Hearing, habits: HabitRanges, *, count: int, seed: int
) -> Iterator[SimulatedConversation]:
    """Conversations, each finished when it is given."""
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        for number in range(count):
            conversation = new_conversation(brain, world, hearing, habits, f"{seed}/{number}")
            loop.run_until_complete(_finish(conversation))
            yield conversation


async def _finish(conversation: SimulatedConversation) -> None:
    while await conversation.hear():
        if not await conversation.answer():
            return


def measure(
    brain: Brain,
    world: UserWorld,
    hearing: Hearing,
    habits: HabitRanges,
    *,
    count: int = 1000,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Figures:
    """Outcomes of ``count`` conversations.

    Args:
        progress: told the fraction of conversations that are finished.
    """
    outcomes = []
    for number, conversation in enumerate(
        conversations(brain, world, hearing, habits, count=count, seed=seed)
    ):
        outcomes.append(conversation.outcome())
        if progress and number % 20 == 0:
            progress(number / count)
    return Figures(outcomes)
