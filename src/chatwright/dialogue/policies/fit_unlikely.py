"""Training the unlikely-intent check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.fit_learned import DEFAULT_HISTORY, glued
from chatwright.dialogue.policies.fit_state_model import Sample, fit_state_model
from chatwright.dialogue.policies.history import learned_decisions
from chatwright.dialogue.policies.training_data import Dialogues
from chatwright.dialogue.policies.unlikely import UnlikelyIntentPolicy, before_message
from chatwright.dialogue.training_stories import TrainingDialogue
from chatwright.schema.events import ActionExecuted, UserUttered

__all__ = ["fit_unlikely"]

STEP = 0.05
"""Tolerance is counted in steps of this size."""


def fit_unlikely(config: Mapping[str, Any], dialogues: Dialogues) -> UnlikelyIntentPolicy:
    """A model of the next intent, and a threshold for each intent of the stories.

    Stories with a text in place of an intent or an action teach nothing here, as in Rasa.
    """
    max_history = int(config.get("max_history") or DEFAULT_HISTORY)
    told = [story for story in dialogues.stories if not _has_texts(story)]
    samples: dict[Sample, None] = {}
    for story in [*told, *glued(told, dialogues.seed, dialogues.augmentation)]:
        for states, _ in learned_decisions(story, dialogues.domain, max_history):
            if states[-1].previous == LISTEN and (intent := states[-1].intent):
                samples[before_message(states), intent] = None
    policy = UnlikelyIntentPolicy(
        name=str(config.get("name", "UnexpecTEDIntentPolicy")).rsplit(".", 1)[-1],
        priority=int(config.get("priority", 2)),
        max_history=max_history,
        hidden=dialogues.hidden,
        ignored=frozenset(config.get("ignore_intents_list") or ()),
        model=fit_state_model(list(samples), dialogues.seed),
    )
    policy.thresholds = _thresholds(policy, list(samples), float(config.get("tolerance", 0.0)))
    return policy


def _has_texts(story: TrainingDialogue) -> bool:
    return any(
        (isinstance(event, UserUttered) and event.intent is None)
        or (isinstance(event, ActionExecuted) and event.name is None)
        for event in story.events
    )


def _thresholds(
    policy: UnlikelyIntentPolicy, samples: Sequence[Sample], tolerance: float
) -> dict[str, float]:
    """The least score an intent has where it comes, but less where that many of the others are above it.

    Source: ``_compute_label_quantiles`` and ``_pick_thresholds`` of Rasa's policy: of the scores that an
    intent has where it does not come, the share ``tolerance`` may lie at or above its threshold.
    """
    if len(policy.model.labels) < 2:
        return {}
    after: dict[tuple[Any, ...], set[str]] = {}
    for states, intent in samples:
        after.setdefault(states, set()).add(intent)
    scores = np.stack([policy.scores(states) for states in after])  # (N, I)
    right = np.array([[label in found for label in policy.model.labels] for found in after.values()])
    share = 1 - min(STEP * int(tolerance / STEP + 1e-9), 1 - STEP)
    out = {}
    for number, label in enumerate(policy.model.labels):
        ours, others = scores[right[:, number], number], scores[~right[:, number], number]
        highest = float(np.quantile(others, share, method="lower")) if len(others) else np.inf
        out[label] = min(float(ours.min()), highest)
    return out
