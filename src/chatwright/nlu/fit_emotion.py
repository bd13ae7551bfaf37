"""Training an emotion model on labelled messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chatwright.errors import ComponentError, Location
from chatwright.learn.fit_label_scores import fit_label_scores
from chatwright.nlu.emotion_features import BLOCK_WEIGHTS, emotion_features
from chatwright.nlu.emotion_model import HOUSE_SENTIMENTS, STEPS, EmotionModel
from chatwright.text.chinese_words import Segmenter

__all__ = ["FeltText", "fit_emotion", "read_emotions"]


@dataclass(frozen=True, slots=True)
class FeltText:
    """A labelled message."""

    label: str
    intensity: int
    """0 to 3."""
    text: str


def read_emotions(path: Path) -> list[FeltText]:
    """A file of lines ``label<TAB>intensity<TAB>text``; those that are empty or begin with ``#`` are skipped.

    Raises:
        ComponentError: the file cannot be read, or a line is not like that.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ComponentError(
            f"{path.name} cannot be read: {error}", fix="name a UTF-8 file of labelled messages"
        ) from error
    examples = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("\t", 2)]
        if len(parts) < 3 or not all(parts) or parts[1] not in ("0", "1", "2", "3"):
            raise ComponentError(
                f"this is no labelled message: {line[:60]!r}",
                fix="write the label, an intensity from 0 to 3 and the text, with tabs between them",
                location=Location(str(path), line=number),
            )
        examples.append(FeltText(parts[0], int(parts[1]), parts[2]))
    return examples


def fit_emotion(
    examples: Sequence[FeltText], sentiments: Mapping[str, str] | None = None
) -> tuple[EmotionModel, dict[str, Any]]:
    """Train on labelled messages in any language.

    Args:
        examples: in any order; a repeated text counts once a label.
        sentiments: label → sentiment; labels of the house have theirs where it is left out.

    Returns:
        The model, and a report: ``classes``, ``examples``, ``held_out_accuracy``.

    Raises:
        ComponentError: fewer than two labels.
    """
    unique = list({(e.text, e.label): e for e in examples}.values())
    labels = sorted({e.label for e in unique})
    if len(labels) < 2:
        raise ComponentError(
            "an emotion classifier needs at least two labels",
            fix="add messages of another emotion; most messages of most people are neutral",
        )
    segmenter = Segmenter()
    bags = [emotion_features(e.text, segmenter) for e in unique]
    targets = np.array([_targets(e, labels) for e in unique])
    scores, held_out = fit_label_scores(bags, targets, [*labels, *STEPS], BLOCK_WEIGHTS)
    known = {**HOUSE_SENTIMENTS, **(sentiments or {})}
    model = EmotionModel(
        scores, {x: known[x] for x in labels if known.get(x) in ("positive", "negative")}, segmenter
    )
    found = held_out[:, : len(labels)].argmax(axis=1)
    right = [labels[int(i)] == e.label for i, e in zip(found, unique, strict=True)]
    return model, {
        "classes": len(labels),
        "examples": len(unique),
        "examples_by_class": dict(Counter(e.label for e in unique)),
        "held_out_accuracy": round(float(np.mean(right)), 4),
    }


def _targets(example: FeltText, labels: Sequence[str]) -> list[float]:
    """A column for each label and for each step of the intensity."""
    steps = (float(example.intensity >= step) for step in (1, 2, 3))
    return [*(float(label == example.label) for label in labels), *steps]
