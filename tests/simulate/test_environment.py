"""Conversations as a Gymnasium environment, and what is measured over many of them."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from chatwright.errors import ProjectError
from chatwright.schema.understanding import Understanding
from chatwright.simulate.agenda import SEEN, UserAct
from chatwright.simulate.environment import AskingEnvironment, Reward, aligned_policy, with_aligned_policy
from chatwright.simulate.hearing import PerfectHearing
from chatwright.simulate.measure import interval, measure
from chatwright.simulate.user_goal import read_world
from table_bot import trained

Make = Callable[..., AskingEnvironment]


@pytest.fixture
def environment() -> Iterator[Make]:
    """Makes environments, and closes them."""
    project, brain = trained()
    made: list[AskingEnvironment] = []

    def make(reward: Reward | None = None) -> AskingEnvironment:
        made.append(AskingEnvironment(brain, read_world(project), PerfectHearing(), SEEN, reward=reward))
        return made[-1]

    yield make
    for env in made:
        env.close()


def episode(
    env: AskingEnvironment, rng: random.Random, seed: int | None = None
) -> tuple[list[int], float, dict[str, Any]]:
    """Choices, return and final info of an episode of allowed actions at random."""
    env.reset(seed=seed)
    taken: list[int] = []
    info: dict[str, Any] = {}
    total, over = 0.0, False
    while not over:
        action = rng.choice([int(a) for a in np.flatnonzero(env.action_masks())])
        _, reward, over, _, info = env.step(action)
        taken.append(action)
        total += reward
    return taken, total, info


def test_it_is_an_environment_as_gymnasium_wants_it(environment: Make) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="gymnasium")
        env = environment()
        check_env(env, skip_render_check=True, skip_close_check=True)


def test_episodes_end_and_are_the_same_for_the_same_seed(environment: Make) -> None:
    env = environment()
    first = [episode(env, random.Random(seed), seed=seed) for seed in range(8)]
    again = [episode(env, random.Random(seed), seed=seed) for seed in range(8)]
    assert first == again
    assert len({str(each) for each in first}) > 4
    assert all(info["turns"] <= 20 for _, _, info in first)


def test_the_reward_is_success_length_and_mood(environment: Make) -> None:
    rng = random.Random(1)
    for pay, part in (
        (Reward(success=1, failure=0, turn=0, mood=0), lambda info: float(info["success"])),
        (Reward(success=0, failure=0, turn=0, mood=1), lambda info: info["mood"]),
    ):
        env = environment(reward=pay)
        for _ in range(5):
            _, total, info = episode(env, rng)
            assert total == pytest.approx(part(info))
    env = environment(reward=Reward(success=0, failure=0, turn=-1, mood=0))
    _, total, info = episode(env, rng)
    assert -info["turns"] <= total <= 0


def test_an_action_that_is_not_allowed_is_the_forms_own_question(environment: Make) -> None:
    env = environment()
    names = [choice.action for choice in aligned_policy(trained()[1]).choices.choices]
    ends = []
    for action in ("utter_ask_food", "action_deactivate_loop"):  # the form's own, and one that is not allowed
        env.reset(seed=4)
        assert env.action_masks()[names.index("utter_ask_food")]
        assert not env.action_masks()[names.index("action_deactivate_loop")]
        observation, *_ = env.step(names.index(action))
        ends.append(observation.tolist())
    assert ends[0] == ends[1]


def test_where_there_is_never_a_choice_learning_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        def hear(self, act: UserAct, language: str, rng: random.Random) -> Understanding:
            return Understanding(text="?", language=language)

    monkeypatch.setattr("chatwright.simulate.environment.PASSED_OVER", 3)
    project, brain = trained()
    env = AskingEnvironment(brain, read_world(project), Deaf(), SEEN)
    with pytest.raises(ProjectError, match="in 3 conversations in a row"):
        env.reset()
    env.close()


def test_a_bot_that_learns_nothing_is_told_what_to_add() -> None:
    _, brain = trained()
    plain = with_aligned_policy(brain, aligned_policy(brain))
    assert plain.decider is not None
    plain.decider.policies = plain.decider.policies[:1]
    with pytest.raises(ProjectError, match="no policy that learns") as wrong:
        aligned_policy(plain)
    assert "AlignedPolicy" in str(wrong.value.fix)


def test_bots_are_measured_on_the_same_users() -> None:
    project, brain = trained()
    world = read_world(project)
    one = measure(brain, world, PerfectHearing(), SEEN, count=30, seed=5)
    other = measure(brain, world, PerfectHearing(), SEEN, count=30, seed=5)
    assert one == other
    assert one.success > 0.9
    assert one != measure(brain, world, PerfectHearing(), SEEN, count=30, seed=6)


def test_intervals_are_students() -> None:
    found = interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found.mean == 3
    assert found.half_width == pytest.approx(2.776 * math.sqrt(2.5 / 5), abs=1e-3)
    assert interval([1.0]).half_width == math.inf
