"""The intent of a message, from sparse features."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from chatwright.nlu.component import FitReport, Message
from chatwright.nlu.text_classifier import TextClassifier
from chatwright.project.nlu_data import NluData

__all__ = ["IntentClassifier"]

RANKING_LENGTH = 10


@dataclass(slots=True)
class IntentClassifier:
    """Stands for Rasa's DIETClassifier, LogisticRegressionClassifier and SklearnIntentClassifier.

    ``ranking_length`` (10; 0 for all) is how many intents the ranking names.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"tokens"})
    provides: ClassVar[frozenset[str]] = frozenset({"intent"})

    name: str
    config: Mapping[str, Any]
    model: TextClassifier | None = None
    """None without any example that has an intent."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        return cls(str(config.get("name", "IntentClassifier")), dict(config))

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        from chatwright.nlu.fit_text_classifier import fit_on_examples

        started = time.perf_counter()
        pairs = [(e, m, e.intent) for e, m in zip(data.examples, messages, strict=True) if e.intent]
        self.model, details = fit_on_examples(data, pairs, self.config)
        return FitReport(component=self.name, seconds=time.perf_counter() - started, details=details)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._classified(message) for message in messages]

    def _classified(self, message: Message) -> Message:
        if self.model is None or not message.text.strip():
            return message
        length = int(self.config.get("ranking_length", RANKING_LENGTH))
        ranking, evidence = self.model.predict(message.text, message.tokens, length)
        return replace(message, intent=ranking[0], ranking=ranking, evidence=[*message.evidence, *evidence])

    def save(self, folder: Path) -> None:
        content = {"config": self.config, "trained": self.model is not None}
        (folder / "component.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        if self.model is not None:
            self.model.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        content = json.loads((folder / "component.json").read_text("utf-8"))
        found = cls.from_config(content["config"])
        found.model = TextClassifier.load(folder) if content["trained"] else None
        return found
