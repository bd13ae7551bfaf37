"""The deep learned policy: a small Transformer over the last states, which runs in numpy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.evidence import learned_evidence, what_if
from chatwright.dialogue.policies.features import parts_of
from chatwright.dialogue.policies.history import learned_states
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.policies.precedents import Precedents
from chatwright.dialogue.policies.turn_net import TurnFeatures, TurnNet
from chatwright.dialogue.states import State
from chatwright.dialogue.tracker import Tracker
from chatwright.learn.linear import softmax
from chatwright.project.domain import Domain
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.why import Evidence

__all__ = ["DEFAULT_HISTORY", "TransformerPolicy"]

DEFAULT_HISTORY = 10
WEIGHED = 128
"""Bot texts whose likeness to one another is looked at."""
SPREAD = 0.03
"""How much less alike a text may be to lend another its probability (1 - cosine, at 1/e)."""


@dataclass(slots=True)
class TransformerPolicy:
    """Trained by ``training/policy/fit_transformer.py``."""

    net: TurnNet
    features: TurnFeatures
    actions: Sequence[str]
    """Named actions, then bot texts."""
    texts: int = 0
    """How many of the actions, at the end, are bot texts."""
    name: str = "TransformerPolicy"
    priority: int = 1
    max_history: int = DEFAULT_HISTORY
    text_threshold: float = 0.5
    """Where stories have intents, a decision made from text must be surer than this."""
    reads_intents: bool = True
    """Whether any story has an intent."""
    hidden: RuleOnly = field(default_factory=RuleOnly)
    precedents: Precedents = field(default_factory=Precedents)

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """Probabilities of all actions and bot texts of the stories.

        Where both the intent and the words of a message may be read, the words must be surer than
        ``text_threshold`` and fit better than the intent does, as in Rasa's TEDPolicy.
        """
        states = learned_states(tracker, self.hidden, self.max_history)
        if not states:
            return PolicyPrediction(policy=self.name, priority=self.priority)
        known = self._knows(states[-1])
        worded = self._worded(tracker, states)
        if (
            worded is not None
            and self.reads_intents
            and self._fit(worded) <= (self._fit(states) if known else 0)
        ):
            worded = None
        if worded is not None:
            found = self._prediction(tracker, worded, end_to_end=True)
            if found.confidence > self.text_threshold or not self.reads_intents:
                return found
        if not known:
            return PolicyPrediction(policy=self.name, priority=self.priority)
        return self._prediction(tracker, states, end_to_end=False)

    def _worded(self, tracker: Tracker, states: Sequence[State]) -> Sequence[State] | None:
        """The states with a message just heard as text, where stories have texts."""
        if not self.features.words or tracker.latest_action_name != LISTEN:
            return None
        last = self.hidden.hidden_from(tracker.state(as_text=True))
        return None if last.text is None else [*states[:-1], last]

    def _fit(self, states: Sequence[State]) -> float:
        """How well the best action fits these states."""
        return float(self._scores(states).max())

    def _scores(self, states: Sequence[State]) -> NDArray[np.floating]:
        return self.net.scores([self.features.rows_of(state) for state in states])

    def _knows(self, state: State) -> bool:
        """Whether some story shows such a message or action; of others nothing was learned."""
        if state.previous == LISTEN and state.intent is not None:
            return f"intent={state.intent}" in self.features.parts
        return f"after={state.previous}" in self.features.parts or bool(self.features.words)

    def _prediction(self, tracker: Tracker, states: Sequence[State], *, end_to_end: bool) -> PolicyPrediction:
        probabilities = self.probabilities(states)
        return PolicyPrediction(
            policy=self.name,
            priority=self.priority,
            scores=dict(zip(self.actions, probabilities.tolist(), strict=True)),
            end_to_end=end_to_end,
            explain=lambda action: self._evidence(tracker, states, action),
        )

    def probabilities(self, states: Sequence[State]) -> NDArray[np.floating]:
        """(A,) of the actions after the last of these states.

        A text lends its probability to texts like it: what can be said in many ways is likelier than each of
        the ways.
        """
        found = softmax(self._scores(states))
        named = len(self.actions) - self.texts
        if self.texts < 2 or found.argmax() < named:
            return found
        spoken = found[named:]
        most = np.argpartition(-spoken, min(WEIGHED, self.texts) - 1)[:WEIGHED]
        vectors = self.net.arrays["kinds"][most].astype(np.float32)
        lent = np.exp((vectors @ vectors.T - 1) / SPREAD) @ spoken[most]
        found[named + most] = lent * spoken[most].sum() / lent.sum()
        return found

    def _evidence(self, tracker: Tracker, states: Sequence[State], action: str) -> list[Evidence]:
        others = what_if(states, tracker.domain, tracker.latest_message)
        learned = learned_evidence(action, self._reasons(states, action), others, self._choice)
        precedent = self.precedents.nearest(states, action)
        return [learned, precedent] if precedent else [learned]

    def _choice(self, states: Sequence[State]) -> str:
        return self.actions[int(self.probabilities(states).argmax())]

    def _reasons(self, states: Sequence[State], action: str, count: int = 3) -> list[str]:
        """The parts of the present state without which the action would score least."""
        turns = [self.features.rows_of(state) for state in states]
        number = self.actions.index(action)
        lost = {}
        for part in parts_of(states[-1]):
            if (row := self.features.parts.get(part)) is not None:
                left = turns[-1].without(row)
                lost[part] = float(self.net.scores([*turns[:-1], left])[number])
        return sorted(lost, key=lost.__getitem__)[:count]

    def save(self, folder: Path) -> None:
        content = {
            "name": self.name,
            "priority": self.priority,
            "max_history": self.max_history,
            "text_threshold": self.text_threshold,
            "reads_intents": self.reads_intents,
            "hidden": self.hidden.to_json(),
            "actions": list(self.actions),
            "texts": self.texts,
            "features": self.features.to_json(),
            "heads": self.net.heads,
        }
        (folder / "transformer.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        arrays: Mapping[str, NDArray[np.floating]] = self.net.arrays
        np.savez(folder / "transformer.npz", **dict(arrays))  # pyright: ignore[reportArgumentType]
        self.precedents.save(folder)

    @classmethod
    def load(cls, folder: Path) -> TransformerPolicy:
        data = json.loads((folder / "transformer.json").read_text("utf-8"))
        with np.load(folder / "transformer.npz", allow_pickle=False) as file:
            net = TurnNet({name: file[name] for name in file.files}, data.pop("heads"))
        data["hidden"] = RuleOnly.from_json(data["hidden"])
        data["features"] = TurnFeatures.from_json(data["features"])
        return cls(**data, net=net, precedents=Precedents.load(folder))
