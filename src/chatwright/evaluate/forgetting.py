"""What a bot forgot when it was trained further: the bot before and the bot after on the same messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.evaluate.nlu_evaluation import Parse, evaluate_nlu
from chatwright.project.nlu_data import NluExample

__all__ = ["ForgettingReport", "IntentChange", "compare_bots"]


@dataclass(frozen=True, slots=True)
class IntentChange:
    """How well one intent is recognised before and after."""

    intent: str
    examples: int
    before: int
    """Right answers of the bot before."""
    after: int
    forgotten: tuple[str, ...]
    """Messages that were understood before and are not any more."""

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "intent": self.intent,
            "examples": self.examples,
            "before": self.before,
            "after": self.after,
            "forgotten": list(self.forgotten),
        }


@dataclass(frozen=True, slots=True)
class ForgettingReport:
    """All intents that both bots were scored on, those that lost most first."""

    scored_on: str
    """``held out`` examples, or the ``training`` examples of the bot before, which flatter both."""
    changes: Sequence[IntentChange]

    @property
    def before(self) -> float:
        """Accuracy of the bot before on the intents that it knew."""
        return self._share([change.before for change in self.changes])

    @property
    def after(self) -> float:
        """Accuracy of the bot after on the same messages."""
        return self._share([change.after for change in self.changes])

    @property
    def forgotten(self) -> int:
        """Number of messages that were understood before and are not any more."""
        return sum(len(change.forgotten) for change in self.changes)

    def _share(self, right: Sequence[int]) -> float:
        total = sum(change.examples for change in self.changes)
        return sum(right) / total if total else 0.0

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "scored_on": self.scored_on,
            "before": self.before,
            "after": self.after,
            "forgotten": self.forgotten,
            "intents": [change.to_json() for change in self.changes],
        }


def compare_bots(
    before: Parse, after: Parse, examples: Sequence[NluExample], known: set[str], *, scored_on: str
) -> ForgettingReport:
    """Score both on the examples of the intents that the bot before knew.

    Args:
        known: intents of the bot before.
        scored_on: what the examples are, for the reader of the report.
    """
    scored = [example for example in examples if example.intent in known]
    pairs = list(zip(evaluate_nlu(before, scored).intents, evaluate_nlu(after, scored).intents, strict=True))
    totals = Counter(old.gold for old, _ in pairs)
    changes = [
        IntentChange(
            intent,
            totals[intent],
            sum(old.is_right for old, _ in pairs if old.gold == intent),
            sum(new.is_right for _, new in pairs if new.gold == intent),
            tuple(old.text for old, new in pairs if old.gold == intent and old.is_right and not new.is_right),
        )
        for intent in sorted(totals)
    ]
    changes.sort(key=lambda change: (change.after - change.before) / change.examples)
    return ForgettingReport(scored_on, changes)
