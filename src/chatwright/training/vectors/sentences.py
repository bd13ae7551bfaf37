"""What the sums of word vectors have in common, and the directions in which they differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatwright.training.vectors.counts import Text

__all__ = ["frequency_weights", "joined", "without_common_direction"]

SAMPLE = 20_000
"""Sentences that are looked at."""


def frequency_weights(counts: NDArray[np.int64], smoothing: float = 1e-3) -> NDArray[np.float32]:
    """(V,) weights of words by how rare they are (Arora, Liang, Ma 2017, "A simple but tough-to-beat
    baseline for sentence embeddings")."""
    share = counts / counts.sum()
    return (smoothing / (smoothing + share)).astype(np.float32)


def without_common_direction(text: Text, vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """(V, D) without the direction that nearly all sentences share."""
    common = _directions(text, vectors, seed)[:, :1]
    return (vectors - (vectors @ common) @ common.T).astype(np.float32)


def joined(text: Text, parts: list[NDArray[np.float32]], dimension: int, seed: int) -> NDArray[np.float32]:
    """(V, dimension) vectors from several kinds (V, D) that weigh the same: what of them differs most between
    sentences."""
    both = np.hstack([part / np.sqrt((part**2).sum(axis=1).mean()) for part in parts])
    return both @ _directions(text, both, seed)[:, :dimension]


def _directions(text: Text, vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """(D, D) orthogonal directions of the sentences, from most to least."""
    rng = np.random.default_rng(seed)
    bounds = np.searchsorted(text.sentence, np.arange(len(text.paragraph) + 1))
    chosen = rng.choice(len(text.paragraph), min(SAMPLE, len(text.paragraph)), replace=False)
    known = [ids[ids >= 0] for ids in (text.ids[bounds[i] : bounds[i + 1]] for i in chosen)]
    sums = np.array([vectors[ids].sum(axis=0) for ids in known if len(ids)])
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    _, directions = np.linalg.eigh((sums.T @ sums).astype(np.float64))
    return directions[:, ::-1].astype(np.float32)
