"""Conversations with simulated users as a Gymnasium environment: a step is a decision on how a form asks on.

The bot in it is the real one, rules and actions included; only its choice of questions is the learner's.
Turns in which there is nothing to choose pass by themselves.
"""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass, field
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from chatwright.brain import Brain
from chatwright.dialogue.decider import Decider
from chatwright.dialogue.policies.aligned import AlignedPolicy
from chatwright.dialogue.policies.form_choices import Choice
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import ProjectError
from chatwright.simulate.agenda import HabitRanges
from chatwright.simulate.conversation import Outcome, SimulatedConversation
from chatwright.simulate.hearing import Hearing
from chatwright.simulate.measure import new_conversation
from chatwright.simulate.user_goal import UserWorld

__all__ = ["AskingEnvironment", "Reward", "aligned_policy", "with_aligned_policy"]


PASSED_OVER = 300
"""Conversations without anything to choose, in a row, after which there is nothing to learn."""


@dataclass(frozen=True, slots=True)
class Reward:
    """What the learner is paid for; the usual scale of dialogue learning (Su et al. 2016), and the mood."""

    success: float = 20.0
    failure: float = -10.0
    """The user left, was handed over, or got something else."""
    turn: float = -1.0
    """Each message that the user has to write."""
    mood: float = 5.0
    """For a user who is as content at the end as at the beginning; in proportion for others."""

    def at_end(self, outcome: Outcome) -> float:
        """Paid once, when the conversation is over."""
        return (self.success if outcome.success else self.failure) + self.mood * outcome.mood


def aligned_policy(brain: Brain) -> AlignedPolicy:
    """The bot's policy that learns how to ask.

    Raises:
        ProjectError: the bot has none, or there is nothing to choose.
    """
    policies = brain.decider.policies if brain.decider else ()
    found = next((policy for policy in policies if isinstance(policy, AlignedPolicy)), None)
    if found is None:
        raise ProjectError(
            "the bot has no policy that learns how to ask",
            fix="add '- name: AlignedPolicy' to the policies of config.yml, and train",
        )
    if len(found.choices.choices) < 2:
        raise ProjectError(
            "there is nothing to choose: no form of the bot asks for two slots or more",
            fix="see the docs on learning from simulated users",
        )
    return found


def with_aligned_policy(brain: Brain, policy: AlignedPolicy) -> Brain:
    """The same bot with another policy in the place of its own ``AlignedPolicy``."""
    if brain.decider is None:
        return brain
    out = copy.copy(brain)
    policies = [policy if isinstance(old, AlignedPolicy) else old for old in brain.decider.policies]
    out.decider = Decider(policies, brain.domain)
    return out


@dataclass(slots=True)
class _Steered(AlignedPolicy):
    """Chooses what it is told to."""

    chosen: Choice | None = field(default=None)

    def choose(self, tracker: Tracker, form: str) -> tuple[Choice, float] | None:
        if self.chosen is None or self.chosen.form != form:
            return None
        return self.chosen, 0.0


class AskingEnvironment(gymnasium.Env[NDArray[np.float32], np.int64]):
    """One episode is one conversation.

    Observations are what ``FormChoices.inputs`` gives, actions its choices. ``action_masks`` tells which of
    them are allowed; one that is not is taken for the form's own next question.

    Args:
        brain: of the bot; it must have an ``AlignedPolicy``.
        world: what users may want.
        hearing: what the bot understands of them.
        habits: how they talk.
        reward: what the learner is paid for.
        seed: of the users, until ``reset`` gives another.
    """

    def __init__(
        self,
        brain: Brain,
        world: UserWorld,
        hearing: Hearing,
        habits: HabitRanges,
        *,
        reward: Reward | None = None,
        seed: int = 0,
    ) -> None:
        policy = aligned_policy(brain)
        self._policy = _Steered(choices=policy.choices, give_up=policy.give_up)
        self._choices = policy.choices
        self._brain = with_aligned_policy(brain, self._policy)
        self._world = world
        self._hearing = hearing
        self._habits = habits
        self._reward = reward or Reward()
        self._loop = asyncio.new_event_loop()
        self._seed = seed
        self._episode = 0
        self._conversation: SimulatedConversation | None = None
        self._form: str | None = None
        """The form that asks next; None at the end."""
        count = len(self._choices.choices)
        self.action_space = gymnasium.spaces.Discrete(count)
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (self._choices.width + count,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """A new user; conversations without any decision are passed over.

        Raises:
            ProjectError: there are too many of these.
        """
        super().reset(seed=seed)
        if seed is not None:
            self._seed, self._episode = seed, 0
        for _ in range(PASSED_OVER):
            self._episode += 1
            name = f"{self._seed}/{self._episode}"
            self._conversation = new_conversation(self._brain, self._world, self._hearing, self._habits, name)
            self._loop.run_until_complete(self._go_on(self._conversation))
            if self._form is not None:
                return self._observation(), {}
        raise ProjectError(
            f"in {PASSED_OVER} conversations in a row no form had a choice of what to ask",
            fix="see with `chatwright test simulate --noise` whether users are understood at all",
        )

    def step(self, action: np.int64 | int) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Ask as chosen, and let the conversation go on to the next decision or its end."""
        conversation = self._conversation
        assert conversation is not None  # noqa: S101 - reset comes first
        assert self._form is not None  # noqa: S101 - and no step after the end
        allowed = self._choices.allowed(conversation.tracker, self._form)
        self._policy.chosen = self._choices.choices[action] if allowed[action] else None
        before = conversation.user.turns
        self._loop.run_until_complete(self._answer_and_go_on(conversation))
        reward = self._reward.turn * (conversation.user.turns - before)
        over = self._form is None
        info: dict[str, Any] = {}
        if over:
            outcome = conversation.outcome()
            reward += self._reward.at_end(outcome)
            info = {"success": outcome.success, "turns": outcome.turns, "mood": outcome.mood}
        return self._observation(), reward, over, False, info

    def action_masks(self) -> NDArray[np.bool_]:
        """(C,) the choices that are allowed now."""
        if self._form is None or self._conversation is None:
            return np.ones(len(self._choices.choices), np.bool_)
        return self._choices.allowed(self._conversation.tracker, self._form)

    def close(self) -> None:
        """End the loop that conversations run in."""
        self._loop.close()

    def _observation(self) -> NDArray[np.float32]:
        if self._form is None or self._conversation is None:
            return np.zeros(self.observation_space.shape or (), np.float32)
        return self._choices.inputs(self._conversation.tracker, self._form)

    async def _answer_and_go_on(self, conversation: SimulatedConversation) -> None:
        self._form = None
        if await conversation.answer():
            await self._go_on(conversation)

    async def _go_on(self, conversation: SimulatedConversation) -> None:
        """Up to the next moment at which a form is about to ask and there is a choice."""
        self._form = None
        while await conversation.hear():
            self._policy.chosen = None
            form = self._brain.decide(conversation.tracker).action
            if form in self._choices.forms:
                allowed = self._choices.allowed(conversation.tracker, form)
                if allowed.sum() > 1:
                    self._form = form
                    return
                if allowed.any():
                    self._policy.chosen = self._choices.choices[int(allowed.argmax())]
            if not await conversation.answer():
                return
