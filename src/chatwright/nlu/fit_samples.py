"""Labelled texts as features, and a model of some of them: the parts of training a text classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.fit_linear import fit_linear
from chatwright.learn.fit_vectorize import fit_vectorizer, to_matrix
from chatwright.learn.linear import LinearClassifier, Neighbours
from chatwright.learn.vectorize import Bag, SparseVector, Vectorizer
from chatwright.lm.embedder import Embedder
from chatwright.nlu.features import BLOCK_WEIGHTS, FeatureOptions, features_of
from chatwright.nlu.patterns import Patterns
from chatwright.nlu.text_classifier import familiarity
from chatwright.schema.understanding import Token

__all__ = ["LabelledText", "Model", "Sampler", "Samples", "fit_model"]

DENSE_WEIGHT = 0.8
"""Length of the dense vector beside that of all sparse features."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One training example."""

    text: str
    tokens: Sequence[Token]
    label: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """Features of texts, and their labels."""

    bags: Sequence[Bag]
    dense: NDArray[np.float32]
    """(N, D); D is 0 without an embedder."""
    dense_weight: float
    labels: Sequence[str]

    def vector(self, vectorizer: Vectorizer, index: int) -> SparseVector:
        """The vector of one of the texts."""
        return vectorizer.transform(self.bags[index], self.dense[index])


@dataclass(frozen=True, slots=True)
class Sampler:
    """Makes features of texts."""

    options: FeatureOptions
    patterns: Patterns
    embedder: Embedder | None

    def __call__(self, texts: Sequence[LabelledText]) -> Samples:
        bags = [features_of(t.text, t.tokens, self.options, self.patterns).bag for t in texts]
        width = self.embedder.dimension if self.embedder else 0
        dense = np.zeros((len(texts), width), np.float32)
        if self.embedder and texts:
            dense = self.embedder.embed([t.text for t in texts], [t.tokens for t in texts])
        weight = self.embedder.weight if self.embedder else 0.0
        return Samples(bags, dense, weight, [t.label for t in texts])


MOST_SEARCHED = 300
"""Examples of one class among which the nearest is looked for."""


@dataclass(frozen=True, slots=True)
class Model:
    """A classifier without calibration, as trained for a fold or for good."""

    labels: list[str]
    vectorizer: Vectorizer
    classifier: LinearClassifier
    neighbours: Neighbours
    order: list[int]
    """Row → example, as ``neighbours`` holds them."""

    def look(
        self, samples: Samples, index: int, foreign: int | None
    ) -> tuple[NDArray[np.float32], tuple[float, ...]]:
        """Scores of a text, and signs that it is like the training examples.

        Args:
            foreign: number of the label that stands for everything else.
        """
        vector = samples.vector(self.vectorizer, index)
        scores = self.classifier.scores(vector)
        return scores, familiarity(vector, scores, self.neighbours, foreign)


def fit_model(samples: Samples, extra: Samples, chosen: Sequence[int], seed: int) -> Model:
    """A model of the ``chosen`` samples, and of those ``extra`` ones that have the same labels.

    Extra samples are learnt from, but nothing is found to be like them.
    """
    classes = sorted({samples.labels[i] for i in chosen})
    number = {label: i for i, label in enumerate(classes)}
    order = sorted(chosen, key=lambda i: (number[samples.labels[i]], i))
    added = [i for i, label in enumerate(extra.labels) if label in number]
    bags = [*(samples.bags[i] for i in order), *(extra.bags[i] for i in added)]
    labels = [*(samples.labels[i] for i in order), *(extra.labels[i] for i in added)]
    dense = samples.dense.shape[1]
    vectorizer = fit_vectorizer(bags, labels, BLOCK_WEIGHTS, dense=dense, dense_weight=samples.dense_weight)
    vectors = [samples.vector(vectorizer, i) for i in order] + [extra.vector(vectorizer, i) for i in added]
    targets = [number[label] for label in labels]
    matrix = to_matrix(vectors, vectorizer.size)
    whole = len(samples.labels)
    classifier = fit_linear(matrix, targets, len(classes), seed=seed, whole=whole, dense=dense)
    kept = _searched(targets[: len(order)])
    neighbours = Neighbours.of(
        [vectors[i] for i in kept], [targets[i] for i in kept], len(classes), vectorizer.size, dense
    )
    return Model(classes, vectorizer, classifier, neighbours, [order[i] for i in kept])


def _searched(targets: Sequence[int]) -> list[int]:
    """Places of the examples that a message is compared with: of a class with very many, some of all of it,
    so that a message takes no longer there."""
    of_class: dict[int, list[int]] = {}
    for place, target in enumerate(targets):
        of_class.setdefault(target, []).append(place)
    return [
        place for places in of_class.values() for place in places[:: max(1, -(-len(places) // MOST_SEARCHED))]
    ]
