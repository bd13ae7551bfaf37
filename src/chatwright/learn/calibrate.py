"""Scores → honest probabilities: a temperature, and a gate for what is none of the known classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.linear import softmax

__all__ = ["Calibration", "Split", "gate_features", "split_chances"]

MAX_LOGIT = 8.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """``P(class) = P(known | signs) · softmax(scores / temperature)``.

    Where a class stands for everything else, its probability is ``1 - P(known)``.
    """

    temperature: float
    """Guo et al. 2017, "On calibration of modern neural networks"."""
    gate: Sequence[float]
    """Weights of a logistic regression: bias, log-odds of the best class, share of the class that stands for
    everything else, then one for each sign."""
    foreign: int | None = None
    """Number of the class that stands for everything else."""
    held_out: int = 0
    """Examples that it was learnt from, which the classifier had not seen."""
    error: float = 0.0
    """Mean distance of confidence and accuracy on those."""

    def probabilities(self, scores: NDArray[np.floating], signs: Sequence[float]) -> NDArray[np.floating]:
        """(C,) probabilities; without a class for everything else they sum to the probability that the
        input is of a class at all, with one to 1.

        Args:
            scores: (C,) scores of the classifier.
            signs: how familiar the input looks, each 0 to 1 (similarity, coverage …).
        """
        split = split_chances(scores, self.temperature, self.foreign)
        known = self.known(split.best, (split.foreign, *signs))
        chances = split.chances * known
        if self.foreign is not None:
            chances[self.foreign] = 1.0 - known
        return chances

    def known(self, best: float, signs: Sequence[float]) -> float:
        """Probability that the input is of a known class, given the best class's probability."""
        value = float(np.dot(self.gate, gate_features(best, signs)))
        return 1.0 / (1.0 + float(np.exp(-value)))

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "temperature": self.temperature,
            "gate": list(self.gate),
            "foreign": self.foreign,
            "held_out": self.held_out,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Calibration:
        """The inverse of ``to_json``."""
        return cls(**{**data, "gate": tuple(data["gate"])})


@dataclass(frozen=True, slots=True)
class Split:
    """Chances of the classes among themselves, and of the class for everything else against all."""

    chances: NDArray[np.floating]
    """(C,) sum to 1; 0 for the class for everything else."""
    best: float
    """Of the best class; a class without rivals tells nothing, as an even chance would."""
    foreign: float
    """0 without such a class."""


def split_chances(scores: NDArray[np.floating], temperature: float, foreign: int | None) -> Split:
    """Probabilities of ``scores`` (C,), those of the class ``foreign`` apart."""
    chances = softmax(scores, temperature)
    share = 0.0
    if foreign is not None:
        share = float(chances[foreign])
        chances[foreign] = 0.0
        chances = chances / max(float(chances.sum()), 1e-12)
    rivals = len(chances) - (foreign is not None) > 1
    return Split(chances, float(chances.max()) if rivals else 0.5, share)


def gate_features(best: float, signs: Sequence[float]) -> list[float]:
    """Inputs of the gate's regression."""
    odds = np.log(max(best, 1e-9) / max(1.0 - best, 1e-9))
    return [1.0, float(np.clip(odds, -MAX_LOGIT, MAX_LOGIT)) / MAX_LOGIT, *signs]
