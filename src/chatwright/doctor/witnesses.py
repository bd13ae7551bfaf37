"""A second opinion on labels: what the nearest examples say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatwright.suggest.vectors import text_vectors

__all__ = ["witnesses"]

NEAR = 0.5
"""Cosine from which a text is near enough to tell; what lies farther off is only the least unlike."""

Labels = NDArray[np.int64]


def witnesses(texts: Sequence[str], given: Labels, suggested: Labels, rows: Sequence[int]) -> dict[int, int]:
    """For each of ``rows`` its nearest text of the suggested label, where none of its own label is nearer.

    A classifier that has seen nothing like a text is sure of something all the same; an example that no other
    contradicts is hard or new, and not wrong.

    Args:
        texts: (N) different texts.
        given: (N,) labels.
        suggested: (N,) labels that a classifier gives.
    """
    vectors = text_vectors(texts)
    out: dict[int, int] = {}
    for row in rows:
        alike = vectors @ vectors[row]
        alike[row] = -1.0
        alike[(given != given[row]) & (given != suggested[row])] = -1.0
        nearest = int(alike.argmax())
        if alike[nearest] >= NEAR and given[nearest] == suggested[row]:
            out[row] = nearest
    return out
