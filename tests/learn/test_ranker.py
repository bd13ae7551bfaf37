"""Choosing among candidates by named features."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatwright.learn.fit_ranker import Choice, fit_ranker
from chatwright.learn.ranker import Ranker, buckets

CHOICES = [
    *[Choice([["colour red", "wanted"], ["colour blue"]], 0)] * 5,
    *[Choice([["colour red"], ["colour blue", "wanted"]], 1)] * 5,
    *[Choice([["colour red"], ["colour blue"]], None)] * 5,
]


def test_it_learns_what_speaks_for_a_candidate_and_when_none_fits() -> None:
    ranker = fit_ranker(CHOICES, bits=12, penalty=0.01)
    assert ranker.probabilities([["colour green", "wanted"], ["colour red"]]).argmax() == 0
    assert ranker.probabilities([["colour red"], ["colour blue"]]).argmax() == 2


def test_probabilities_are_those_of_the_training_data() -> None:
    """With a constant feature alone, maximum likelihood gives the observed share."""
    choices = [Choice([["any"]], 0)] * 3 + [Choice([["any"]], None)]
    ranker = fit_ranker(choices, bits=8, penalty=1e-6)
    np.testing.assert_allclose(ranker.probabilities([["any"]]), [0.75, 0.25], atol=0.01)


def test_without_data_it_stays_where_it_began() -> None:
    start = fit_ranker(CHOICES, bits=12, penalty=0.01)
    assert np.array_equal(fit_ranker([], bits=12, start=start).weights, start.weights)
    near = fit_ranker(CHOICES[:1], bits=12, penalty=100.0, start=start)
    assert np.abs(near.weights - start.weights).max() < 0.05


def test_what_is_saved_ranks_alike(tmp_path: Path) -> None:
    ranker = fit_ranker(CHOICES, bits=12)
    ranker.save(tmp_path)
    again = Ranker.load(tmp_path)
    assert again.bits == ranker.bits
    candidates = [["colour red", "wanted"], ["colour blue"]]
    np.testing.assert_allclose(again.probabilities(candidates), ranker.probabilities(candidates), atol=1e-3)


@given(st.lists(st.text()), st.integers(1, 20))
def test_buckets_are_in_range_whatever_the_features(features: list[str], bits: int) -> None:
    found = buckets(features, bits)
    assert len(found) == len(set(found)) <= len(set(features))
    assert all(0 <= bucket < 1 << bits for bucket in found)
