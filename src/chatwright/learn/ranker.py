"""A log-linear choice among candidates described by named features, and "none of them".

McFadden's conditional logit: a candidate's score is the sum of its features' weights, that of "none" is 0,
and probabilities are the softmax over both. Features are hashed, so that the model needs no vocabulary and
learns of features that it never saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ranker", "buckets"]


def buckets(features: Iterable[str], bits: int) -> list[int]:
    """The weights' numbers that features stand for, 0 to 2^bits - 1; each once."""
    mask = (1 << bits) - 1
    return list({crc32(feature.encode()) & mask for feature in features})


@dataclass(frozen=True, slots=True)
class Ranker:
    """What ``fit_ranker`` learnt."""

    weights: NDArray[np.float32]
    """(2^bits,)"""

    @property
    def bits(self) -> int:
        """Length of a hash."""
        return len(self.weights).bit_length() - 1

    def scores(self, candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """(C,) scores of candidates, given the features of each; 0 is as good as none of them."""
        bits, weights = self.bits, self.weights
        sums = [weights[buckets(features, bits)].sum() for features in candidates]
        return np.array(sums, np.float32)

    def probabilities(self, candidates: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """(C + 1,) probabilities of the candidates and, last, of none of them."""
        scores = np.append(self.scores(candidates), np.float32(0))
        exponents = np.exp(scores - scores.max())
        return exponents / exponents.sum()

    def save(self, folder: Path, name: str = "ranker") -> None:
        """Write ``<name>.npz``: the weights that are not 0, in half precision."""
        kept = np.flatnonzero(self.weights.astype(np.float16)).astype(np.int32)
        values = self.weights[kept].astype(np.float16)
        np.savez_compressed(folder / f"{name}.npz", kept=kept, values=values, bits=np.int64(self.bits))

    @classmethod
    def load(cls, folder: Path, name: str = "ranker") -> Ranker:
        """The inverse of ``save``."""
        with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
            weights = np.zeros(1 << int(arrays["bits"]), np.float32)
            weights[arrays["kept"]] = arrays["values"]
        return cls(weights)
