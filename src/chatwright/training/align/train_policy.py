"""Training a policy by trial and error in an environment with action masks: PPO or DQN."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import gymnasium
import gymnasium.wrappers
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import BaseCallback
from torch import nn

from chatwright.dialogue.policies.aligned import Layer, Network
from chatwright.training.align.masked_dqn import MaskedDQN
from chatwright.training.one_thread import one_thread

__all__ = ["Algorithm", "train_policy"]

Algorithm = Literal["ppo", "dqn"]

SHAPE = (64, 64)
"""Hidden layers."""


def train_policy(
    environment: gymnasium.Env[Any, Any],
    *,
    algorithm: Algorithm = "ppo",
    steps: int = 20_000,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Network:
    """The network that learned to choose.

    Args:
        environment: has ``action_masks()``, and observations that end with that mask. algorithm: ``ppo``
        (policy gradient with action masks, Huang and Ontañón 2022) or ``dqn`` (Q-learning). steps: decisions
        to learn from. seed: of weights and chance. progress: told the fraction of steps that are done.
    """
    torch.manual_seed(seed)
    learner = _LEARNERS[algorithm](environment, steps, seed)
    with one_thread():
        learner.learn(total_timesteps=steps, callback=_Progress(steps, progress))
    return Network(_layers(_modules(learner)))


def _ppo(environment: gymnasium.Env[Any, Any], steps: int, seed: int) -> MaskablePPO:
    rollout = min(1024, max(64, steps // 8))
    return MaskablePPO(
        "MlpPolicy",
        environment,
        learning_rate=lambda left: 1e-3 * max(left, 0.05),  # the share of steps that are left
        n_steps=rollout,
        batch_size=min(256, rollout),
        n_epochs=6,
        gamma=1.0,  # conversations end by themselves, and a turn costs as much late as early
        gae_lambda=0.95,
        ent_coef=0.01,
        policy_kwargs={"net_arch": list(SHAPE), "activation_fn": nn.Tanh},
        seed=seed,
        device="cpu",
    )


def _dqn(environment: gymnasium.Env[Any, Any], steps: int, seed: int) -> MaskedDQN:
    return MaskedDQN(
        # Values of about 1: the loss is linear beyond, and would take long to reach 20.
        gymnasium.wrappers.TransformReward(environment, lambda reward: float(reward) / 20),
        learning_rate=1e-3,
        buffer_size=min(50_000, steps),
        learning_starts=min(500, steps // 10),
        batch_size=128,
        gamma=1.0,
        train_freq=4,
        gradient_steps=4,
        target_update_interval=250,
        exploration_fraction=0.4,
        exploration_final_eps=0.05,
        policy_kwargs={"net_arch": list(SHAPE), "activation_fn": nn.Tanh},
        seed=seed,
        device="cpu",
    )


_LEARNERS: dict[Algorithm, Callable[[gymnasium.Env[Any, Any], int, int], Any]] = {"ppo": _ppo, "dqn": _dqn}


def _modules(learner: Any) -> Iterable[nn.Module]:
    if isinstance(learner, MaskablePPO):
        return [*learner.policy.mlp_extractor.policy_net, learner.policy.action_net]
    return learner.policy.q_net.q_net


def _layers(modules: Iterable[nn.Module]) -> list[Layer]:
    return [
        (module.weight.detach().numpy().copy(), module.bias.detach().numpy().copy())
        for module in modules
        if isinstance(module, nn.Linear)
    ]


class _Progress(BaseCallback):
    def __init__(self, steps: int, tell: Callable[[float], None] | None) -> None:
        super().__init__()
        self._steps = steps
        self._tell = tell

    def _on_step(self) -> bool:
        if self._tell and self.num_timesteps % 100 == 0:
            self._tell(min(self.num_timesteps / self._steps, 1.0))
        return True
