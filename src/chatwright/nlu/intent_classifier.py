"""The intent of a message."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from chatwright.nlu.component import FitReport, Message
from chatwright.nlu.text_component import TextComponent
from chatwright.project.nlu_data import NluData

__all__ = ["IntentClassifier"]


@dataclass(slots=True)
class IntentClassifier(TextComponent):
    """Stands for Rasa's DIETClassifier, LogisticRegressionClassifier and SklearnIntentClassifier.

    ``out_of_scope_intent`` names the intent of messages that are about none of the others; without it one
    of ``OUT_OF_SCOPE_NAMES`` is.
    """

    provides: ClassVar[frozenset[str]] = frozenset({"intent"})

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Learn from the examples that have an intent."""
        from chatwright.nlu.fit_text_classifier import fit_on_examples

        started = time.perf_counter()
        pairs = [(e, m, e.intent) for e, m in zip(data.examples, messages, strict=True) if e.intent]
        self.model, details = fit_on_examples(data, pairs, self.config)
        return FitReport(component=self.name, seconds=time.perf_counter() - started, details=details)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with ranked intents, and why the best is best."""
        return [self._classified(message) for message in messages]

    def _classified(self, message: Message) -> Message:
        if self.model is None or not message.text.strip():
            return message
        found = self.model.predict(message.text, message.tokens, self.ranking_length)
        return replace(
            message,
            intent=found.ranking[0],
            ranking=found.ranking,
            in_scope=found.known,
            evidence=[*message.evidence, *found.evidence],
        )
