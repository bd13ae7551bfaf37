"""How accuracy grows with the number of examples: is writing more of them worth the work?"""

from __future__ import annotations

import math
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chatwright.evaluate.nlu_evaluation import Parse, evaluate_nlu
from chatwright.project.nlu_data import NluData, NluExample

__all__ = ["SHARES", "CurvePoint", "learning_curve", "learning_curve_svg"]

SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
"""Of the training part that each point learns from."""
HELD_OUT = 0.2
"""Of every intent's examples, scored and never learnt from."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Intent accuracy after learning from a share of the examples."""

    share: float
    examples: int
    """Mean number learnt from."""
    accuracies: tuple[float, ...]
    """One a run."""

    @property
    def accuracy(self) -> float:
        """Mean over the runs."""
        return statistics.fmean(self.accuracies)

    @property
    def spread(self) -> float:
        """Standard deviation over the runs; 0 for one."""
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else 0.0

    def to_json(self) -> dict[str, object]:
        """JSON form."""
        return {
            "share": self.share,
            "examples": self.examples,
            "accuracy": self.accuracy,
            "spread": self.spread,
            "runs": list(self.accuracies),
        }


def learning_curve(
    data: NluData,
    fit: Callable[[NluData], Parse],
    *,
    runs: int = 3,
    shares: Sequence[float] = SHARES,
    seed: int = 42,
    progress: Callable[[str, float], None] | None = None,
) -> list[CurvePoint]:
    """Train on growing parts of the data and score on a held-out fifth, ``runs`` times.

    Within a run the parts contain one another. Intents with one example stay in training. Of shares that come
    to the same examples, as they do in tiny data, the largest alone is a point.

    Args:
        data: what to split; synonyms, patterns and lookups go into every training part.
        fit: trains on a part and gives a parser.
    """
    learnt: dict[float, list[int]] = defaultdict(list)
    scores: dict[float, list[float]] = defaultdict(list)
    shares = _telling(data.examples, shares, seed)
    for run in range(runs):
        train, test = _split(data.examples, seed + run)
        for number, share in enumerate(shares):
            if progress:
                progress("learning curve", (run * len(shares) + number) / (runs * len(shares)))
            part = [example for examples in train for example in examples[: _size(share, examples)]]
            parse = fit(replace(data, examples=part))
            learnt[share].append(len(part))
            scores[share].append(evaluate_nlu(parse, test).intent_accuracy())
    if progress:
        progress("learning curve", 1.0)
    return [
        CurvePoint(share, round(statistics.fmean(learnt[share])), tuple(scores[share])) for share in shares
    ]


def _size(share: float, examples: Sequence[NluExample]) -> int:
    return math.ceil(share * len(examples))


def _telling(examples: Sequence[NluExample], shares: Sequence[float], seed: int) -> list[float]:
    """Shares without those that learn from what a larger one learns from; sizes do not go by the shuffle."""
    train, _ = _split(examples, seed)
    by_sizes = {tuple(_size(share, label) for label in train): share for share in sorted(shares)}
    return list(by_sizes.values())


def _split(examples: Sequence[NluExample], seed: int) -> tuple[list[list[NluExample]], list[NluExample]]:
    """Training examples of each label, shuffled, and the test examples."""
    groups: dict[str, list[NluExample]] = defaultdict(list)
    for example in examples:
        if example.intent:
            groups[example.response_key or example.intent].append(example)
    chance = random.Random(seed)
    train, test = [], []
    for label in sorted(groups):
        chance.shuffle(groups[label])
        held = max(1, round(HELD_OUT * len(groups[label]))) if len(groups[label]) > 1 else 0
        test += groups[label][:held]
        train.append(groups[label][held:])
    return train, test


def learning_curve_svg(points: Sequence[CurvePoint]) -> str:
    """Accuracy (with its spread) against the number of examples."""
    width, height, left = 480, 220, 44
    most = max(point.examples for point in points)
    low = max(0.0, math.floor(10 * min(p.accuracy - p.spread for p in points)) / 10)

    def at(point: CurvePoint, value: float) -> tuple[float, float]:
        x = left + (width - left - 24) * point.examples / most
        return x, 12 + (height - 40) * (1.0 - value) / max(1e-9, 1.0 - low)

    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(point, point.accuracy) for point in points))
    parts = [
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="learning curve" '
        'xmlns="http://www.w3.org/2000/svg" font-size="11">'
        f'<polyline points="{line}" fill="none" stroke="currentColor"/>'
    ]
    for point in points:
        x, y = at(point, point.accuracy)
        top, bottom = (
            at(point, min(1.0, point.accuracy + point.spread))[1],
            at(point, max(low, point.accuracy - point.spread))[1],
        )
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}" stroke="currentColor"/>'
            f'<circle class="right" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{point.examples} examples: '
            f"{point.accuracy:.1%} ± {point.spread:.1%}</title></circle>"
            f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{point.examples}</text>'
            f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{point.accuracy:.0%}</text>'
        )
    return "".join(parts) + "</svg>"
