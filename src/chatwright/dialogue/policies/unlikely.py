"""The unlikely-intent check: does what was understood fit the conversation so far?

A linear model tells from the last states, without the message itself, how likely each intent comes next. An
intent that is less likely than it ever was in the stories, and not the likeliest, makes the policy propose
``action_unlikely_intent``; rules say what to do then, and without such a rule the other policies go on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.history import UNLIKELY, learned_states
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.policies.state_model import StateModel
from chatwright.dialogue.states import State
from chatwright.dialogue.tracker import Tracker
from chatwright.learn.linear import softmax
from chatwright.project.domain import Domain
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.reasons import evidence
from chatwright.schema.why import Evidence

__all__ = ["UnlikelyIntentPolicy", "before_message"]


def before_message(states: Sequence[State]) -> tuple[State, ...]:
    """The states with the message that was just heard taken out of the last one."""
    return (*states[:-1], replace(states[-1], intent=None, entities=(), text=None))


@dataclass(slots=True)
class UnlikelyIntentPolicy:
    """When it is asked, and what a threshold is: rasa.core.policies.unexpected_intent_policy."""

    name: str = "UnexpecTEDIntentPolicy"
    priority: int = 2
    max_history: int = 5
    hidden: RuleOnly = field(default_factory=RuleOnly)
    ignored: Collection[str] = frozenset()
    """Intents that are never unlikely."""
    model: StateModel = field(default_factory=StateModel)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Logarithm of the probability below which an intent is unlikely; of the intents of the stories."""

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """``action_unlikely_intent`` with confidence 1 after a message that is unlikely, else nothing."""
        doubt = self._doubt(tracker)
        return PolicyPrediction(
            policy=self.name,
            priority=self.priority,
            scores={UNLIKELY: 1.0} if doubt else {},
            evidence=(doubt,) if doubt else (),
        )

    def _doubt(self, tracker: Tracker) -> Evidence | None:
        message = tracker.latest_message
        intent = message.intent if message and tracker.latest_action_name == LISTEN else None
        if intent is None or intent in self.ignored or intent not in self.thresholds:
            return None
        states = learned_states(tracker, self.hidden, self.max_history)
        if not states:
            return None
        found = self.scores(before_message(states))
        likeliest = self.model.labels[int(found.argmax())]
        score = float(found[self.model.labels.index(intent)])
        if score >= self.thresholds[intent] or likeliest == intent:
            return None
        return evidence("unlikely", score=round(float(np.exp(score)), 4), intent=intent, likeliest=likeliest)

    def scores(self, states: Sequence[State]) -> NDArray[np.floating]:
        """(I,) logarithms of the probabilities of the intents, given the states before the message."""
        return np.log(softmax(self.model.scores(states)))

    def save(self, folder: Path) -> None:
        content = {
            "name": self.name,
            "priority": self.priority,
            "max_history": self.max_history,
            "hidden": self.hidden.to_json(),
            "ignored": sorted(self.ignored),
            "thresholds": dict(self.thresholds),
        }
        (folder / "unlikely.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        self.model.save(folder)

    @classmethod
    def load(cls, folder: Path) -> UnlikelyIntentPolicy:
        data = json.loads((folder / "unlikely.json").read_text("utf-8"))
        data["hidden"] = RuleOnly.from_json(data["hidden"])
        data["ignored"] = frozenset(data["ignored"])
        return cls(**data, model=StateModel.load(folder))
