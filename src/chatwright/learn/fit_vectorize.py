"""Learning which features there are and how much each tells about the class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from chatwright.learn.vectorize import Bag, SparseVector, Vectorizer

__all__ = ["MAX_FEATURES", "fit_vectorizer", "to_matrix"]

MAX_FEATURES = 60_000
"""Of one block; the most frequent are kept."""
MIN_WEIGHT = 0.05


def fit_vectorizer(bags: Sequence[Bag], labels: Sequence[str], block_weights: Sequence[float]) -> Vectorizer:
    """The vectorizer of labelled bags.

    A feature weighs 1 where it occurs with one class only and little where it occurs evenly with all:
    one minus the entropy of the class given the feature, relative to the highest possible (the
    "log-entropy" weighting of Dumais 1991, over classes instead of documents).
    """
    classes = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    vocabulary: list[dict[str, int]] = []
    weights: list[float] = []
    for block in range(len(block_weights)):
        counts: dict[str, Counter[int]] = {}
        for bag, label in zip(bags, labels, strict=True):
            for name in set(bag[block]):
                counts.setdefault(name, Counter())[classes[label]] += 1
        kept = sorted(counts, key=lambda name: (-counts[name].total(), name))[:MAX_FEATURES]
        start = len(weights)
        vocabulary.append({name: start + number for number, name in enumerate(kept)})
        weights += [_weight(counts[name], len(classes)) for name in kept]
    return Vectorizer(vocabulary, np.array(weights, np.float32), tuple(block_weights))


def _weight(counts: Counter[int], classes: int) -> float:
    if classes < 2 or len(counts) < 2:
        return 1.0
    shares = np.array(list(counts.values()), float) / counts.total()
    return max(MIN_WEIGHT, float(1.0 + (shares * np.log(shares)).sum() / np.log(classes)))


def to_matrix(vectors: Sequence[SparseVector], size: int) -> Any:
    """Vectors as the rows of a ``scipy.sparse.csr_matrix`` (N, F)."""
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(vector.indices) for vector in vectors)])
    indices = np.concatenate([np.zeros(0, np.int32), *(vector.indices for vector in vectors)])
    values = np.concatenate([np.zeros(0, np.float32), *(vector.values for vector in vectors)])
    return csr_matrix((values, indices, ends), shape=(len(vectors), size))
