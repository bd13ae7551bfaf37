"""Training a ranker: maximum likelihood with Gaussian priors, by L-BFGS."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from chatwright.learn.ranker import Ranker, buckets

__all__ = ["Choice", "fit_ranker"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of the training data."""

    candidates: Sequence[Sequence[str]]
    """The features of each."""
    chosen: int | None
    """Number of the right one; None: none of them."""


def fit_ranker(
    choices: Iterable[Choice],
    *,
    bits: int = 18,
    penalty: float = 0.3,
    start: Ranker | None = None,
    iterations: int = 150,
) -> Ranker:
    """Learn the weights.

    Args:
        bits: the hash's length; 2^bits weights.
        penalty: of the squared distance of the weights from those of ``start`` (from 0 without it).
        start: a ranker with as many weights to begin and stay near.
    """
    indices = array("I")  # compact: there may be tens of millions
    ends, groups, chosen = [0], [], []
    count = 0
    for choice in choices:
        if not choice.candidates:
            continue
        for number, features in enumerate(choice.candidates):
            indices.extend(buckets(features, bits))
            ends.append(len(indices))
            groups.append(count)
            chosen.append(number == choice.chosen)
        count += 1
    prior = np.zeros(1 << bits) if start is None else start.weights.astype(np.float64)
    if not count:
        return Ranker(prior.astype(np.float32))
    used, columns = np.unique(np.frombuffer(indices, np.uint32), return_inverse=True)
    matrix = csr_matrix(
        (np.ones(len(indices), np.float32), columns.astype(np.int32), ends), shape=(len(groups), len(used))
    )
    transposed = matrix.T.tocsr()
    group, right = np.array(groups), np.array(chosen)
    anchor = prior[used]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = matrix @ weights
        top = np.zeros(count)
        np.maximum.at(top, group, scores)
        exponents = np.exp(scores - top[group])
        totals = np.exp(-top) + np.bincount(group, exponents, count)
        away = weights - anchor
        value = (np.log(totals) + top).sum() - scores[right].sum() + penalty / 2 * away @ away
        return value, transposed @ (exponents / totals[group] - right) + penalty * away

    found = minimize(loss, anchor.copy(), jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    prior[used] = found.x
    return Ranker(prior.astype(np.float32))
