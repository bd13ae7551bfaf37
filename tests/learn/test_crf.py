"""Decoding against all sequences there are."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatwright.learn.crf import FORBIDDEN, Chain, bilou_rules

LABELS = ["O", "B-a", "I-a", "L-a", "U-a", "B-b", "L-b"]


@st.composite
def chains(draw: st.DrawFn) -> tuple[Chain, np.ndarray]:
    """A chain of two to four labels and the scores of up to five places."""
    count, length = draw(st.integers(2, 4)), draw(st.integers(1, 5))
    chance = np.random.default_rng(draw(st.integers(0, 10_000)))
    scale = draw(st.sampled_from([0.1, 1.0, 5.0]))
    make = lambda *shape: (scale * chance.standard_normal(shape)).astype(np.float32)  # noqa: E731
    chain = Chain(make(count, count), make(count), make(count))
    if draw(st.booleans()):
        chain.steps[0, 1] = FORBIDDEN
    return chain, make(length, count)


def score(chain: Chain, scores: np.ndarray, path: tuple[int, ...]) -> float:
    steps = sum(float(chain.steps[a, b]) for a, b in itertools.pairwise(path))
    return float(
        chain.first[path[0]] + chain.last[path[-1]] + steps + sum(scores[t, y] for t, y in enumerate(path))
    )


@given(chains())
def test_the_best_path_is_the_best_of_all(case: tuple[Chain, np.ndarray]) -> None:
    chain, scores = case
    paths = itertools.product(range(scores.shape[1]), repeat=len(scores))
    best = max(score(chain, scores, path) for path in paths)
    assert np.isclose(score(chain, scores, tuple(chain.best(scores))), best, atol=1e-3)


@given(chains())
def test_marginals_are_sums_over_all_paths(case: tuple[Chain, np.ndarray]) -> None:
    chain, scores = case
    paths = list(itertools.product(range(scores.shape[1]), repeat=len(scores)))
    logs = np.array([score(chain, scores, path) for path in paths])
    weights = np.exp(logs - logs.max())
    wanted = np.zeros(scores.shape)
    for path, weight in zip(paths, weights, strict=True):
        wanted[np.arange(len(path)), path] += weight
    assert np.allclose(chain.marginals(scores), wanted / weights.sum(), atol=1e-4)


@given(st.integers(1, 12), st.integers(0, 10_000))
def test_rules_are_never_broken(length: int, seed: int) -> None:
    steps, first, last = bilou_rules(LABELS)
    ban = lambda allowed: np.where(allowed, 0, FORBIDDEN).astype(np.float32)  # noqa: E731
    chain = Chain(ban(steps), ban(first), ban(last))
    scores = 10 * np.random.default_rng(seed).standard_normal((length, len(LABELS))).astype(np.float32)
    path = chain.best(scores)
    assert first[path[0]]
    assert last[path[-1]]
    assert all(steps[a, b] for a, b in itertools.pairwise(path))


def test_rules_of_bilou() -> None:
    steps, first, last = bilou_rules(LABELS)
    allowed = {(LABELS[a], LABELS[b]) for a, b in zip(*np.nonzero(steps), strict=True)}
    assert ("B-a", "L-a") in allowed
    assert ("B-a", "I-a") in allowed
    assert ("L-a", "U-a") in allowed
    assert ("B-a", "L-b") not in allowed
    assert ("B-a", "O") not in allowed
    assert ("O", "I-a") not in allowed
    assert [label for label, ok in zip(LABELS, first, strict=True) if ok] == ["O", "B-a", "U-a", "B-b"]
    assert [label for label, ok in zip(LABELS, last, strict=True) if ok] == ["O", "L-a", "U-a", "L-b"]


def test_nothing_is_no_error() -> None:
    chain = Chain(np.zeros((2, 2), np.float32), np.zeros(2, np.float32), np.zeros(2, np.float32))
    empty = np.zeros((0, 2), np.float32)
    assert chain.best(empty) == []
    assert chain.marginals(empty).shape == (0, 2)
