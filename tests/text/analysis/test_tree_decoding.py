"""The best tree is the one that trying all trees finds."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwright.text.analysis.tree_decoding import best_tree


def is_tree(heads: tuple[int, ...]) -> bool:
    if heads.count(-1) != 1:
        return False
    for node in range(len(heads)):
        for _ in heads:
            node = heads[node] if node >= 0 else node
        if node >= 0:
            return False
    return True


def total(scores: np.ndarray, heads: tuple[int, ...]) -> float:
    return sum(scores[word, head + 1] for word, head in enumerate(heads))


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 5), st.integers(0, 2**32 - 1), st.sampled_from([1.0, 50.0]))
def test_best_of_all_trees(size: int, seed: int, spread: float) -> None:
    scores = np.random.default_rng(seed).normal(0, spread, (size, size + 1)).astype(np.float32)
    every = [heads for heads in product(range(-1, size), repeat=size) if is_tree(heads)]
    expected = max(total(scores, heads) for heads in every)
    found = tuple(best_tree(scores))
    assert is_tree(found)
    assert total(scores, found) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("size", [0, 1, 60, 150])
def test_long_sentences(size: int) -> None:
    scores = np.random.default_rng(size).normal(0, 1, (size, size + 1))
    found = best_tree(scores)
    assert len(found) == size
    assert size == 0 or is_tree(tuple(found))


def test_equal_scores() -> None:
    assert is_tree(tuple(best_tree(np.zeros((7, 8), np.float32))))
