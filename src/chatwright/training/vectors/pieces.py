"""Vectors of character n-grams, such that those of a word add up to the word's.

A bag of subwords fitted to finished vectors (Zhao, Mudgal, Liang 2018, "Generalizing word embeddings using
bag of subwords"): words that the corpus lacks get the mean of their n-grams.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.lm.static_vectors import ngrams

__all__ = ["frequent_pieces", "piece_vectors"]

RIDGE = 0.5
ITERATIONS = 20


def frequent_pieces(words: Sequence[str], size: int) -> list[str]:
    """The n-grams that occur in most of the words."""
    counted = Counter(piece for word in words for piece in set(ngrams(word)))
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [piece for piece, count in ranked[:size] if count > 1]


def piece_vectors(
    words: Sequence[str], vectors: NDArray[np.float32], pieces: Sequence[str]
) -> NDArray[np.float32]:
    """(P, D) vectors of the pieces: ridge regression of the words' vectors on their n-grams' means."""
    bags = _means(words, pieces)
    right = bags.T @ vectors
    solution = np.zeros_like(right)
    residual = right.copy()
    direction = residual.copy()
    old = (residual**2).sum(axis=0)
    for _ in range(ITERATIONS):  # conjugate gradients, every column by itself
        image = bags.T @ (bags @ direction) + RIDGE * direction
        step = old / np.maximum((direction * image).sum(axis=0), 1e-12)
        solution += step * direction
        residual -= step * image
        new = (residual**2).sum(axis=0)
        direction = residual + new / np.maximum(old, 1e-12) * direction
        old = new
    return solution.astype(np.float32)


def _means(words: Sequence[str], pieces: Sequence[str]) -> Any:
    """(W, P) sparse: the share of each known n-gram in each word."""
    from scipy.sparse import csr_matrix

    index = {piece: number for number, piece in enumerate(pieces)}
    rows = [[index[piece] for piece in ngrams(word) if piece in index] for word in words]
    lengths = np.array([len(row) for row in rows])
    columns = np.array([piece for row in rows for piece in row], np.int32)
    shares = np.repeat(1.0 / np.maximum(lengths, 1), lengths).astype(np.float32)
    return csr_matrix(
        (shares, columns, np.concatenate([[0], np.cumsum(lengths)])), shape=(len(rows), len(pieces))
    )
