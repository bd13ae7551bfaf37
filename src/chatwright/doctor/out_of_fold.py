"""What a bot thinks of each training example when it has not learnt from that example."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluData, NluExample

__all__ = ["FOLDS", "OutOfFold", "predict_out_of_fold"]

FOLDS = 5
SEED = 42
UNSURE = 1e-6
PIPELINE: tuple[dict[str, Any], ...] = (
    {"name": "MixedTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "IntentClassifier", "ranking_length": 0},
)
"""Light, whatever the project's own is: it is trained once a fold, and asked for all intents."""


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Predictions for examples that were held out."""

    examples: Sequence[NluExample]
    intents: Sequence[str]
    given: NDArray[np.int64]
    """(N,) number of each example's intent."""
    chances: NDArray[np.float64]
    """(N, K) probability of each intent; rows sum to 1."""


def predict_out_of_fold(
    data: NluData,
    languages: Sequence[str],
    *,
    folds: int = FOLDS,
    progress: Callable[[str, float], None] = lambda what, fraction: None,
) -> OutOfFold:
    """Train ``folds`` times on the other parts, and ask for the part that was left out.

    A repeated text is asked for once. The lone example of an intent is only learnt from.
    """
    unique = list({(e.text, e.intent): e for e in data.examples if e.intent and e.text.strip()}.values())
    intents = sorted({str(e.intent) for e in unique})
    number = {intent: index for index, intent in enumerate(intents)}
    parts = _parts(unique, folds)
    asked: list[NluExample] = []
    rows: list[NDArray[np.float64]] = []
    for part in range(folds) if len(intents) > 1 else ():
        progress("training on parts", part / folds)
        held = [e for e, p in zip(unique, parts, strict=True) if p == part]
        if not held:
            continue
        pipeline = Pipeline.from_config(PIPELINE, languages)
        pipeline.fit(replace(data, examples=[e for e, p in zip(unique, parts, strict=True) if p != part]))
        for found in pipeline.parse([e.text for e in held]):
            row = np.zeros(len(intents))
            for score in found.ranking:
                if score.name in number:
                    row[number[score.name]] += score.confidence
            # What is about none of the intents may be about any of them.
            rows.append(row + max(UNSURE, 1.0 - row.sum()) / len(intents))
        asked += held
    progress("training on parts", 1.0)
    return OutOfFold(
        asked,
        intents,
        np.array([number[str(e.intent)] for e in asked], np.int64),
        _normalised(np.vstack(rows)) if rows else np.zeros((0, len(intents))),
    )


def _normalised(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows / rows.sum(axis=1, keepdims=True)


def _parts(examples: Sequence[NluExample], folds: int) -> list[int]:
    """The part that each example is held out in, those of an intent spread evenly; -1: in none."""
    totals = Counter(e.intent for e in examples)
    order = list(range(len(examples)))
    random.Random(SEED).shuffle(order)
    seen: dict[str | None, int] = defaultdict(int)
    parts = [-1] * len(examples)
    for number, i in enumerate(order):
        intent = examples[i].intent
        if totals[intent] > 1:
            if intent not in seen:
                seen[intent] = number
            parts[i] = seen[intent] % folds
            seen[intent] += 1
    return parts
