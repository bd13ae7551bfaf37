"""A linear-chain conditional random field (Lafferty et al. 2001): decoding, in numpy.

Scores of labels at each place come from elsewhere (a net); what may follow what is learnt or forbidden here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORBIDDEN", "Chain", "bilou_rules"]

FORBIDDEN = -1e4
"""Score of a step that may not be; finite, so that sums stay numbers."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Scores of steps between the ``L`` labels of a sequence."""

    steps: NDArray[np.float32]
    """(L, L) from row to column."""
    first: NDArray[np.float32]
    """(L,) of a label at the beginning."""
    last: NDArray[np.float32]
    """(L,) of a label at the end."""

    def best(self, scores: NDArray[np.float32]) -> list[int]:
        """The most probable sequence of labels (Viterbi).

        Args:
            scores: (T, L) of the labels at each place.
        """
        if not len(scores):
            return []
        total = self.first + scores[0]
        came_from = []
        for row in scores[1:]:
            ways = total[:, None] + self.steps  # (L, L)
            before = ways.argmax(0)
            came_from.append(before)
            total = ways[before, np.arange(len(total))] + row
        path = [int((total + self.last).argmax())]
        for before in reversed(came_from):
            path.append(int(before[path[-1]]))
        return path[::-1]

    def marginals(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """(T, L) probability of each label at each place, over all sequences (forward and backward)."""
        length = len(scores)
        if not length:
            return np.zeros_like(scores)
        peak = self.steps.max()
        weights = np.exp(self.steps - peak)  # (L, L)
        forward, backward = np.empty(scores.shape), np.empty(scores.shape)
        forward[0] = self.first + scores[0]
        for t in range(1, length):
            forward[t] = _through(forward[t - 1], weights) + scores[t]
        backward[-1] = self.last
        for t in range(length - 2, -1, -1):
            backward[t] = _through(backward[t + 1] + scores[t + 1], weights.T)
        both = forward + backward
        chances = np.exp(both - both.max(1, keepdims=True))
        return (chances / chances.sum(1, keepdims=True)).astype(np.float32)


def _through(logs: NDArray[np.floating], weights: NDArray[np.floating]) -> NDArray[np.floating]:
    """Logarithm of ``exp(logs) @ weights``, up to a constant."""
    peak = logs.max()
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(np.exp(logs - peak) @ weights), FORBIDDEN)


def bilou_rules(
    labels: Sequence[str],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which steps, first labels and last labels are allowed: ``B-x`` is followed by ``I-x`` or ``L-x``,
    ``U-x`` stands alone, ``O`` between.

    Args:
        labels: ``O``, and place and name of the others, such as ``B-city``.
    """
    places = np.array([label.partition("-")[0] for label in labels])
    names = np.array([label.partition("-")[2] for label in labels])
    opens = np.isin(places, ["B", "I"])  # an entity goes on behind such a label
    goes_on = np.isin(places, ["I", "L"])
    same = names[:, None] == names[None, :]
    steps = (opens[:, None] & goes_on[None, :] & same) | (~opens[:, None] & ~goes_on[None, :])
    return steps, ~goes_on, ~opens
