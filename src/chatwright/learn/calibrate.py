"""Scores → honest probabilities: a temperature, and a gate for what is none of the known classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.linear import softmax

__all__ = ["Calibration", "best_chance", "gate_features"]

MAX_LOGIT = 8.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """``P(class) = P(known | signs) · softmax(scores / temperature)``."""

    temperature: float
    """Guo et al. 2017, "On calibration of modern neural networks"."""
    gate: Sequence[float]
    """Weights of a logistic regression: bias, log-odds of the best class, then one for each sign."""

    def probabilities(self, scores: NDArray[np.floating], signs: Sequence[float]) -> NDArray[np.floating]:
        """(C,) probabilities; they sum to the probability that the input is one of the classes at all.

        Args:
            scores: (C,) scores of the classifier.
            signs: how familiar the input looks, each 0 to 1 (similarity, coverage …).
        """
        chances = softmax(scores, self.temperature)
        return chances * self.known(best_chance(chances), signs)

    def known(self, best: float, signs: Sequence[float]) -> float:
        """Probability that the input is of a known class, given the best class's probability."""
        value = float(np.dot(self.gate, gate_features(best, signs)))
        return 1.0 / (1.0 + float(np.exp(-value)))

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"temperature": self.temperature, "gate": list(self.gate)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Calibration:
        """The inverse of ``to_json``."""
        return cls(data["temperature"], tuple(data["gate"]))


def best_chance(chances: NDArray[np.floating]) -> float:
    """Probability of the best class; a class without rivals tells nothing, as an even chance would."""
    return float(chances.max()) if len(chances) > 1 else 0.5


def gate_features(best: float, signs: Sequence[float]) -> list[float]:
    """Inputs of the gate's regression."""
    odds = np.log(max(best, 1e-9) / max(1.0 - best, 1e-9))
    return [1.0, float(np.clip(odds, -MAX_LOGIT, MAX_LOGIT)) / MAX_LOGIT, *signs]
