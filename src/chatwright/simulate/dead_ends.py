"""Dead ends: states of a conversation from which no goal is reached, whatever the user says.

From the beginning on, everything that a user could sensibly say is said in every state, to the real bot.
States are taken for one when rules could not tell them apart and the same slots are set. A state is dead
when all that follows from it is known, and no task is completed in any of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatwright.brain import Brain
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import REQUESTED_SLOT
from chatwright.schema.events import BotUttered, ConversationPaused
from chatwright.simulate.agenda import UserAct
from chatwright.simulate.conversation import completed, take_turn
from chatwright.simulate.user_goal import Task, UserWorld

__all__ = ["DeadEnd", "Exploration", "find_dead_ends"]

State = tuple[Any, ...]

_TELLING = ("bool", "categorical")
"""Types of slots of which each value makes a state of its own; of others only whether they are set."""


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """Where no task can be completed any more, and a shortest way there."""

    task: str
    """The form that was to be completed."""
    path: Sequence[tuple[str, Sequence[str]]]
    """Messages, as ``/intent{…}``, each with what the bot said."""
    reason: str

    def __str__(self) -> str:
        said = "; ".join(
            f"{message} → {' / '.join(replies) or '(nothing)'}" for message, replies in self.path
        )
        return f"{self.task}: {self.reason}: {said}"


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was found."""

    states: int
    reached: Mapping[str, int]
    """Task → turns of the shortest way to its goal; tasks never completed are missing."""
    dead_ends: Sequence[DeadEnd]
    complete: bool
    """Whether every state was followed up; otherwise there may be more dead ends."""


@dataclass(slots=True)
class _Node:
    tracker: Tracker
    path: tuple[tuple[str, tuple[str, ...]], ...]
    next: set[State] = field(default_factory=set)
    is_goal: bool = False
    is_end: bool = False
    """Handed over: somebody else goes on."""
    is_followed: bool = False
    stuck: str = ""


def find_dead_ends(
    brain: Brain,
    world: UserWorld,
    *,
    max_states: int = 1500,
    progress: Callable[[float], None] | None = None,
) -> Exploration:
    """Explore the conversations about each task, breadth first.

    Args:
        max_states: states that are followed up for each task; more are left alone.
        progress: told the fraction of tasks that are done.
    """
    states, dead, reached, complete = 0, [], {}, True
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        for number, task in enumerate(world.tasks):
            if progress:
                progress(number / len(world.tasks))
            nodes = loop.run_until_complete(_Explorer(brain, world, task, max_states).explore())
            goals = [node for node in nodes.values() if node.is_goal]
            if goals:
                reached[task.form] = min(len(node.path) for node in goals)
            states += len(nodes)
            complete = complete and all(node.is_followed for node in nodes.values())
            dead += _dead_ends(nodes, task)
    return Exploration(states, reached, dead, complete)


class _Explorer:
    def __init__(self, brain: Brain, world: UserWorld, task: Task, max_states: int) -> None:
        self._brain = brain
        self._world = world
        self._task = task
        self._max_states = max_states

    async def explore(self) -> dict[State, _Node]:
        start = _Node(Tracker("explored", self._brain.domain), ())
        nodes = {self._state(start): start}
        queue = deque([start])
        followed = 0
        while queue and followed < self._max_states:
            node = queue.popleft()
            node.is_followed = True
            followed += 1
            for act in self._acts(node.tracker):
                new = await self._after(node, act)
                state = self._state(new)
                node.next.add(state)
                if state in nodes:
                    continue
                nodes[state] = new
                if new.is_goal or new.is_end or new.stuck:
                    new.is_followed = True
                else:
                    queue.append(new)
        return nodes

    def _acts(self, tracker: Tracker) -> Iterator[UserAct]:
        """All that a user could sensibly say: the same kinds of things that the agenda holds."""
        task, slots = self._task, tracker.slots
        yield from (UserAct(intent) for intent in task.openings)
        missing = [wish for wish in task.wishes.values() if slots.get(wish.slot) is None]
        asked = slots.get(REQUESTED_SLOT)
        for wish in [*(w for w in missing if w.slot == asked), *missing][:1]:
            if wish.kind == "words":
                yield UserAct(wish.intents[0], words=str(wish.values[0]))
            elif wish.kind == "intent":
                yield from (UserAct(intent) for intent in wish.intents)
            elif wish.entity:
                yield UserAct(wish.intents[0], ((wish.entity, wish.values[0]),))
        by_entity = [wish for wish in missing if wish.entity]
        if len(by_entity) > 1:
            tells = tuple((wish.entity, wish.values[0]) for wish in by_entity if wish.entity)
            yield UserAct(by_entity[0].intents[0], tells)
        for pair in task.consents.values():
            yield from (UserAct(intent) for intent in pair if intent)
        if self._world.correcting:
            yield UserAct(self._world.correcting)
        yield from (UserAct(intent) for intent in self._world.asides)

    async def _after(self, node: _Node, act: UserAct) -> _Node:
        tracker = node.tracker.copy()
        run = await take_turn(self._brain, tracker, act, self._world.languages[0])
        replies = tuple(str(event.text) for event in run.events if isinstance(event, BotUttered))
        path = (*node.path, (act.payload, replies))
        cut = any(step.get("policy") == "circuit_breaker" for step in run.steps)
        return _Node(
            tracker,
            path,
            is_goal=completed(run.events, self._task.form),
            is_end=any(isinstance(event, ConversationPaused) for event in run.events),
            stuck="the bot goes round in circles and is cut off" if cut else "",
        )

    def _state(self, node: _Node) -> State:
        """What tells states apart: what rules see, and which slots are set, some with their values."""
        tracker = node.tracker
        specs = self._brain.domain.slots
        slots = tuple(
            (name, value if specs[name].type in _TELLING else True)
            for name, value in tracker.slots.items()
            if value is not None and name in specs and not specs[name].is_default
        )
        asked = tracker.slots.get(REQUESTED_SLOT)
        return (
            str(tracker.state()),
            str(slots),
            asked,
            tracker.paused,
            node.is_goal,
            node.is_end,
            node.stuck,
        )


def _dead_ends(nodes: Mapping[State, _Node], task: Task) -> list[DeadEnd]:
    """Dead states that a living one leads to; the beginning, where the task can never be completed."""
    before: dict[State, set[State]] = {state: set() for state in nodes}
    for state, node in nodes.items():
        for following in node.next:
            before[following].add(state)
    # What is not followed up may lead anywhere.
    alive = {s for s, node in nodes.items() if node.is_goal or node.is_end or not node.is_followed}
    queue = deque(alive)
    while queue:
        for state in before[queue.popleft()] - alive:
            alive.add(state)
            queue.append(state)
    found = []
    for state, node in nodes.items():
        entered = not node.path or bool(before[state] & alive)
        if state not in alive and entered:
            reason = node.stuck or "nothing that a user can say completes the form any more"
            found.append(DeadEnd(task.form, node.path, reason))
    return found
