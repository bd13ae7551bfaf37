"""Groups of messages that mean the same, without being told how many there are.

A graph of each message's nearest neighbours, its spectral embedding (Ng, Jordan and Weiss 2001), and Ward's
hierarchical clustering on that, cut where the silhouette (Rousseeuw 1987) is about best. Of many messages
small groups are made first (k-means), so that time and memory stay bounded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["cluster_vectors"]

NEIGHBOURS = 15
DIMENSIONS = 32
"""Of the embedding of the graph. Of few messages, less: a third of them as neighbours, an eighth here."""
POWER_STEPS = 12
WEAKEST = 0.5
"""Eigenvalue from which a direction holds a group together."""
SMALL_GROUPS = 2_000
"""Above so many messages, the hierarchy is built over this many groups of them."""
SAMPLE = 3_000
"""Messages that judge where to cut."""
NEARLY = 0.9
"""The fewest clusters whose silhouette reaches so much of the best: it hardly falls when groups are split."""
CHUNK = 512
SEED = 42


def cluster_vectors(
    vectors: NDArray[np.float32], *, min_cluster: int, clusters: int | None = None
) -> NDArray[np.int64]:
    """(N,) number of each row's cluster, the largest cluster first; -1 for rows of no cluster.

    Args:
        vectors: (N, D) of length 1.
        min_cluster: smaller clusters are none.
        clusters: how many there are, where it is known.
    """
    count = len(vectors)
    if count < max(6, min_cluster):
        return np.zeros(count, np.int64) if count >= min_cluster else np.full(count, -1)
    points = _embedded(vectors)
    groups, centres = _small_groups(points)
    found = _cut(points, groups, centres, min_cluster, clusters)
    return _largest_first(found, min_cluster)


def _embedded(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, D) spectral embedding of the neighbour graph, rows of length 1."""
    from scipy.sparse import diags_array, eye_array
    from sklearn.utils.extmath import randomized_svd

    graph = _neighbour_graph(vectors)
    scale = diags_array(1.0 / np.sqrt(np.asarray(graph.sum(axis=1)).ravel()))
    # Between 0 and 1, so that the largest singular vectors are the largest eigenvectors
    matrix = 0.5 * (scale @ graph @ scale + eye_array(len(vectors)))
    size = min(DIMENSIONS, max(2, len(vectors) // 8))
    points, values, _ = randomized_svd(matrix.tocsr(), size, n_iter=POWER_STEPS, random_state=SEED)  # pyright: ignore[reportArgumentType]
    points = points[:, : max(2, int(np.sum(2.0 * values - 1.0 >= WEAKEST)))]
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return (points / np.maximum(lengths, 1e-12)).astype(np.float32)


def _neighbour_graph(vectors: NDArray[np.float32]) -> Any:
    """(N, N) sparse symmetric matrix of the cosine with the nearest neighbours, always above 0."""
    from scipy.sparse import csr_array

    count, near = len(vectors), min(NEIGHBOURS, max(3, len(vectors) // 3))
    columns = np.empty((count, near), np.int64)
    values = np.empty((count, near), np.float32)
    for start in range(0, count, CHUNK):
        rows = vectors[start : start + CHUNK] @ vectors.T
        rows[np.arange(len(rows)), np.arange(start, start + len(rows))] = -2.0
        best = np.argpartition(-rows, near - 1, axis=1)[:, :near]
        columns[start : start + len(rows)] = best
        values[start : start + len(rows)] = np.maximum(np.take_along_axis(rows, best, 1), 1e-3)
    ends = np.arange(0, count * near + 1, near)
    graph = csr_array((values.ravel(), columns.ravel(), ends), shape=(count, count))
    return 0.5 * (graph + graph.T)


def _small_groups(points: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(N,) group of each point and (G, D) the groups' centres; each point its own where there are few."""
    import warnings

    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    if len(points) <= 2 * SMALL_GROUPS:
        return np.arange(len(points)), points
    kmeans: Any = KMeans
    with warnings.catch_warnings():  # fewer different points than groups are no harm
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = kmeans(SMALL_GROUPS, random_state=SEED, n_init=1, max_iter=20).fit(points)
    used, groups = np.unique(model.labels_, return_inverse=True)
    return groups, np.asarray(model.cluster_centers_, np.float32)[used]


def _cut(
    points: NDArray[np.float32],
    groups: NDArray[np.int64],
    centres: NDArray[np.float32],
    min_cluster: int,
    clusters: int | None,
) -> NDArray[np.int64]:
    from scipy.cluster.hierarchy import fcluster, linkage
    from sklearn.metrics import silhouette_score

    tree = linkage(centres, "ward")
    if clusters is not None:
        return fcluster(tree, clusters, "maxclust")[groups]
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(points))[:SAMPLE])
    cuts: list[tuple[float, NDArray[np.int64]]] = []
    most = max(2, min(len(centres) - 1, len(points) // max(2, min_cluster)))
    for size in np.unique(np.geomspace(2, most, 40).astype(int)):
        found = fcluster(tree, size, "maxclust")[groups]
        if 2 <= len(np.unique(found[chosen])) < len(chosen):
            cuts.append((float(silhouette_score(points[chosen], found[chosen])), found))
    if not cuts:
        return np.zeros(len(points), np.int64)
    best = max(score for score, _ in cuts)
    return next(found for score, found in cuts if score >= best - (1.0 - NEARLY) * abs(best))


def _largest_first(found: NDArray[np.int64], min_cluster: int) -> NDArray[np.int64]:
    kinds, inverse, counts = np.unique(found, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    names = np.full(len(kinds), -1)
    names[order] = np.where(counts[order] >= min_cluster, np.arange(len(kinds)), -1)
    return names[inverse]
