"""``FallbackClassifier``: where the bot is not sure enough, the intent is ``nlu_fallback``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from chatwright.errors import ComponentError
from chatwright.nlu.component import FitReport, Message
from chatwright.project.domain import NLU_FALLBACK
from chatwright.project.nlu_data import NluData
from chatwright.schema.reasons import evidence
from chatwright.schema.understanding import IntentScore
from chatwright.schema.why import Evidence

__all__ = ["FallbackClassifier"]


@dataclass(frozen=True, slots=True)
class FallbackClassifier:
    """Puts ``nlu_fallback`` first where the best intent is too weak, the two best are too close, or the
    message seems to be about something else altogether.

    As in Rasa its confidence is the threshold.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"intent"})
    provides: ClassVar[frozenset[str]] = frozenset()
    name: str = "FallbackClassifier"
    threshold: float = 0.3
    """Least confidence of an intent."""
    ambiguity_threshold: float = 0.1
    """Least distance between the two best."""
    scope_threshold: float = 0.0
    """Least probability that the message is about any intent; 0, as in Rasa, to ask for none."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FallbackClassifier:
        """From its entry of config.yml.

        Raises:
            ComponentError: a threshold is not a number from 0 to 1.
        """
        values: dict[str, Any] = {}
        for key in ("threshold", "ambiguity_threshold", "scope_threshold"):
            value = config.get(key, getattr(cls(), key))
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ComponentError(f"FallbackClassifier: {key} must be from 0 to 1, not {value!r}")
            values[key] = float(value)
        return cls(str(config.get("name", "FallbackClassifier")).rsplit(".", 1)[-1], **values)

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Nothing to learn."""
        return FitReport(component=self.name)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with ``nlu_fallback`` where it applies."""
        return [self._checked(message) for message in messages]

    def _checked(self, message: Message) -> Message:
        if message.intent.name == NLU_FALLBACK:
            return message
        reason = self._reason(message)
        if reason is None:
            return message
        fallback = IntentScore(NLU_FALLBACK, self.threshold)
        return replace(
            message,
            intent=fallback,
            ranking=(fallback, *message.ranking),
            evidence=(*message.evidence, reason),
        )

    def _reason(self, message: Message) -> Evidence | None:
        best = message.intent
        if best.confidence < self.threshold:
            return evidence(
                "fallback.unsure",
                score=best.confidence,
                intent=best.name,
                confidence=best.confidence,
                threshold=self.threshold,
            )
        # The project's own intent for everything else is surer than all others together: it is left as it is.
        in_scope = 1.0 if message.in_scope is None or best.confidence > message.in_scope else message.in_scope
        if in_scope < self.scope_threshold:
            return evidence(
                "fallback.out_of_scope",
                score=best.confidence,
                in_scope=in_scope,
                threshold=self.scope_threshold,
            )
        if len(message.ranking) < 2:
            return None
        second = message.ranking[1]
        if best.confidence - second.confidence < self.ambiguity_threshold:
            return evidence(
                "fallback.ambiguous",
                score=best.confidence,
                first=best.name,
                first_confidence=best.confidence,
                second=second.name,
                second_confidence=second.confidence,
                threshold=self.ambiguity_threshold,
            )
        return None

    def save(self, folder: Path) -> None:
        """Write the thresholds."""
        content = {
            "name": self.name,
            "threshold": self.threshold,
            "ambiguity_threshold": self.ambiguity_threshold,
            "scope_threshold": self.scope_threshold,
        }
        (folder / "fallback.json").write_text(json.dumps(content), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> FallbackClassifier:
        """The inverse of ``save``."""
        return cls(**json.loads((folder / "fallback.json").read_text("utf-8")))
