"""Training the linear model over the last states (scikit-learn)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chatwright.dialogue.policies.state_model import StateModel, state_features
from chatwright.dialogue.states import State

__all__ = ["Sample", "fit_state_model"]

Sample = tuple[tuple[State, ...], str]
"""The last states, and what is right then."""
REGULARISATION = 10.0


def fit_state_model(samples: Sequence[Sample], seed: int) -> StateModel:
    """Multinomial logistic regression; nothing is learned from fewer than two labels."""
    labels = sorted({label for _, label in samples})
    if len(labels) < 2:
        return StateModel(
            labels, {}, np.zeros((0, len(labels)), np.float32), np.zeros(len(labels), np.float32)
        )
    rows = [list(state_features(states)) for states, _ in samples]
    names = sorted({name for row in rows for name, _ in row})
    features = {name: number for number, name in enumerate(names)}
    weights, bias = _solve(rows, [label for _, label in samples], features, seed)
    return StateModel(labels, features, weights, bias)


def _solve(
    rows: Sequence[Sequence[tuple[str, float]]], labels: Sequence[str], features: dict[str, int], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """(F, L) and (L,); the labels in sorted order, as scikit-learn has them."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    columns = np.array([features[name] for row in rows for name, _ in row], np.int32)
    values = np.array([value for row in rows for _, value in row], np.float32)
    ends = np.cumsum([0, *map(len, rows)])
    matrix = csr_matrix((values, columns, ends), shape=(len(rows), len(features)))
    model = LogisticRegression(C=REGULARISATION, max_iter=400, random_state=seed)
    model.fit(matrix, labels)
    weights, bias = np.asarray(model.coef_.T, np.float32), np.asarray(model.intercept_, np.float32)
    if weights.shape[1] == 1:  # scikit-learn keeps one column for two labels
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    return weights, bias
