"""Training linear classifiers (scikit-learn)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from chatwright.learn.linear import LinearClassifier

__all__ = ["fit_linear", "one_thread"]

SMALL = 4000
"""Up to so many examples the regression is solved exactly in the space of the examples."""
REGULARISATION = 10.0
MARGIN_COST = 2.0
"""Of the support vector machines; of 1, 2 and 4 the best on validation parts of ATIS, HWU64, BANKING77."""
JOINT_COST = 2.0
"""Of the machine that separates all classes at once; of 0.5, 1, 2 and 4 the best, beside the others, in four
folds of BANKING77 and of HWU64."""
JITTER = 1e-5


def one_thread() -> AbstractContextManager[Any]:
    """Linear algebra in one thread, while it is entered.

    Several threads wait for one another longer than they work here, above all on a busy machine, and
    their sums would differ from run to run.
    """
    import sklearn.linear_model  # noqa: F401 (only libraries that are loaded already are limited)
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def fit_linear(
    matrix: Any,
    labels: Sequence[int],
    classes: int,
    *,
    strength: float = REGULARISATION,
    seed: int = 0,
    whole: int | None = None,
    dense: int = 0,
) -> LinearClassifier:
    """Multinomial logistic regression, or linear support vector machines where there is a lot of data.

    The weights of a feature sum to 0 over the classes, so that each says what it does for its class.

    Args:
        matrix: (N, F) sparse rows of length 1.
        labels: class number of each row, 0 to ``classes`` - 1, each occurring.
        strength: inverse of the L2 penalty.
        whole: number of examples that these are a part of, such as a fold. It decides on the method, so that
            scores of the parts can stand for those of the whole.
        dense: so many columns at the end have hardly a zero.
    """
    features = matrix.shape[1]
    if classes < 2:
        return LinearClassifier(np.zeros((features, classes), np.float16), np.zeros(classes, np.float32))
    if (whole or matrix.shape[0]) <= SMALL:
        weights, bias = _regression(matrix, _gram(matrix, dense), np.asarray(labels), strength)
    else:
        weights, bias = _machines(matrix, np.asarray(labels), seed)
    if classes == 2:  # scikit-learn keeps one column for two classes
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    weights, bias = weights - weights.mean(axis=1, keepdims=True), bias - bias.mean()
    return LinearClassifier(weights.astype(np.float16), bias.astype(np.float32))


def _gram(matrix: Any, dense: int) -> Any:
    """(N, N) products of the rows; those of the dense columns are much quicker as plain arrays."""
    split = matrix.shape[1] - dense
    gram = (matrix[:, :split] @ matrix[:, :split].T).toarray().astype(np.float64)
    if dense:
        columns = matrix[:, split:].toarray()
        gram += columns @ columns.T
    return gram


def _regression(matrix: Any, gram: Any, labels: Any, strength: float) -> tuple[Any, Any]:
    """By the representer theorem the weights are a mixture of the N examples, so that N instead of F
    unknowns a class are enough: with K = X Xᵀ = L Lᵀ, regression on L has the same solution."""
    from sklearn.linear_model import LogisticRegression

    root = np.linalg.cholesky(gram + JITTER * np.eye(len(gram)))
    model = LogisticRegression(C=strength, max_iter=400, tol=1e-3, class_weight=_class_weights(labels))
    model.fit(root.astype(np.float32), labels)
    mixture = np.linalg.solve(root.T, model.coef_.T)
    return matrix.T @ mixture, model.intercept_


def _class_weights(labels: Any) -> dict[int, float]:
    """Halfway to equal classes: an intent with many examples is not that much likelier for it."""
    counts = np.bincount(labels)
    return {number: float(np.sqrt(counts.mean() / max(count, 1))) for number, count in enumerate(counts)}


def _machines(matrix: Any, labels: Any, seed: int) -> tuple[Any, Any]:
    """Two that err in different places, in equal shares: one machine a class (LIBLINEAR's L2 loss), and all
    classes in one problem (Crammer and Singer 2001)."""
    from sklearn.svm import LinearSVC

    apart = LinearSVC(C=MARGIN_COST, random_state=seed, tol=1e-3)
    together = LinearSVC(C=JOINT_COST, multi_class="crammer_singer", random_state=seed, tol=0.1)
    apart.fit(matrix, labels)
    together.fit(matrix, labels)
    # On the scale of the first, for which the range of temperatures is made.
    share = np.linalg.norm(apart.coef_) / (np.linalg.norm(together.coef_) or 1.0)
    weights = (apart.coef_ + share * together.coef_).T / 2
    return weights, (apart.intercept_ + share * together.intercept_) / 2
