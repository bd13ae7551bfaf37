"""Active learning: which messages teach a bot most when a person labels them.

Many messages are alike, and some are about nothing: what is chosen the bot is unsure of, many people say,
and no other choice says already. Diverse mini-batches (Zhdanov 2019): of the most informative messages
clusters are made, each message weighed by how informative it is, and the nearest to each centre is taken.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["choose", "uncertainty"]

CANDIDATES = 8
"""Times the number wanted, that clusters are made of."""
NEIGHBOURS = 10
SEED = 42


def uncertainty(chances: NDArray[np.floating]) -> NDArray[np.floating]:
    """(N,) 1 where the best two are equally likely, 0 where the best is certain.

    Args:
        chances: (N, 2 or more) of the best labels, the best first.
    """
    return 1.0 - (chances[:, 0] - chances[:, 1])


def choose(
    vectors: NDArray[np.float32],
    unsure: NDArray[np.floating],
    counts: NDArray[np.floating],
    wanted: int,
) -> NDArray[np.int64]:
    """Numbers of the ``wanted`` messages most worth labelling, the most informative first.

    Args:
        vectors: (N, D) of length 1.
        unsure: (N,) how unsure the bot is, 0 to 1.
        counts: (N,) how often each was said.
    """
    from sklearn.cluster import KMeans

    if wanted >= len(vectors):
        return np.argsort(-unsure, kind="stable")
    worth = unsure * (0.5 + _density(vectors)) * (1.0 + np.log(counts)) ** 0.5
    best = np.argsort(-worth, kind="stable")[: CANDIDATES * wanted]
    if len(best) <= wanted:
        return best
    weights = np.maximum(worth[best], 1e-6)
    kmeans: Any = KMeans
    model = kmeans(wanted, n_init=1, random_state=SEED).fit(vectors[best], sample_weight=weights)
    distances = model.transform(vectors[best])
    chosen: list[int] = []
    for centre in range(wanted):
        members = np.flatnonzero(model.labels_ == centre)
        if len(members):
            chosen.append(int(best[members[distances[members, centre].argmin()]]))
    rest = [int(number) for number in best if int(number) not in set(chosen)]
    chosen += rest[: wanted - len(chosen)]
    return np.array(sorted(chosen, key=lambda number: -worth[number]), np.int64)


def _density(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) mean similarity to the nearest messages."""
    near = min(NEIGHBOURS, len(vectors) - 1)
    out = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), 512):
        rows = vectors[start : start + 512] @ vectors.T
        rows[np.arange(len(rows)), np.arange(start, start + len(rows))] = -1.0
        out[start : start + len(rows)] = np.partition(rows, -near, axis=1)[:, -near:].mean(axis=1)
    return np.clip(out, 0.0, 1.0)
