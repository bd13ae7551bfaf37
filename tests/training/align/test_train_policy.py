"""Both algorithms learn what pays, keep to what is allowed, and leave a network that numpy runs."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from chatwright.training.align.masked_dqn import FORBIDDEN, MaskedDQN
from chatwright.training.align.train_policy import Algorithm, _layers, _modules, _ppo, train_policy

CHOICES = 4


class Doors(gymnasium.Env[NDArray[np.float32], np.int64]):
    """One step an episode: the door that is marked pays 1, the last one would pay 2 but is never allowed."""

    def __init__(self) -> None:
        self.action_space = gymnasium.spaces.Discrete(CHOICES)
        self.observation_space = gymnasium.spaces.Box(0, 1, (2 * CHOICES,), np.float32)
        self.tried_the_forbidden = 0
        self._marked = 0

    def action_masks(self) -> NDArray[np.bool_]:
        return np.arange(CHOICES) < CHOICES - 1

    def _observation(self) -> NDArray[np.float32]:
        return np.concatenate([np.eye(CHOICES)[self._marked], self.action_masks()]).astype(np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[NDArray[np.float32], dict]:
        super().reset(seed=seed)
        self._marked = int(self.np_random.integers(CHOICES - 1))
        return self._observation(), {}

    def step(self, action: Any) -> tuple[NDArray[np.float32], float, bool, bool, dict]:
        self.tried_the_forbidden += int(action == CHOICES - 1)
        reward = 2.0 if action == CHOICES - 1 else float(action == self._marked)
        return self._observation(), reward, True, False, {}


@pytest.mark.parametrize(("algorithm", "steps"), [("ppo", 1000), ("dqn", 600)])
def test_what_pays_is_learned(algorithm: Algorithm, steps: int) -> None:
    env = Doors()
    told: list[float] = []
    network = train_policy(env, algorithm=algorithm, steps=steps, seed=1, progress=told.append)
    allowed = env.action_masks()
    for marked in range(CHOICES - 1):
        seen = np.concatenate([np.eye(CHOICES)[marked], allowed]).astype(np.float32)
        assert int(np.where(allowed, network(seen), -np.inf).argmax()) == marked
    assert told[-1] == 1.0
    if algorithm == "ppo":
        assert env.tried_the_forbidden == 0


def test_dqn_neither_values_nor_explores_what_is_forbidden() -> None:
    learner = MaskedDQN(Doors(), seed=0, buffer_size=100)
    learner.exploration_rate = 1.0
    seen = np.concatenate([np.eye(CHOICES)[0], np.array([0, 1, 1, 0])]).astype(np.float32)
    chosen = {int(learner.predict(seen[None])[0][0]) for _ in range(60)}
    assert chosen == {1, 2}
    assert int(learner.predict(seen[None], deterministic=True)[0][0]) in chosen
    with torch.no_grad():
        values = learner.q_net(torch.tensor(seen[None]))[0]
    assert values[[0, 3]].tolist() == [FORBIDDEN] * 2


def test_numpy_gives_what_pytorch_gives() -> None:
    from chatwright.dialogue.policies.aligned import Network

    learner = _ppo(Doors(), 512, 3)
    network = Network(_layers(_modules(learner)))
    seen = np.random.default_rng(0).random((20, 2 * CHOICES)).astype(np.float32)
    with torch.no_grad():
        hidden = learner.policy.mlp_extractor.forward_actor(torch.tensor(seen))
        expected = learner.policy.action_net(hidden).numpy()
    np.testing.assert_allclose(np.stack([network(row) for row in seen]), expected, atol=1e-5)
