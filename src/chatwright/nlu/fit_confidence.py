"""How far a text classifier may be trusted: learnt from examples that it was not trained on."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.learn.calibrate import Calibration, split_chances
from chatwright.learn.fit_calibrate import calibration_error, fit_gate, fit_temperature
from chatwright.nlu.fit_samples import Model, Samples

__all__ = ["Fold", "first_fold", "fit_confidence", "gibberish"]

FOLDS = 4
HELD_OUT_ENOUGH = 600
"""Further folds are left out when so many examples have been held out."""
DEFAULT_TEMPERATURE = 0.5
DEFAULT_GATE = (-3.4, 2.9, -4.0, 3.1, 0.6, 4.0)
"""Bias, log-odds, share of the out-of-scope label, nearest example, known words, known characters.

Fitted on many small projects drawn from two public sets, with messages of other topics; a project's own data
moves it."""
SHARE_KNOWN = 0.9
"""Of the messages to a bot in use, how many are about one of its intents."""

_Look = tuple[NDArray[np.float32], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Fold:
    """What a model that is judged does not see."""

    held_out: frozenset[int]
    """Numbers of examples of every label."""
    left_out: frozenset[str]
    """Labels."""

    def chosen(self, labels: Sequence[str]) -> list[int]:
        """Numbers of the examples that the model learns from."""
        return [i for i, label in enumerate(labels) if i not in self.held_out and label not in self.left_out]


def fit_confidence(
    samples: Samples,
    fit: Callable[[Sequence[int]], Model],
    nonsense: Samples,
    *,
    foreign_label: str | None,
    seed: int,
    progress: Callable[[float], None],
    only: Fold | None = None,
) -> tuple[Calibration, dict[str, Any]]:
    """Temperature and gate from folds.

    Each fold is trained without a part of every label's examples, which shows how sure it may be, and
    without some labels altogether, whose examples then are texts about something else.

    Args:
        samples: of the whole training part.
        fit: trains on the samples with these numbers.
        nonsense: texts that mean nothing; each fold looks at a part.
        foreign_label: the label of texts that are about none of the others.
        only: the only fold, where the samples are fair in no other.

    Returns:
        The calibration, and a report: ``temperature``, ``held_out_accuracy``, ``calibration_error``.
    """
    labels = samples.labels
    all_folds = [only] if only else _folds(labels, foreign_label, seed)
    held: list[tuple[_Look, int, int | None]] = []
    foreign: list[tuple[_Look, int | None]] = []
    folds = len(all_folds) if len(set(labels)) > 1 and len(labels) >= 2 * FOLDS else 0
    for number_of_fold in range(min(folds, 1 + FOLDS * HELD_OUT_ENOUGH // len(labels))):
        fold = all_folds[number_of_fold]
        model = fit(fold.chosen(labels))
        number = {label: i for i, label in enumerate(model.labels)}
        other = number.get(foreign_label or "")
        for i, label in enumerate(labels):
            if label in fold.left_out or (label == foreign_label and i in fold.held_out):
                foreign.append((model.look(samples, i, other), other))
            elif i in fold.held_out and label in number:
                held.append((model.look(samples, i, other), number[label], other))
        size = len(nonsense.labels) // FOLDS
        part = range(number_of_fold * size, (number_of_fold + 1) * size)
        foreign += [(model.look(nonsense, i, other), other) for i in part]
        progress((number_of_fold + 1) / (folds + 1))
    temperature = fit_temperature(
        [look[0] for look, _, _ in held], [label for _, label, _ in held], default=DEFAULT_TEMPERATURE
    )
    looks = [*((look, other) for look, _, other in held), *foreign]
    splits = [split_chances(scores, temperature, other) for (scores, _), other in looks]
    gate = fit_gate(
        [split.best for split in splits],
        [(split.foreign, *signs) for split, ((_, signs), _) in zip(splits, looks, strict=True)],
        [True] * len(held) + [False] * len(foreign),
        prior=DEFAULT_GATE,
        share_known=SHARE_KNOWN,
    )
    report: dict[str, Any] = {"temperature": round(temperature, 3)}
    if held:
        chances = [Calibration(temperature, gate, other).probabilities(*look) for look, _, other in held]
        right = [int(c.argmax()) == label for c, (_, label, _) in zip(chances, held, strict=True)]
        report["held_out_accuracy"] = round(float(np.mean(right)), 4)
        report["calibration_error"] = round(calibration_error([float(c.max()) for c in chances], right), 4)
    number = {label: i for i, label in enumerate(sorted(set(labels)))}
    error = report.get("calibration_error", 0.0)
    return Calibration(temperature, gate, number.get(foreign_label or ""), len(held), error), report


def first_fold(
    labels: Sequence[str], foreign_label: str | None, seed: int, held_out: frozenset[int] = frozenset()
) -> Fold:
    """One fold of examples with these labels.

    Args:
        held_out: what is held out, if that is settled.
    """
    found = _folds(labels, foreign_label, seed)[0]
    return Fold(held_out, found.left_out) if held_out else found


def _folds(labels: Sequence[str], foreign_label: str | None, seed: int) -> list[Fold]:
    """The examples of one label are spread evenly; a lone example is never held out."""
    order = list(range(len(labels)))
    random.Random(seed).shuffle(order)
    order.sort(key=lambda i: labels[i])
    totals = Counter(labels)
    held_out: list[set[int]] = [set() for _ in range(FOLDS)]
    for place, i in enumerate(order):
        if totals[labels[i]] > 1:
            held_out[place % FOLDS].add(i)
    left_out = _labels_left_out(sorted(set(labels) - {foreign_label}), seed)
    return [Fold(frozenset(h), frozenset(out)) for h, out in zip(held_out, left_out, strict=True)]


def _labels_left_out(labels: Sequence[str], seed: int) -> list[set[str]]:
    """Labels that each fold does not see at all; a model needs at least two that it does see."""
    if len(labels) < 3:
        return [set() for _ in range(FOLDS)]
    order = list(labels)
    random.Random(seed).shuffle(order)
    return [
        set(order[fold::FOLDS]) if len(labels) - len(order[fold::FOLDS]) > 1 else set()
        for fold in range(FOLDS)
    ]


def gibberish(texts: Sequence[str], chance: random.Random, examples: int) -> list[str]:
    """Texts that mean nothing: real ones with their characters shuffled or typed at random; a few for each
    fold over so many examples."""
    out = []
    for number in range(FOLDS * max(4, examples // 40)):
        text = chance.choice(texts)
        characters = [c for c in text if not c.isspace()] or ["?"]
        if number % 2:
            letters = "abcdefghijklmnopqrstuvwxyz"
            words = [
                "".join(chance.choices(letters, k=chance.randint(2, 8))) for _ in range(chance.randint(1, 4))
            ]
            out.append(" ".join(words))
        else:
            chance.shuffle(characters)
            size = chance.randint(3, 7)
            out.append(" ".join("".join(characters[i : i + size]) for i in range(0, len(characters), size)))
    return out
