"""How the writer of a message feels: a label, how strongly, and whether that is good or bad."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chatwright.learn.label_scores import LabelScores
from chatwright.nlu.emotion_features import emotion_features
from chatwright.schema.understanding import EMOTIONS, Emotion
from chatwright.text.chinese_words import Segmenter

__all__ = ["NEUTRAL", "STEPS", "EmotionModel", "house_model"]

NEUTRAL = "neutral"
STEPS = ("at least 1", "at least 2", "at least 3")
"""Columns of the model behind those of the labels: steps of the intensity."""

_WEIGHTS = Path(__file__).parent.parent / "weights"


@dataclass(frozen=True, slots=True)
class EmotionModel:
    """What ``fit_emotion`` learnt; a message takes some 0.2 ms."""

    scores: LabelScores
    """Of the labels, and behind them of ``STEPS``."""
    sentiments: Mapping[str, str]
    """Label → ``positive`` or ``negative``; the others are neutral."""
    segmenter: Segmenter

    @property
    def labels(self) -> tuple[str, ...]:
        """The emotions that are told apart."""
        return tuple(self.scores.labels[: -len(STEPS)])

    def feel(self, text: str) -> Emotion | None:
        """The emotion of a message; None where there is nothing to read."""
        if not text.strip():
            return None
        chances = self.scores.probabilities(emotion_features(text, self.segmenter))
        of_labels, of_steps = chances[: -len(STEPS)], chances[-len(STEPS) :]
        of_labels = of_labels / of_labels.sum()
        best = int(of_labels.argmax())
        label = self.labels[best]
        by_sentiment = {"positive": 0.0, NEUTRAL: 0.0, "negative": 0.0}
        for name, chance in zip(self.labels, of_labels, strict=True):
            by_sentiment[self.sentiments.get(name, NEUTRAL)] += float(chance)
        sentiment = self.sentiments.get(label, NEUTRAL)
        return Emotion(
            label=label,
            confidence=float(of_labels[best]),
            intensity=0 if label == NEUTRAL else max(1, round(float(of_steps.sum()))),
            sentiment=sentiment,
            sentiment_confidence=by_sentiment[sentiment],
        )

    def save(self, folder: Path) -> None:
        """Write into ``folder``, which exists."""
        self.scores.save(folder)
        (folder / "sentiments.json").write_text(
            json.dumps(dict(self.sentiments), ensure_ascii=False), "utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> EmotionModel:
        """The inverse of ``save``."""
        sentiments = json.loads((folder / "sentiments.json").read_text("utf-8"))
        return cls(LabelScores.load(folder), sentiments, Segmenter())


@cache
def house_model(language: str) -> EmotionModel:
    """The model that comes with the package, for ``zh`` or ``en``; loaded once per process."""
    return EmotionModel.load(_WEIGHTS / f"emotion-{language}")


HOUSE_SENTIMENTS = {name: sentiment for name, sentiment in EMOTIONS.items() if sentiment != NEUTRAL}
"""Sentiments of the labels of the house."""
