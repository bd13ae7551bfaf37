"""Confident learning: which labels are probably wrong (Northcutt, Jiang and Chuang 2021, JAIR 70).

Small enough to have here; tests/doctor compares the joint and the findings with cleanlab's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["confident_joint", "label_issues"]

DOUBTFUL = 0.02
"""Of a label's average: an example that gets less for its own label is probably labelled wrongly."""

Chances = NDArray[np.float64]
Labels = NDArray[np.int64]


def confident_joint(given: Labels, chances: Chances) -> NDArray[np.float64]:
    """(K, K) estimated count of examples with given label i and true label j; rows sum to the given counts.

    An example counts as truly j where the probability of j reaches the average that examples labelled j get
    for j; the likeliest such j.

    Args:
        given: (N,) labels.
        chances: (N, K) out-of-fold probabilities.
    """
    kinds = chances.shape[1]
    totals = np.bincount(given, minlength=kinds)
    sums = np.bincount(given, weights=chances[np.arange(len(given)), given], minlength=kinds)
    thresholds = np.where(totals > 0, sums / np.maximum(totals, 1), np.inf)
    reached = chances >= thresholds - 1e-6
    likely = np.where(reached, chances, -1.0).argmax(axis=1)
    counted = reached.any(axis=1)
    joint = np.zeros((kinds, kinds))
    np.add.at(joint, (given[counted], likely[counted]), 1.0)
    np.fill_diagonal(joint, np.maximum(joint.diagonal(), 1.0))
    return joint * (totals / joint.sum(axis=1))[:, None]


def label_issues(given: Labels, chances: Chances) -> NDArray[np.int64]:
    """Numbers of the examples whose label is probably wrong, the surest first.

    As many as the joint says at most, those whose own label is the least likely ("self-confidence"); only
    where that is a small part of what the label's examples get on average, so that hard examples are not
    accused. (cleanlab takes the widest margins of each pair of labels, which finds fewer and accuses more:
    benchmarks/suggest.py.)
    """
    if not len(given):
        return np.zeros(0, np.int64)
    joint = confident_joint(given, chances)
    expected = int(np.ceil(joint.sum() - joint.trace()))
    totals = np.bincount(given, minlength=chances.shape[1])
    own = chances[np.arange(len(given)), given]
    usual = np.bincount(given, weights=own, minlength=chances.shape[1]) / np.maximum(totals, 1)
    wrong = (chances.argmax(axis=1) != given) & (own < DOUBTFUL * usual[given])
    order = np.argsort(own, kind="stable")
    return order[wrong[order]][:expected]
