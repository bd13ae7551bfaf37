"""A trained classifier of short texts: which label, how sure, and because of what.

The heart of the intent classifier and of the response selector.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.calibrate import Calibration
from chatwright.learn.linear import LinearClassifier, Neighbours
from chatwright.learn.vectorize import SparseVector, Vectorizer
from chatwright.lm.embedder import Embedder, load_embedder, save_embedder
from chatwright.nlu.features import FeatureOptions, Features, features_of
from chatwright.nlu.patterns import Patterns
from chatwright.schema.reasons import evidence, phrase
from chatwright.schema.understanding import IntentScore, Token
from chatwright.schema.why import Evidence

__all__ = ["KnownExample", "Prediction", "TextClassifier", "familiarity"]

CLASSES_SEARCHED = 3
"""The nearest training example is looked for among those of the best classes."""
TOKENS_SHOWN = 4
EXAMPLES_SHOWN = 2


@dataclass(frozen=True, slots=True)
class KnownExample:
    """A training example as evidence."""

    text: str
    source: str | None
    """``file:line``"""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a text is about."""

    ranking: Sequence[IntentScore]
    """Best first. The confidences of all labels sum to 1 where one of them stands for everything else, and to
    ``known`` where none does."""
    known: float
    """Probability that the text is about any of the labels, but that for everything else."""
    evidence: Sequence[Evidence]
    """Why the best label is best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextClassifier:
    """What ``fit_text_classifier`` learnt."""

    labels: Sequence[str]
    options: FeatureOptions
    patterns: Patterns
    vectorizer: Vectorizer
    classifier: LinearClassifier
    neighbours: Neighbours
    examples: Sequence[KnownExample]
    """In the order of ``neighbours``."""
    calibration: Calibration
    embedder: Embedder | None = None
    """Its vector of the text stands beside the sparse features."""

    def predict(self, text: str, tokens: Sequence[Token], length: int = 0) -> Prediction:
        """The ``length`` best labels (0: all)."""
        features = features_of(text, tokens, self.options, self.patterns)
        dense = self.embedder.embed([text], [tokens])[0] if self.embedder else None
        vector = self.vectorizer.transform(features.bag, dense)
        scores = self.classifier.scores(vector)
        foreign = self.calibration.foreign
        signs = familiarity(vector, scores, self.neighbours, foreign)
        chances = self.calibration.probabilities(scores, signs)
        order = np.argsort(-chances, kind="stable")[: length or None]
        ranking = [IntentScore(self.labels[int(i)], float(chances[i])) for i in order]
        known = float(chances.sum()) if foreign is None else 1.0 - float(chances[foreign])
        reasons = self._evidence(text, features, vector, int(order[0]))
        return Prediction(ranking, known, [*reasons, _trust(self.calibration, known, signs)])

    def _evidence(self, text: str, features: Features, vector: SparseVector, best: int) -> list[Evidence]:
        label = self.labels[best]
        out = []
        for span, weight in self._weights_of_words(features, vector, best):
            word = text[span[0] : span[1]]
            out.append(
                evidence(
                    "token",
                    score=round(weight, 4),
                    data={"start": span[0], "end": span[1]},
                    word=word,
                    label=label,
                )
            )
        first, similarities = self.neighbours.similarities(vector, best)
        for index in np.argsort(-similarities, kind="stable")[:EXAMPLES_SHOWN]:
            if similarities[index] > 0:
                example = self.examples[first + int(index)]
                out.append(
                    evidence(
                        "example",
                        example.source,
                        round(float(similarities[index]), 4),
                        example=example.text,
                        label=label,
                    )
                )
        return out

    def _weights_of_words(
        self, features: Features, vector: SparseVector, best: int
    ) -> list[tuple[tuple[int, int], float]]:
        """The places of the text that speak most for the class, with their share of its score."""
        known = len(self.vectorizer.weights)
        added: dict[int, float] = defaultdict(float)
        contributions = self.classifier.contributions(vector, best)
        for index, amount in zip(vector.indices.tolist(), contributions.tolist(), strict=True):
            if index < 2 * known:  # what stands behind is of the text as a whole
                added[index % known] += amount
        by_span: dict[tuple[int, int], float] = defaultdict(float)
        blocks = zip(self.vectorizer.vocabulary, features.bag, features.spans, strict=True)
        for vocabulary, names, spans in blocks:
            places: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for name, span in zip(names, spans, strict=True):
                if (index := vocabulary.get(name)) is not None:
                    places[index].append(span)
            for index, found in places.items():
                for span in found:
                    by_span[span] += added[index] / len(found)
        total = sum(abs(amount) for amount in by_span.values()) or 1.0
        ranked = sorted(by_span.items(), key=lambda item: (-item[1], item[0]))
        chosen: list[tuple[tuple[int, int], float]] = []
        for span, amount in ranked:
            if amount <= 0 or len(chosen) == TOKENS_SHOWN:
                break
            if all(span[1] <= other[0] or other[1] <= span[0] for other, _ in chosen):
                chosen.append((span, amount / total))
        return chosen

    def save(self, folder: Path) -> None:
        """Write json and numpy files into ``folder``, which exists."""
        content = {
            "labels": list(self.labels),
            "options": self.options.to_json(),
            "patterns": self.patterns.to_json(),
            "calibration": self.calibration.to_json(),
            "examples": [[example.text, example.source] for example in self.examples],
        }
        (folder / "labels.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        self.vectorizer.save(folder)
        self.classifier.save(folder)
        self.neighbours.save(folder)
        save_embedder(self.embedder, folder)

    @classmethod
    def load(cls, folder: Path) -> TextClassifier:
        """The inverse of ``save``."""
        content: dict[str, Any] = json.loads((folder / "labels.json").read_text("utf-8"))
        return cls(
            labels=content["labels"],
            options=FeatureOptions.from_json(content["options"]),
            patterns=Patterns.from_json(content["patterns"]),
            vectorizer=Vectorizer.load(folder),
            classifier=LinearClassifier.load(folder),
            neighbours=Neighbours.load(folder),
            examples=[KnownExample(*pair) for pair in content["examples"]],
            calibration=Calibration.from_json(content["calibration"]),
            embedder=load_embedder(folder),
        )


def _trust(calibration: Calibration, known: float, signs: Sequence[float]) -> Evidence:
    """What the confidence rests on."""
    nearest, words, characters = signs
    basis = phrase("basis.others")
    if calibration.held_out:
        basis = phrase("basis.own", count=calibration.held_out, error=calibration.error)
    return evidence(
        "calibration",
        score=round(known, 4),
        known=known,
        nearest=nearest,
        words=words,
        characters=characters,
        basis=basis,
    )


def familiarity(
    vector: SparseVector, scores: NDArray[np.floating], neighbours: Neighbours, foreign: int | None = None
) -> tuple[float, ...]:
    """Signs that a text is like the training examples: similarity to the nearest, known words, known
    characters. Each 0 to 1. An example of the class ``foreign``, which stands for everything else, takes
    away from the first by as much as it is nearer.
    """

    def nearest_of(index: int) -> float:
        return float(neighbours.similarities(vector, index)[1].max(initial=0.0))

    order = [int(i) for i in np.argsort(-scores, kind="stable")[: CLASSES_SEARCHED + 1] if i != foreign]
    nearest = max((nearest_of(index) for index in order[:CLASSES_SEARCHED]), default=0.0)
    if foreign is not None:
        nearest *= 1.0 - min(1.0, max(0.0, nearest_of(foreign) - nearest))
    return (nearest, vector.coverage[0], vector.coverage[1])
