"""Values that the bot takes: users should want a table that exists, and not one that validation refuses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chatwright.brain import Brain
from chatwright.dialogue.tracker import Tracker
from chatwright.simulate.agenda import UserAct
from chatwright.simulate.conversation import take_turn
from chatwright.simulate.user_goal import Task, UserWorld, Wish

__all__ = ["with_accepted_values"]

logger = logging.getLogger(__name__)

TRIED = 40
"""Values of a slot that are tried at most."""


def with_accepted_values(brain: Brain, world: UserWorld) -> UserWorld:
    """The world with only those values of entities that fill their slot when told right after the start.

    Where none does, the slot is perhaps filled only when it is asked for, and all are kept.
    """
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        tasks = [loop.run_until_complete(_accepted(brain, world, task)) for task in world.tasks]
    return replace(world, tasks=tuple(tasks))


async def _accepted(brain: Brain, world: UserWorld, task: Task) -> Task:
    language = world.languages[0]
    started = Tracker("tried", brain.domain)
    await take_turn(brain, started, UserAct(task.openings[0]), language)
    wishes = {
        slot: replace(wish, values=await _taken(brain, started, wish, language))
        for slot, wish in task.wishes.items()
    }
    return replace(task, wishes=wishes)


async def _taken(brain: Brain, started: Tracker, wish: Wish, language: str) -> Sequence[Any]:
    if wish.entity is None:
        return wish.values
    taken = []
    tried = wish.values[:TRIED]
    for value in tried:
        tracker = started.copy()
        await take_turn(brain, tracker, UserAct(wish.intents[0], ((wish.entity, value),)), language)
        if tracker.slots.get(wish.slot) is not None:
            taken.append(value)
    if taken and len(taken) < len(tried):
        logger.info("%d of %d values of %s are taken by the bot", len(taken), len(tried), wish.slot)
    return tuple(taken) if taken else wish.values
