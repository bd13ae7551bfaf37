"""The deep learned policy: a small Transformer over the last states, which runs in numpy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.evidence import learned_evidence
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

Array = NDArray[np.floating]

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
        """Probabilities of the actions and of the likeliest bot texts of the stories.

        Where both the intent and the words of a message may be read, the words must be surer than
        ``text_threshold`` and fit better than the intent does, as in Rasa's TEDPolicy.
        """
        states = learned_states(tracker, self.hidden, self.max_history)
        if not states:
            return PolicyPrediction(policy=self.name, priority=self.priority)
        known = self._scores(states) if self._knows(states[-1]) else None
        worded = self._worded(tracker, states)
        if worded is not None:
            scores = self._scores(worded)
            found = self._prediction(tracker, worded, scores, end_to_end=True)
            sure = found.confidence > self.text_threshold and (known is None or scores.max() > known.max())
            if sure or not self.reads_intents:
                return found
        if known is None:
            return PolicyPrediction(policy=self.name, priority=self.priority)
        return self._prediction(tracker, states, known, end_to_end=False)

    def _knows(self, state: State) -> bool:
        """Whether some story shows such a message or action; of others nothing was learned."""
        if state.previous == LISTEN and state.intent is not None:
            return f"intent={state.intent}" in self.features.parts
        return f"after={state.previous}" in self.features.parts or bool(self.features.words)

    def _worded(self, tracker: Tracker, states: Sequence[State]) -> Sequence[State] | None:
        """The states with a message just heard as text, where stories have texts."""
        if not self.features.words or tracker.latest_action_name != LISTEN:
            return None
        last = self.hidden.hidden_from(tracker.state(as_text=True))
        return None if last.text is None else [*states[:-1], last]

    def _prediction(
        self, tracker: Tracker, states: Sequence[State], scores: Array, *, end_to_end: bool
    ) -> PolicyPrediction:
        return PolicyPrediction(
            policy=self.name,
            priority=self.priority,
            scores=self._probabilities(scores),
            end_to_end=end_to_end,
            explain=lambda action: self._evidence(tracker, states, action),
        )

    def _vectors(self, states: Sequence[State]) -> Array:
        """(T, D)"""
        return np.stack([self.net.state(self.features.rows_of(state)) for state in states])

    def _scores(self, states: Sequence[State]) -> Array:
        """(A,)"""
        return self.net.scores(self._vectors(states))

    def _probabilities(self, scores: Array) -> dict[str, float]:
        """Of the named actions and of the likeliest texts.

        A text lends its probability to texts like it: what can be said in many ways is likelier than each of
        the ways.
        """
        found = softmax(scores)
        named = len(self.actions) - self.texts
        out = dict(zip(self.actions[:named], found[:named].tolist(), strict=True))
        spoken = found[named:]
        if not self.texts:
            return out
        most = np.argpartition(-spoken, min(WEIGHED, self.texts) - 1)[:WEIGHED]
        kinds = self.net.arrays["kinds"][most].astype(np.float32)
        lent = np.exp((kinds @ kinds.T - 1) / SPREAD) @ spoken[most]
        shared = (lent * spoken[most].sum() / lent.sum()).tolist()
        return out | {self.actions[named + int(n)]: share for n, share in zip(most, shared, strict=True)}

    def _evidence(self, tracker: Tracker, states: Sequence[State], action: str) -> list[Evidence]:
        return learned_evidence(
            tracker,
            states,
            action,
            reasons=self._reasons(states, action),
            choose=self._choices,
            precedents=self.precedents,
        )

    def _choices(self, talks: Sequence[Sequence[State]]) -> list[str]:
        """The best action of each; those of equal length go through the net together."""
        vectors = dict(
            zip(known := {s for talk in talks for s in talk}, self._vectors(list(known)), strict=True)
        )
        found: dict[int, str] = {}
        for length in {len(talk) for talk in talks}:
            numbers = [number for number, talk in enumerate(talks) if len(talk) == length]
            batch = np.array([[vectors[state] for state in talks[number]] for number in numbers])
            for number, scores in zip(numbers, self.net.scores(batch), strict=True):
                probabilities = self._probabilities(scores)
                found[number] = max(probabilities, key=probabilities.__getitem__)
        return [found[number] for number in range(len(talks))]

    def _reasons(self, states: Sequence[State], action: str, count: int = 3) -> list[str]:
        """The parts of the present state without which the action would score least."""
        parts = [part for part in parts_of(states[-1]) if part in self.features.parts]
        if not parts:
            return []
        talks = np.repeat(self._vectors(states)[None], len(parts), axis=0)
        talks[:, -1] -= self.net.arrays["parts.weight"][[self.features.parts[part] for part in parts]]
        left = self.net.scores(talks)[:, self.actions.index(action)]
        return [parts[number] for number in left.argsort(kind="stable")[:count]]

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
        arrays: Mapping[str, Array] = self.net.arrays
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
