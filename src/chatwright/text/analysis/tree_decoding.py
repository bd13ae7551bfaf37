"""The best tree over a sentence: Chu and Liu 1965, Edmonds 1967, with exactly one root."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_tree"]


def best_tree(scores: NDArray[np.floating]) -> list[int]:
    """Heads of the tree with the highest sum of scores, of those with one root.

    Args:
        scores: (N, 1 + N) of each word's heads: first of being the root, then of each word.

    Returns:
        The head of each word, -1 for the root.
    """
    size = len(scores)
    if size == 0:
        return []
    full = np.full((size + 1, size + 1), -np.inf)  # dependent × head; 0 is the root
    full[1:] = scores
    np.fill_diagonal(full, -np.inf)
    spread = float(np.ptp(scores)) + 1.0
    full[1:, 0] -= spread * (size + 1)  # a second root costs more than all else can gain
    heads = _arborescence(full)
    return [int(head) - 1 for head in heads[1:]]


def _arborescence(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Heads of the maximum spanning arborescence rooted in node 0 (entry 0 means nothing)."""
    heads = scores.argmax(1)
    heads[0] = 0
    cycle = _cycle(heads)
    if cycle is None:
        return heads
    inside = np.zeros(len(scores), bool)
    inside[cycle] = True
    outside = np.flatnonzero(~inside)
    kept = scores[cycle, heads[cycle]]  # scores of the cycle's own edges
    into = scores[np.ix_(cycle, outside)] - kept[:, None]  # gain of breaking the cycle at each of its nodes
    out_of = scores[np.ix_(outside, cycle)]
    small = np.full((len(outside) + 1, len(outside) + 1), -np.inf)
    small[:-1, :-1] = scores[np.ix_(outside, outside)]
    small[-1, :-1] = into.max(0)
    small[:-1, -1] = out_of.max(1)
    contracted = _arborescence(small)
    broken = contracted[-1]
    for place, node in enumerate(outside):
        head = contracted[place]
        heads[node] = cycle[out_of[place].argmax()] if head == len(outside) else outside[head]
    heads[cycle[into[:, broken].argmax()]] = outside[broken]
    heads[0] = 0
    return heads


def _cycle(heads: NDArray[np.intp]) -> NDArray[np.intp] | None:
    """Nodes of one cycle, or None."""
    seen = np.zeros(len(heads), np.intp)
    for start in range(1, len(heads)):
        node = start
        while node and not seen[node]:
            seen[node] = start
            node = int(heads[node])
        if node and seen[node] == start:
            found = [node]
            while (node := int(heads[node])) != found[0]:
                found.append(node)
            return np.array(found)
    return None
