"""Training the light learned policy (scikit-learn)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chatwright.dialogue.policies.history import learned_decisions
from chatwright.dialogue.policies.learned import LearnedPolicy, state_features
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.states import State
from chatwright.dialogue.training_stories import TrainingDialogue
from chatwright.project.domain import Domain
from chatwright.schema.events import Event, UserUttered

__all__ = ["fit_learned"]

DEFAULT_HISTORY = 5
REGULARISATION = 10.0
MAX_GLUED = 400


def fit_learned(
    config: Mapping[str, Any],
    stories: Sequence[TrainingDialogue],
    domain: Domain,
    hidden: RuleOnly,
    *,
    seed: int,
    augmentation: int,
) -> LearnedPolicy:
    """Logistic regression over the decisions of the stories.

    Args:
        augmentation: pairs of stories glued together, times ten, so that what came long before matters
            less; 0 turns it off.
    """
    policy = LearnedPolicy(
        name=str(config.get("name", "TEDPolicy")).rsplit(".", 1)[-1],
        priority=int(config.get("priority", 1)),
        max_history=int(config.get("max_history") or DEFAULT_HISTORY),
        text_threshold=float(config.get("e2e_confidence_threshold", 0.5)),
        hidden=hidden,
        texts=sorted({text for story in stories for event in story.events if (text := _bare_text(event))}),
    )
    samples = _samples([*stories, *_glued(stories, seed, augmentation)], domain, policy)
    actions = sorted({action for _, action in samples})
    if len(actions) < 2:
        policy.actions = actions
        policy.weights = np.zeros((len(actions), 0), np.float32)
        policy.bias = np.zeros(len(actions), np.float32)
        return policy
    names = sorted({name for states, _ in samples for name, _ in state_features(states)})
    policy.features = {name: number for number, name in enumerate(names)}
    _solve(policy, samples, actions, seed)
    return policy


def _solve(
    policy: LearnedPolicy, samples: Sequence[tuple[Sequence[State], str]], actions: list[str], seed: int
):
    from scipy.sparse import lil_matrix
    from sklearn.linear_model import LogisticRegression

    matrix = lil_matrix((len(samples), len(policy.features)), dtype=np.float32)
    for row, (states, _) in enumerate(samples):
        for name, value in state_features(states):
            matrix[row, policy.features[name]] = value
    model = LogisticRegression(C=REGULARISATION, max_iter=400, random_state=seed)
    model.fit(matrix.tocsr(), [action for _, action in samples])
    weights, bias = np.asarray(model.coef_, np.float32), np.asarray(model.intercept_, np.float32)
    if len(actions) == 2:  # scikit-learn keeps one row for two classes
        weights, bias = np.vstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    policy.actions = [str(name) for name in model.classes_]
    policy.weights, policy.bias = weights.astype(np.float32), bias.astype(np.float32)


def _samples(
    dialogues: Sequence[TrainingDialogue], domain: Domain, policy: LearnedPolicy
) -> list[tuple[Sequence[State], str]]:
    seen: dict[tuple[tuple[State, ...], str], None] = {}
    for dialogue in dialogues:
        for states, action in learned_decisions(dialogue, domain, policy.max_history):
            seen[tuple(states), action] = None
    return list(seen)


def _glued(stories: Sequence[TrainingDialogue], seed: int, augmentation: int) -> list[TrainingDialogue]:
    if len(stories) < 2 or not augmentation:
        return []
    chance = random.Random(seed)
    out = []
    for _ in range(min(augmentation * 10, MAX_GLUED, len(stories) ** 2)):
        first, second = chance.choice(stories), chance.choice(stories)
        # The first ends with a listen, and most begin with one; one of them is enough.
        out.append(TrainingDialogue("", [*first.events[:-1], *second.events], None))
    return out


def _bare_text(event: Event) -> str | None:
    """The text of a user step without intent."""
    return event.text if isinstance(event, UserUttered) and event.intent is None else None
