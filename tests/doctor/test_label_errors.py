"""Confident learning beside cleanlab, and on what it must not accuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwright.doctor.label_errors import confident_joint, label_issues


def predictions(seed: int, kinds: int = 6, count: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels of which a twentieth is wrong, chances of a classifier that is right most of the time, and
    which labels are wrong."""
    draws = np.random.default_rng(seed)
    true = draws.integers(0, kinds, count)
    scores = draws.normal(0, 1, (count, kinds))
    scores[np.arange(count), true] += draws.normal(6, 2.5, count)
    chances = np.exp(scores)
    chances /= chances.sum(axis=1, keepdims=True)
    labels = true.copy()
    wrong = draws.permutation(count)[: count // 20]
    labels[wrong] = (true[wrong] + draws.integers(1, kinds, len(wrong))) % kinds
    return labels, chances, labels != true


@pytest.mark.parametrize("seed", range(5))
def test_the_joint_is_that_of_cleanlab(seed: int) -> None:
    count = pytest.importorskip("cleanlab.count")
    labels, chances, _ = predictions(seed)
    theirs = count.compute_confident_joint(labels, chances, calibrate=False)
    totals = theirs.sum(axis=1)
    expected = theirs * (np.bincount(labels) / totals)[:, None]
    assert np.allclose(confident_joint(labels, chances), expected)


def test_more_of_the_accused_are_wrong_than_with_cleanlab() -> None:
    cleanlab = pytest.importorskip("cleanlab.filter")
    ours, theirs = [], []
    for seed in range(5):
        labels, chances, wrong = predictions(seed)
        k = wrong.sum()
        found = label_issues(labels, chances)
        by_cleanlab = cleanlab.find_label_issues(
            labels, chances, return_indices_ranked_by="self_confidence", n_jobs=1
        )
        ours.append(wrong[found].mean())
        theirs.append(wrong[by_cleanlab].mean())
        assert wrong[found[:k]].sum() >= 0.7 * k
    assert np.mean(ours) >= np.mean(theirs)


def test_right_labels_are_not_accused() -> None:
    labels = np.repeat(np.arange(4), 10)
    chances = np.full((40, 4), 0.02)
    chances[np.arange(40), labels] = 0.94
    assert len(label_issues(labels, chances)) == 0
    assert len(label_issues(np.zeros(0, int), np.zeros((0, 4)))) == 0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.integers(1, 60))
def test_what_is_accused_is_never_the_likeliest_label(seed: int, kinds: int, count: int) -> None:
    draws = np.random.default_rng(seed)
    chances = draws.dirichlet(np.full(kinds, 0.3), count)
    labels = draws.integers(0, kinds, count)
    joint = confident_joint(labels, chances)
    assert np.allclose(joint.sum(axis=1), np.bincount(labels, minlength=kinds))
    found = label_issues(labels, chances)
    assert len(set(found.tolist())) == len(found)
    assert all(chances[row].argmax() != labels[row] for row in found)
