"""A policy that learned from simulated users how to ask: it chooses the question with which a form goes on.

It never competes with a rule: rules say that a form runs, this policy says what it asks for next (one slot,
several at once, a confirmation, or nothing any more). Only giving a form up for the project's hand-over
action is a proposal of its own. Trained by ``chatwright align policy``; until then, and wherever it sees
nothing to choose, forms ask in their own order.

The network is a multi-layer perceptron: of the state-action values (DQN), or of the actor (PPO).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.form_choices import Choice, FormChoices
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import REQUESTED_SLOT, Domain
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.events import ActionExecuted, ActiveLoop, SlotSet
from chatwright.schema.reasons import evidence
from chatwright.schema.why import Evidence

__all__ = ["AlignedPolicy", "Layer", "Network"]

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Weights (out, in) and bias (out,)."""


@dataclass(frozen=True, slots=True)
class Network:
    """A multi-layer perceptron with tanh between its layers."""

    layers: Sequence[Layer]

    def __call__(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        """(I,) → (C,): a score for each choice."""
        hidden = observation
        for number, (weights, bias) in enumerate(self.layers):
            hidden = weights @ hidden + bias
            if number < len(self.layers) - 1:
                hidden = np.tanh(hidden)
        return hidden

    def save(self, path: Path) -> None:
        """Write the layers as an ``.npz`` file."""
        arrays: dict[str, Any] = {}
        for number, (weights, bias) in enumerate(self.layers):
            arrays |= {f"weights{number}": weights, f"bias{number}": bias}
        np.savez(path, **arrays)

    @classmethod
    def load(cls, path: Path) -> Network:
        """The inverse of ``save``."""
        with np.load(path, allow_pickle=False) as arrays:
            count = len(arrays.files) // 2
            return cls([(arrays[f"weights{number}"], arrays[f"bias{number}"]) for number in range(count)])


@dataclass(slots=True)
class AlignedPolicy:
    """How forms ask, at run time."""

    choices: FormChoices
    name: str = "AlignedPolicy"
    priority: int = 5
    give_up: str | None = None
    network: Network | None = None
    """None until it is trained."""

    def choose(self, tracker: Tracker, form: str) -> tuple[Choice, float] | None:
        """The best choice and its lead over the second; None where there is none, or nothing was learned."""
        if self.network is None or form not in self.choices.forms:
            return None
        allowed = self.choices.allowed(tracker, form)
        if not allowed.any():
            return None
        scores = np.where(allowed, self.network(self.choices.inputs(tracker, form)), -np.inf)
        best = int(scores.argmax())
        rest = np.delete(scores, best)
        lead = float(scores[best] - rest.max()) if rest.size and np.isfinite(rest.max()) else 0.0
        return self.choices.choices[best], lead

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """The question for the running form, or for each form that could start."""
        if self.give_up is not None and self._gave_up(tracker):
            return self._prediction(LISTEN, evidence("learned.gave_up"))
        running = tracker.active_loop_name
        questions: dict[str, str] = {}
        reasons: list[Evidence] = []
        for form in [running] if running else self.choices.forms:
            chosen = self.choose(tracker, form)
            if chosen is None:
                continue
            choice, lead = chosen
            reason = evidence("learned.simulated", score=round(lead, 4), choice=choice.phrase)
            if choice.action == self.give_up:
                if tracker.latest_action_name == LISTEN:
                    return self._prediction(choice.action, reason, leaves_form=True)
                continue
            questions[form] = choice.action
            reasons.append(reason)
        return PolicyPrediction(
            policy=self.name, priority=self.priority, questions=questions, evidence=reasons
        )

    def _gave_up(self, tracker: Tracker) -> bool:
        """Whether the latest action is this policy's own giving up."""
        if tracker.latest_action_name != self.give_up:
            return False
        latest = next(event for event in reversed(tracker.events) if isinstance(event, ActionExecuted))
        return latest.policy == self.name

    def _prediction(self, action: str, reason: Evidence, *, leaves_form: bool = False) -> PolicyPrediction:
        leaving = (SlotSet(name=REQUESTED_SLOT, value=None), ActiveLoop(name=None)) if leaves_form else ()
        return PolicyPrediction(
            policy=self.name,
            priority=self.priority,
            scores={action: 1.0},
            optional_events=leaving,
            no_user=leaves_form,
            evidence=(reason,),
        )

    def save(self, folder: Path) -> None:
        content = {
            "name": self.name,
            "priority": self.priority,
            "give_up": self.give_up,
            "choices": self.choices.to_json(),
        }
        (folder / "aligned.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        if self.network is not None:
            self.network.save(folder / "aligned.npz")

    @classmethod
    def load(cls, folder: Path) -> AlignedPolicy:
        data = json.loads((folder / "aligned.json").read_text("utf-8"))
        weights = folder / "aligned.npz"
        return cls(
            choices=FormChoices.from_json(data["choices"]),
            name=data["name"],
            priority=data["priority"],
            give_up=data["give_up"],
            network=Network.load(weights) if weights.is_file() else None,
        )
