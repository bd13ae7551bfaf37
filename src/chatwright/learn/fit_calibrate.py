"""Learning temperature and gate from held-out scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.calibrate import gate_features
from chatwright.learn.linear import softmax

__all__ = ["calibration_error", "fit_gate", "fit_temperature"]

TEMPERATURES = np.geomspace(0.05, 3.0, 60)


def calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int = 15) -> float:
    """Mean distance, 0 to 1, of confidence and accuracy over bins of equal width (Guo et al. 2017)."""
    sure, was_right = np.array(confidence, float), np.array(right, float)
    which = np.minimum((sure * bins).astype(int), bins - 1)
    chosen = [which == number for number in range(bins) if (which == number).any()]
    return float(sum(abs(sure[at].mean() - was_right[at].mean()) * at.mean() for at in chosen))


def fit_temperature(
    scores: Sequence[NDArray[np.floating]], labels: Sequence[int], *, default: float
) -> float:
    """The temperature that makes held-out labels most likely; ``default`` without any.

    ``default`` counts as a few more examples, so that three lucky ones do not make a sharp classifier.
    """
    if not scores:
        return default
    losses = []
    for temperature in TEMPERATURES:
        chances = [softmax(s, temperature)[label] for s, label in zip(scores, labels, strict=True)]
        losses.append(
            -float(np.log(np.maximum(chances, 1e-12)).sum()) + 2 * np.log(temperature / default) ** 2
        )
    return float(TEMPERATURES[int(np.argmin(losses))])


def fit_gate(
    best: Sequence[float],
    signs: Sequence[Sequence[float]],
    known: Sequence[bool],
    *,
    prior: Sequence[float],
    share_known: float,
    penalty: float = 10.0,
) -> tuple[float, ...]:
    """Logistic regression of "is of a known class" by Newton's method.

    Args:
        best: probability of the best class, example by example.
        signs: familiarity of each example.
        known: whether its class was trained on.
        prior: weights to stay near when there are few examples.
        share_known: how common known classes are among real messages.
        penalty: strength of the prior, in examples.
    """
    weights = np.array(prior, float)
    if not len(best):
        return tuple(weights)
    inputs = np.array([gate_features(b, s) for b, s in zip(best, signs, strict=True)])  # (N, D)
    targets = np.array(known, float)
    shares = np.where(targets == 1, share_known / max(targets.mean(), 1e-9), 0.0)
    shares += np.where(targets == 0, (1 - share_known) / max(1 - targets.mean(), 1e-9), 0.0)

    def loss(at: NDArray[np.floating]) -> float:
        logits = inputs @ at
        return float(
            (shares * (np.logaddexp(0, logits) - targets * logits)).sum()
            + penalty / 2 * ((at - prior) ** 2).sum()
        )

    for _ in range(50):
        chances = 1 / (1 + np.exp(-np.clip(inputs @ weights, -50, 50)))
        slope = inputs.T @ (shares * (chances - targets)) + penalty * (weights - prior)
        curve = (inputs * (shares * chances * (1 - chances))[:, None]).T @ inputs
        step = np.linalg.solve(curve + penalty * np.eye(len(weights)), slope)
        while loss(weights - step) > loss(weights) and np.abs(step).max() > 1e-9:
            step = step / 2  # a full step may jump past the valley
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return tuple(float(weight) for weight in weights)
