"""Which labels hold for a text: one linear yes-or-no question a label, over named sparse features.

For labels that do not exclude one another, and for steps of a scale ("at least 2"). Run time is one product
of a sparse vector with a matrix: microseconds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.linear import LinearClassifier
from chatwright.learn.vectorize import Bag, SparseVector

__all__ = ["BagVectorizer", "LabelScores"]


@dataclass(frozen=True, slots=True)
class BagVectorizer:
    """Bags of named features → vectors of length 1: TF-IDF, each block scaled to its own length."""

    vocabulary: Sequence[dict[str, int]]
    """Block → feature → index; indices run through all blocks."""
    weights: NDArray[np.float32]
    """(F,) inverse document frequencies."""
    block_weights: Sequence[float]

    @property
    def size(self) -> int:
        """F, the number of features."""
        return len(self.weights)

    def transform(self, bag: Bag) -> SparseVector:
        """The vector of one bag; of length 0 where nothing in it is known."""
        indices: list[NDArray[np.int32]] = []
        values: list[NDArray[np.floating]] = []
        for known, names, weight in zip(self.vocabulary, bag, self.block_weights, strict=True):
            counts = Counter(index for name in names if (index := known.get(name)) is not None)
            where = np.fromiter(counts.keys(), np.int32, len(counts))
            found = 1.0 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))
            found *= self.weights[where]
            indices.append(where)
            values.append(weight * found / (np.linalg.norm(found) or 1.0))
        whole = np.concatenate(values)
        scaled = (whole / (np.linalg.norm(whole) or 1.0)).astype(np.float32)
        return SparseVector(np.concatenate(indices), scaled, ())


@dataclass(frozen=True, slots=True)
class LabelScores:
    """What ``fit_label_scores`` learnt."""

    labels: Sequence[str]
    vectorizer: BagVectorizer
    classifier: LinearClassifier
    """Its scores are log-odds."""
    thresholds: Sequence[float]
    """Probability from which on each label is said to hold: the one with the best F1 on held-out texts."""

    def probabilities(self, bag: Bag) -> NDArray[np.float64]:
        """(L,) the probability that each label holds; they need not sum to 1."""
        scores = self.classifier.scores(self.vectorizer.transform(bag)).astype(np.float64)
        return 1.0 / (1.0 + np.exp(-scores))

    def save(self, folder: Path) -> None:
        """Write ``labels.json`` and ``classifier.npz`` into ``folder``, which exists."""
        content = {
            "labels": list(self.labels),
            "thresholds": [round(float(threshold), 4) for threshold in self.thresholds],
            "block_weights": list(self.vectorizer.block_weights),
            "blocks": [list(block) for block in self.vectorizer.vocabulary],
            "weights": [round(float(weight), 3) for weight in self.vectorizer.weights],
        }
        (folder / "labels.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        self.classifier.save(folder)

    @classmethod
    def load(cls, folder: Path) -> LabelScores:
        """The inverse of ``save``."""
        content = json.loads((folder / "labels.json").read_text("utf-8"))
        vocabulary, start = [], 0
        for names in content["blocks"]:
            vocabulary.append({feature: start + number for number, feature in enumerate(names)})
            start += len(names)
        weights = np.array(content["weights"], np.float32)
        vectorizer = BagVectorizer(vocabulary, weights, tuple(content["block_weights"]))
        return cls(content["labels"], vectorizer, LinearClassifier.load(folder), content["thresholds"])
