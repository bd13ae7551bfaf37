"""A light learned policy: a linear model over the last states, for conversations no rule or story shows.

It stands in for TEDPolicy where no deep-learning framework is installed, and where there are too few stories
for a net. Features are the parts of the last states (intent, entities, previous action, slots, loop), marked
with how long ago they were, and pairs of them in the present state; the model is multinomial logistic
regression.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.evidence import learned_evidence
from chatwright.dialogue.policies.history import learned_states
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.policies.precedents import Precedents
from chatwright.dialogue.policies.state_model import StateModel
from chatwright.dialogue.states import State
from chatwright.dialogue.tracker import Tracker
from chatwright.learn.linear import softmax
from chatwright.project.domain import Domain
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.why import Evidence

__all__ = ["LearnedPolicy", "nearest_text"]

MIN_SIMILARITY = 0.6
"""Share of common character trigrams from which a text counts as one of the stories' texts."""


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
    texts: Sequence[str] = ()
    """User texts of end-to-end stories."""
    model: StateModel = field(default_factory=StateModel)
    precedents: Precedents = field(default_factory=Precedents)

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """Probabilities of all actions seen in the stories."""
        states = learned_states(tracker, self.hidden, self.max_history)
        if not self.model.labels or not states:
            return PolicyPrediction(policy=self.name, priority=self.priority)
        states = [self._read(state) for state in states]
        by_text = self._by_text(tracker, states)
        if by_text is None and not self._knows(states[-1]):
            return PolicyPrediction(policy=self.name, priority=self.priority)
        return by_text or self._prediction(tracker, states, end_to_end=False)

    def _knows(self, state: State) -> bool:
        """Whether some story shows such a message or action; of others nothing was learned."""
        if state.previous == LISTEN and state.intent is not None:
            return self.model.knows(f"intent={state.intent}")
        return self.model.knows(f"after={state.previous}")

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
        found = self._prediction(tracker, [*states[:-1], self.hidden.hidden_from(last)], end_to_end=True)
        return found if found.confidence > self.text_threshold else None

    def _prediction(self, tracker: Tracker, states: Sequence[State], *, end_to_end: bool) -> PolicyPrediction:
        probabilities = softmax(self.model.scores(states))
        return PolicyPrediction(
            policy=self.name,
            priority=self.priority,
            scores={name: float(p) for name, p in zip(self.model.labels, probabilities, strict=True)},
            end_to_end=end_to_end,
            explain=lambda action: self._evidence(tracker, states, action),
        )

    def _evidence(self, tracker: Tracker, states: Sequence[State], action: str) -> list[Evidence]:
        return learned_evidence(
            tracker,
            states,
            action,
            reasons=self.model.reasons(states, action),
            choose=self._choices,
            precedents=self.precedents,
        )

    def _choices(self, talks: Sequence[Sequence[State]]) -> list[str]:
        return [self.model.labels[int(self.model.scores(states).argmax())] for states in talks]

    def save(self, folder: Path) -> None:
        content = {
            "name": self.name,
            "priority": self.priority,
            "max_history": self.max_history,
            "text_threshold": self.text_threshold,
            "hidden": self.hidden.to_json(),
            "texts": list(self.texts),
        }
        (folder / "learned.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        self.model.save(folder)
        self.precedents.save(folder)

    @classmethod
    def load(cls, folder: Path) -> LearnedPolicy:
        data = json.loads((folder / "learned.json").read_text("utf-8"))
        data["hidden"] = RuleOnly.from_json(data["hidden"])
        return cls(**data, model=StateModel.load(folder), precedents=Precedents.load(folder))
