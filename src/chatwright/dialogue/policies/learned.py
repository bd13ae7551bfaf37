"""A light learned policy: a linear model over the last states, for conversations no rule or story shows.

It stands in for TEDPolicy where no deep-learning framework is installed. Features are the parts of the
last states (intent, entities, previous action, slots, loop), marked with how long ago they were, and
pairs of them in the present state; the model is multinomial logistic regression.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.history import learned_states
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.states import State
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.why import Evidence

__all__ = ["LearnedPolicy", "nearest_text", "state_features"]

FADING = 0.5
"""Worth of a state against the one after it."""
MIN_SIMILARITY = 0.6
"""Share of common character trigrams from which a text counts as one of the stories' texts."""


def state_features(states: Sequence[State]) -> Iterator[tuple[str, float]]:
    """Names and values of the active features of a sequence of states, the present one last.

    What lies further back is worth less, so that the present message decides where stories do not show the
    order of things.
    """
    for ago, state in enumerate(reversed(states)):
        parts = list(_parts(state))
        yield from ((f"{ago}:{part}", FADING**ago) for part in parts)
        if ago == 0:
            for number, first in enumerate(parts):
                yield from ((f"0:{first}&{second}", 1.0) for second in parts[number + 1 :])


def _parts(state: State) -> Iterator[str]:
    yield f"after={state.previous}"
    if state.intent:
        yield f"intent={state.intent}"
    if state.text:
        yield f"text={state.text}"
    for label in state.entities:
        yield f"entity={label}"
    for name, value in state.slots:
        yield f"slot={name}={value}"
    if state.loop:
        yield f"loop={state.loop}"


def nearest_text(text: str, known: Iterable[str]) -> tuple[str | None, float]:
    """The known text with the most character trigrams in common (Dice coefficient), and how many."""
    wanted = _trigrams(text)
    best, score = None, 0.0
    for candidate in known:
        grams = _trigrams(candidate)
        found = 2 * len(wanted & grams) / (len(wanted) + len(grams))
        if found > score:
            best, score = candidate, found
    return best, score


def _trigrams(text: str) -> set[str]:
    padded = f"  {text.lower().strip()} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


@dataclass(slots=True)
class LearnedPolicy:
    """The linear model at run time."""

    name: str = "TEDPolicy"
    priority: int = 1
    max_history: int = 5
    text_threshold: float = 0.5
    """A decision made from text must be surer than this."""
    hidden: RuleOnly = field(default_factory=RuleOnly)
    actions: Sequence[str] = ()
    features: Mapping[str, int] = field(default_factory=dict)
    weights: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """(A, F): actions by features."""
    bias: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    texts: Sequence[str] = ()
    """User texts of end-to-end stories."""

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """Probabilities of all actions seen in the stories."""
        states = learned_states(tracker, self.hidden, self.max_history)
        if not len(self.actions) or not states:
            return PolicyPrediction(policy=self.name, priority=self.priority)
        states = [self._read(state) for state in states]
        by_text = self._by_text(tracker, states)
        if by_text is None and not self._knows(states[-1]):
            return PolicyPrediction(policy=self.name, priority=self.priority)
        return by_text or self._prediction(states, end_to_end=False)

    def _knows(self, state: State) -> bool:
        """Whether some story shows such a message or action; of others nothing was learned."""
        if state.previous == LISTEN and state.intent is not None:
            return f"0:intent={state.intent}" in self.features
        return f"0:after={state.previous}" in self.features

    def _read(self, state: State) -> State:
        """The state with its text replaced by the most similar one of the stories."""
        if state.text is None or not self.texts:
            return state
        nearest, similarity = nearest_text(state.text, self.texts)
        return replace(state, text=nearest if similarity >= MIN_SIMILARITY else None)

    def _by_text(self, tracker: Tracker, states: Sequence[State]) -> PolicyPrediction | None:
        """The prediction from the words of a message just heard, where stories have words like these."""
        if not self.texts or tracker.latest_action_name != LISTEN:
            return None
        last = self._read(tracker.state(as_text=True))
        if last.text is None:
            return None
        found = self._prediction([*states[:-1], self.hidden.hidden_from(last)], end_to_end=True)
        return found if found.confidence > self.text_threshold else None

    def _prediction(self, states: Sequence[State], *, end_to_end: bool) -> PolicyPrediction:
        known = [
            (self.features[name], value) for name, value in state_features(states) if name in self.features
        ]
        columns = [column for column, _ in known]
        values = np.array([value for _, value in known], np.float32)  # (K,)
        scores = self.weights[:, columns] @ values + self.bias  # (A,)
        scores = np.exp(scores - scores.max())
        probabilities = scores / scores.sum()
        best = int(probabilities.argmax())
        return PolicyPrediction(
            policy=self.name,
            priority=self.priority,
            scores={name: float(p) for name, p in zip(self.actions, probabilities, strict=True)},
            end_to_end=end_to_end,
            evidence=(self._evidence(states, best, float(probabilities[best])),),
        )

    def _evidence(self, states: Sequence[State], action: int, probability: float) -> Evidence:
        weighed = [
            (float(self.weights[action, self.features[name]]) * value, name)
            for name, value in state_features(states)
            if name in self.features
        ]
        reasons = ", ".join(name.split(":", 1)[1] for _, name in sorted(weighed, reverse=True)[:3])
        return Evidence(
            "learned", f"learned from the stories, because of {reasons}", score=round(probability, 4)
        )

    def save(self, folder: Path) -> None:
        content = {
            "name": self.name,
            "priority": self.priority,
            "max_history": self.max_history,
            "text_threshold": self.text_threshold,
            "hidden": self.hidden.to_json(),
            "actions": list(self.actions),
            "features": list(self.features),
            "texts": list(self.texts),
        }
        (folder / "learned.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        np.savez(folder / "learned.npz", weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, folder: Path) -> LearnedPolicy:
        data = json.loads((folder / "learned.json").read_text("utf-8"))
        data["hidden"] = RuleOnly.from_json(data["hidden"])
        data["features"] = {name: number for number, name in enumerate(data["features"])}
        with np.load(folder / "learned.npz", allow_pickle=False) as arrays:
            return cls(**data, weights=arrays["weights"], bias=arrays["bias"])
