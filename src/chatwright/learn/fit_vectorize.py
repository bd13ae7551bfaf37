"""Learning which features there are and how much each tells about the class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chatwright.learn.vectorize import Bag, SparseVector, Vectorizer

__all__ = ["MAX_FEATURES", "fit_vectorizer", "to_matrix"]

MAX_FEATURES = 60_000
"""Of one block; the most frequent are kept."""
MIN_WEIGHT = 0.05


def fit_vectorizer(
    bags: Sequence[Bag],
    labels: Sequence[str],
    block_weights: Sequence[float],
    *,
    dense: int = 0,
    dense_weight: float = 0.0,
) -> Vectorizer:
    """The vectorizer of labelled bags, and of ``dense`` elements beside them.

    A feature weighs 1 where it occurs with one class only and little where it occurs evenly with all:
    one minus the entropy of the class given the feature, relative to the highest possible (the
    "log-entropy" weighting of Dumais 1991, over classes instead of documents).
    """
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    classes = np.array([numbers[label] for label in labels], np.int64)
    vocabulary: list[dict[str, int]] = []
    weights = [np.zeros(0, np.float32)]
    start = 0
    for block in range(len(block_weights)):
        names, counts = _count([bag[block] for bag in bags], classes, len(numbers))
        totals = np.asarray(counts.sum(axis=1)).ravel()
        kept = sorted(range(len(names)), key=lambda i: (-totals[i], names[i]))[:MAX_FEATURES]
        vocabulary.append({names[i]: start + place for place, i in enumerate(kept)})
        weights.append(_weights(counts, totals)[kept])
        start += len(kept)
    return Vectorizer(vocabulary, np.concatenate(weights), tuple(block_weights), dense, dense_weight)


def _count(blocks: Sequence[Sequence[str]], classes: Any, class_count: int) -> tuple[list[str], Any]:
    """Names of features, and a sparse matrix of the examples of each class that each occurs in."""
    from scipy.sparse import csr_matrix

    index: dict[str, int] = {}
    rows = [[index.setdefault(name, len(index)) for name in sorted(set(block))] for block in blocks]
    features = np.array([feature for row in rows for feature in row], np.int64)
    owners = np.repeat(classes, [len(row) for row in rows])
    shape = (len(index), class_count)
    return list(index), csr_matrix((np.ones(len(features)), (features, owners)), shape=shape)


def _weights(counts: Any, totals: Any) -> Any:
    """(F,) one minus the relative entropy of the class."""
    if counts.shape[1] < 2 or not counts.shape[0]:
        return np.ones(counts.shape[0], np.float32)
    terms = counts.copy()
    shares = terms.data / np.repeat(totals, np.diff(terms.indptr))
    terms.data = -shares * np.log(shares)
    entropy = np.asarray(terms.sum(axis=1)).ravel() / np.log(counts.shape[1])
    return np.maximum(MIN_WEIGHT, 1.0 - entropy).astype(np.float32)


def to_matrix(vectors: Sequence[SparseVector], size: int) -> Any:
    """Vectors as the rows of a ``scipy.sparse.csr_matrix`` (N, F)."""
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(vector.indices) for vector in vectors)])
    indices = np.concatenate([np.zeros(0, np.int32), *(vector.indices for vector in vectors)])
    values = np.concatenate([np.zeros(0, np.float32), *(vector.values for vector in vectors)])
    return csr_matrix((values, indices, ends), shape=(len(vectors), size))
