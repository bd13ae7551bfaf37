"""Pairs of texts that are nearly the same, among up to hundreds of thousands.

MinHash (Broder 1997) over character n-grams, in bands (locality-sensitive hashing), so that only likely pairs
are compared; these by the exact Jaccard index. Time grows with the number of texts, not of pairs.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from chatwright.text.language import HAN
from chatwright.text.normalise import fold, without_marks

__all__ = ["near_duplicates", "normal_form"]

SIMILAR = 0.75
"""Jaccard index from which two texts are nearly the same."""
BANDS, ROWS = 16, 4
"""A pair at ``SIMILAR`` is found with probability 1 - (1 - 0.75⁴)¹⁶ = 0.998."""
COMPARED = 24
"""Texts of one band are compared with so many of their neighbours at most."""
PRIME = (1 << 31) - 1
_HAN = re.compile(f"[{HAN}]")
_WORD = re.compile(r"[^\W_]+")


def normal_form(text: str) -> str:
    """The words of a text without case, width, accents and punctuation.

    >>> normal_form("Where's MY order？！")
    'where s my order'
    """
    return " ".join(_WORD.findall(without_marks(fold(text))))


def near_duplicates(texts: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Pairs of different normal forms that are nearly the same: two numbers, the lower first, and the index.

    Args:
        texts: normal forms, each once.
    """
    grams = [_grams(text) for text in texts]
    signatures = _signatures(grams)
    seen: set[tuple[int, int]] = set()
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for number, row in enumerate(signatures[:, band * ROWS : (band + 1) * ROWS]):
            if grams[number]:
                buckets[row.tobytes()].append(number)
        for members in buckets.values():
            for place, first in enumerate(members):
                for second in members[place + 1 : place + 1 + COMPARED]:
                    if (first, second) in seen:
                        continue
                    seen.add((first, second))
                    alike = _jaccard(grams[first], grams[second])
                    if alike >= SIMILAR:
                        yield first, second, alike


def _grams(text: str) -> frozenset[int]:
    size = 2 if _HAN.search(text) else 3
    padded = f" {text} " if text else ""
    return frozenset(zlib.crc32(padded[i : i + size].encode()) for i in range(max(0, len(padded) - size + 1)))


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def _signatures(grams: Sequence[frozenset[int]]) -> NDArray[np.uint32]:
    """(N, BANDS * ROWS) least hashes; rows without n-grams are meaningless."""
    draws = np.random.default_rng(42)
    factors = draws.integers(1, PRIME, BANDS * ROWS, dtype=np.uint64)
    offsets = draws.integers(0, PRIME, BANDS * ROWS, dtype=np.uint64)
    sizes = np.array([max(1, len(row)) for row in grams], np.int64)
    flat = np.fromiter((gram for row in grams for gram in (row or (0,))), np.uint64, int(sizes.sum()))
    flat %= np.uint64(PRIME)
    starts = np.cumsum(sizes) - sizes
    out = np.zeros((len(grams), BANDS * ROWS), np.uint32)
    for number, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
        if len(grams):
            out[:, number] = np.minimum.reduceat((flat * factor + offset) % np.uint64(PRIME), starts)
    return out
