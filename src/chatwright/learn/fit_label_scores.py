"""Training ``LabelScores``: a linear support vector machine a label, turned into probabilities.

Scores of held-out folds tell how sure each label may be (Platt 1999) and where its threshold lies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.fit_linear import one_thread
from chatwright.learn.fit_vectorize import to_matrix
from chatwright.learn.label_scores import BagVectorizer, LabelScores
from chatwright.learn.linear import LinearClassifier
from chatwright.learn.vectorize import Bag

__all__ = ["best_thresholds", "fit_bag_vectorizer", "fit_label_scores"]

FOLDS = 4
STRENGTH = 2.0
"""Inverse of the L2 penalty, chosen on validation parts of four Chinese sets of reviews and posts."""
MIN_COUNT = 2
"""A feature of a single text tells nothing about another."""
RARE = 4
"""A label with fewer examples on either side is not held out: its calibration is that of a wide margin."""
PLAIN = (2.0, 0.0)
"""Slope and offset of the log-odds where nothing can be held out."""


def fit_label_scores(
    bags: Sequence[Bag],
    targets: NDArray[np.float64],
    labels: Sequence[str],
    block_weights: Sequence[float],
    *,
    strength: float = STRENGTH,
    min_count: int = MIN_COUNT,
    seed: int = 0,
) -> tuple[LabelScores, NDArray[np.float64]]:
    """Train on bags of features.

    Args:
        bags: N of them.
        targets: (N, L) 1 where the label holds, else 0.
        labels: names of the L columns.
        block_weights: how much each block of features counts.
        strength: inverse of the L2 penalty.
        min_count: texts that a feature must occur in; 1 is a little better, and several times larger.

    Returns:
        The model, and (N, L) probabilities of every text from models that were trained without it.
    """
    vectorizer = fit_bag_vectorizer(bags, block_weights, min_count)
    matrix = to_matrix([vectorizer.transform(bag) for bag in bags], vectorizer.size)
    fold_of = np.random.default_rng(seed).permutation(len(bags)) % FOLDS
    train = partial(_machine, matrix, strength=strength, seed=seed)
    columns, biases = [], []
    held_out = np.zeros(targets.shape)
    with one_thread():
        for number in range(len(labels)):
            column, bias, held_out[:, number] = _fit_label(matrix, targets[:, number], fold_of, train)
            columns.append(column)
            biases.append(bias)
    size = vectorizer.size
    table = np.column_stack(columns) if columns else np.zeros((size, 0))
    classifier = LinearClassifier(table.astype(np.float16), np.array(biases, np.float32))
    return LabelScores(list(labels), vectorizer, classifier, best_thresholds(held_out, targets)), held_out


def fit_bag_vectorizer(bags: Sequence[Bag], block_weights: Sequence[float], min_count: int) -> BagVectorizer:
    """The features that occur in ``min_count`` bags, and their inverse document frequencies."""
    vocabulary: list[dict[str, int]] = []
    frequencies: list[float] = []
    for block in range(len(block_weights)):
        counts = Counter(name for bag in bags for name in set(bag[block]))
        kept = sorted((n for n, count in counts.items() if count >= min_count), key=lambda n: (-counts[n], n))
        start = len(frequencies)
        vocabulary.append({name: start + place for place, name in enumerate(kept)})
        frequencies += [1.0 + np.log((1 + len(bags)) / (1 + counts[name])) for name in kept]
    return BagVectorizer(vocabulary, np.array(frequencies, np.float32), tuple(block_weights))


def best_thresholds(
    chances: NDArray[np.floating], targets: NDArray[np.floating], default: float = 0.5
) -> list[float]:
    """For each label the threshold with the highest F1; ``default`` where the label never holds.

    Args:
        chances: (N, L) probabilities.
        targets: (N, L) 1 or 0.
    """
    found = []
    for column, wanted in zip(chances.T, targets.T, strict=True):
        order = np.argsort(-column, kind="stable")
        hits = np.cumsum(wanted[order])
        total = float(hits[-1]) if len(hits) else 0.0
        if not total:
            found.append(default)
            continue
        ranked = column[order]
        f1 = 2 * hits / (np.arange(1, len(hits) + 1) + total)
        f1[:-1][ranked[:-1] == ranked[1:]] = 0.0  # equal chances stand or fall together
        found.append(float(ranked[int(f1.argmax())]))
    return found


def _fit_label(
    matrix: Any,
    wanted: NDArray[np.float64],
    fold_of: NDArray[np.int64],
    train: Callable[[NDArray[np.float64], NDArray[np.int64]], tuple[NDArray[np.float64], float]],
) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Weights and bias of a label's log-odds, and (N,) its held-out probabilities."""
    if len(set(wanted)) < 2:
        chance = float(np.clip(wanted.mean(), 0.001, 0.999))
        constant = float(np.log(chance / (1 - chance)))
        return np.zeros(matrix.shape[1]), constant, np.full(len(wanted), chance)
    column, bias = train(wanted, np.arange(len(wanted)))
    scores = matrix @ column + bias
    slope, offset = PLAIN
    if min(np.bincount(wanted.astype(int))) >= RARE:
        for fold in range(FOLDS):
            part = np.flatnonzero(fold_of != fold)
            if len(set(wanted[part])) == 2:
                without, its_bias = train(wanted, part)
                rest = fold_of == fold
                scores[rest] = matrix[rest] @ without + its_bias
        slope, offset = _platt(scores, wanted)
    return slope * column, slope * bias + offset, 1.0 / (1.0 + np.exp(-(slope * scores + offset)))


def _machine(
    matrix: Any,
    wanted: NDArray[np.float64],
    rows: NDArray[np.int64],
    *,
    strength: float,
    seed: int,
) -> tuple[NDArray[np.float64], float]:
    """A linear support vector machine; the rarer side counts more, halfway to both being equal."""
    from sklearn.svm import LinearSVC

    sides = wanted[rows].astype(int)
    balance = np.sqrt(len(rows) / (2.0 * np.bincount(sides, minlength=2)))
    model = LinearSVC(C=strength, random_state=seed, tol=1e-3)
    model.fit(matrix[rows], sides, sample_weight=balance[sides])
    weights, bias = np.asarray(model.coef_), np.asarray(model.intercept_)
    return weights[0], float(bias[0])


def _platt(scores: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset that turn scores into log-odds (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=100.0).fit(scores[:, None], wanted.astype(int))
    return max(0.05, float(model.coef_[0, 0])), float(model.intercept_[0])
