"""DQN that never values, and never tries, what is not allowed.

Stable-Baselines3 has action masks for PPO only. Here the mask is the last part of the observation, so that
the network and its slow copy both leave forbidden actions out, of the best action and of the target.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import DQN
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork

__all__ = ["MaskedDQN"]

FORBIDDEN = -1e9


class _MaskedQNetwork(QNetwork):
    """Values of actions; forbidden ones are worth less than any."""

    def forward(self, obs: Any) -> torch.Tensor:
        values = super().forward(obs)  # (B, A)
        allowed = obs[:, -values.shape[1] :] > 0.5
        return torch.where(allowed, values, torch.full_like(values, FORBIDDEN))


class _MaskedPolicy(DQNPolicy):
    def make_q_net(self) -> QNetwork:
        arguments = self._update_features_extractor(self.net_args, features_extractor=None)
        return _MaskedQNetwork(**arguments).to(self.device)


class MaskedDQN(DQN):
    """DQN (Mnih et al. 2015) over observations that end with a mask of the actions."""

    def __init__(self, environment: Any, **options: Any) -> None:
        super().__init__(_MaskedPolicy, environment, **options)
        self._chance = np.random.default_rng(options.get("seed"))

    def predict(
        self,
        observation: Any,
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, Any]:
        """The best allowed action, or while exploring any allowed one. ``observation`` is (B, W + A)."""
        if not deterministic and self._chance.random() < self.exploration_rate:
            assert isinstance(self.action_space, spaces.Discrete)  # noqa: S101 - for the type checker
            masks = np.asarray(observation)[:, -int(self.action_space.n) :] > 0.5
            return np.array([self._chance.choice(np.flatnonzero(mask)) for mask in masks]), state
        return self.policy.predict(observation, state, episode_start, deterministic=True)
