"""Who is accused of a wrong label without a witness is let go."""

from __future__ import annotations

import numpy as np

from chatwright.doctor.witnesses import witnesses

TEXTS = [
    "where is my parcel",
    "where is my parcel now",  # labelled as a refund
    "track the parcel",
    "I want a refund",
    "refund my money please",
    "cheers mate",  # like nothing else
]
GIVEN = np.array([0, 1, 0, 1, 1, 2])


def test_the_nearest_example_of_the_other_label_is_the_witness() -> None:
    suggested = np.array([0, 0, 0, 1, 1, 1])
    assert witnesses(TEXTS, GIVEN, suggested, [1, 5]) == {1: 0}


def test_an_example_with_a_nearer_one_of_its_own_label_is_let_be() -> None:
    assert witnesses(TEXTS, GIVEN, np.array([1, 1, 1, 0, 0, 0]), [0]) == {0: 1}
    right = np.array([0, 0, 0, 1, 1, 2])
    assert witnesses(TEXTS, right, np.array([1, 1, 1, 0, 0, 0]), [0]) == {}
