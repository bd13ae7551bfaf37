"""A linear model over the last states: what the light policies decide with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatwright.dialogue.policies.features import parts_of
from chatwright.dialogue.policies.precedents import FADING
from chatwright.dialogue.states import State

__all__ = ["StateModel", "state_features"]


def state_features(states: Sequence[State]) -> Iterator[tuple[str, float]]:
    """Names and values of the active features of a sequence of states, the present one last.

    What lies further back is worth less, so that the present message decides where stories do not show the
    order of things.
    """
    for ago, state in enumerate(reversed(states)):
        parts = list(parts_of(state))
        yield from ((f"{ago}:{part}", FADING**ago) for part in parts)
        if ago == 0:
            for number, first in enumerate(parts):
                yield from ((f"0:{first}&{second}", 1.0) for second in parts[number + 1 :])


@dataclass(slots=True)
class StateModel:
    """Multinomial logistic regression."""

    labels: Sequence[str] = ()
    features: Mapping[str, int] = field(default_factory=dict)
    weights: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """(F, L): features by labels."""
    bias: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    def scores(self, states: Sequence[State]) -> NDArray[np.float32]:
        """(L,)"""
        _, shares = self._shares(states)
        return shares.sum(axis=0) + self.bias

    def reasons(self, states: Sequence[State], label: str, count: int = 3) -> list[str]:
        """Parts of the states, and pairs of parts, that speak most for a label."""
        names, shares = self._shares(states)
        order = np.argsort(-shares[:, self.labels.index(label)], kind="stable")[:count]
        return [names[number].split(":", 1)[1] for number in order]

    def _shares(self, states: Sequence[State]) -> tuple[list[str], NDArray[np.float32]]:
        """The K known features, and (K, L) what each adds to each score."""
        known = [feature for feature in state_features(states) if feature[0] in self.features]
        rows = [self.features[name] for name, _ in known]
        values = np.array([value for _, value in known], np.float32)
        return [name for name, _ in known], self.weights[rows] * values[:, None]

    def knows(self, part: str) -> bool:
        """Whether some training conversation shows this part in its present state."""
        return f"0:{part}" in self.features

    def save(self, folder: Path, name: str = "model") -> None:
        """Write ``<name>.json`` and ``<name>.npz``."""
        content = {"labels": list(self.labels), "features": list(self.features)}
        (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        np.savez(folder / f"{name}.npz", weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, folder: Path, name: str = "model") -> StateModel:
        """The inverse of ``save``."""
        content = json.loads((folder / f"{name}.json").read_text("utf-8"))
        features = {feature: number for number, feature in enumerate(content["features"])}
        with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
            return cls(content["labels"], features, arrays["weights"], arrays["bias"])
