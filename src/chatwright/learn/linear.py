"""A linear classifier over sparse vectors, and the nearest of its training examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.vectorize import SparseVector

__all__ = ["LinearClassifier", "Neighbours", "softmax"]


def softmax(scores: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.floating]:
    """Probabilities along the last axis."""
    scaled = scores / temperature
    exponents = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """Scores of classes: ``vector @ weights + bias``."""

    weights: NDArray[np.float16]
    """(F, C). Half precision halves the memory; sums are taken in single precision."""
    bias: NDArray[np.float32]
    """(C,)"""

    def scores(self, vector: SparseVector) -> NDArray[np.float32]:
        """(C,) scores of one vector."""
        return vector.values @ self.weights[vector.indices].astype(np.float32) + self.bias

    def contributions(self, vector: SparseVector, index: int) -> NDArray[np.float32]:
        """What each element of ``vector`` adds to class ``index``."""
        return vector.values * self.weights[vector.indices, index].astype(np.float32)

    def save(self, folder: Path, name: str = "classifier") -> None:
        """Write ``<name>.npz``."""
        np.savez(folder / f"{name}.npz", weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, folder: Path, name: str = "classifier") -> LinearClassifier:
        """The inverse of ``save``."""
        with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
            return cls(arrays["weights"], arrays["bias"])


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Training examples, sorted by class, to find the nearest ones of a class in microseconds."""

    indices: NDArray[np.int32]
    values: NDArray[np.float16]
    rows: NDArray[np.int64]
    """(N + 1,) where each example's elements begin."""
    classes: NDArray[np.int64]
    """(C + 1,) where each class's examples begin."""
    dense: NDArray[np.float16]
    """(N, D) what stands at the end of each vector."""
    size: int
    """F, the number of features, dense elements not counted."""

    @classmethod
    def of(
        cls, vectors: Sequence[SparseVector], labels: Sequence[int], classes: int, size: int, dense: int = 0
    ) -> Neighbours:
        """From vectors of ``size`` elements whose class numbers rise; ``dense`` ones at the end are always
        there."""
        ends = [len(v.indices) - dense for v in vectors]
        sparse = [v.values[:end].astype(np.float16) for v, end in zip(vectors, ends, strict=True)]
        tails = [v.values[end:].astype(np.float16) for v, end in zip(vectors, ends, strict=True)]
        return cls(
            indices=np.concatenate(
                [np.zeros(0, np.int32), *(v.indices[:end] for v, end in zip(vectors, ends, strict=True))]
            ),
            values=np.concatenate([np.zeros(0, np.float16), *sparse]),
            rows=np.cumsum([0, *ends]),
            classes=np.searchsorted(np.array(labels), np.arange(classes + 1)),
            dense=np.array(tails, np.float16).reshape(len(vectors), dense),
            size=size - dense,
        )

    def similarities(self, vector: SparseVector, index: int) -> tuple[int, NDArray[np.float32]]:
        """Number of the first example of class ``index``, and the cosines of all its examples."""
        first, last = int(self.classes[index]), int(self.classes[index + 1])
        if first == last:
            return first, np.zeros(0, np.float32)
        count = len(vector.indices) - self.dense.shape[1]
        spread = np.zeros(self.size, np.float32)
        spread[vector.indices[:count]] = vector.values[:count]
        begin, end = int(self.rows[first]), int(self.rows[last])
        products = np.zeros(end - begin + 1, np.float32)
        np.multiply(spread.take(self.indices[begin:end]), self.values[begin:end], out=products[:-1])
        bounds = self.rows[first : last + 1] - begin
        of_features = np.add.reduceat(products, bounds[:-1])
        of_features[bounds[1:] == bounds[:-1]] = 0.0  # an example without features
        of_dense = self.dense[first:last].astype(np.float32) @ vector.values[count:]
        return first, of_features + of_dense

    def save(self, folder: Path, name: str = "neighbours") -> None:
        """Write ``<name>.npz``."""
        np.savez(
            folder / f"{name}.npz",
            indices=self.indices,
            values=self.values,
            rows=self.rows,
            classes=self.classes,
            dense=self.dense,
            size=np.int64(self.size),
        )

    @classmethod
    def load(cls, folder: Path, name: str = "neighbours") -> Neighbours:
        """The inverse of ``save``."""
        with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
            names = ("indices", "values", "rows", "classes", "dense")
            return cls(**{key: arrays[key] for key in names}, size=int(arrays["size"]))
