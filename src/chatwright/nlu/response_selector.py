"""Which answer of a retrieval intent fits: ``faq`` → ``faq/opening_hours``."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from chatwright.nlu.component import FitReport, Message
from chatwright.nlu.text_classifier import TextClassifier
from chatwright.project.nlu_data import NluData

__all__ = ["ResponseSelector"]

RANKING_LENGTH = 10
DEFAULT = "default"


@dataclass(slots=True)
class ResponseSelector:
    """Ranks the answers of one retrieval intent (``retrieval_intent``), or of all.

    The words of the answers are not in here: whoever holds the domain adds them to ``responses``.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"tokens"})
    provides: ClassVar[frozenset[str]] = frozenset({"response_selector"})

    name: str
    config: Mapping[str, Any]
    model: TextClassifier | None = None
    retrieval_intents: Sequence[str] = field(default_factory=list)
    """All of the project, whichever this selector is for."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        return cls(str(config.get("name", "ResponseSelector")), dict(config))

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        from chatwright.nlu.fit_text_classifier import fit_on_examples

        started = time.perf_counter()
        only = self.config.get("retrieval_intent")
        keyed = [
            (e, m, e.response_key) for e, m in zip(data.examples, messages, strict=True) if e.response_key
        ]
        self.retrieval_intents = list(dict.fromkeys(e.intent for e, _, _ in keyed if e.intent))
        pairs = [(e, m, key) for e, m, key in keyed if only in (None, e.intent)]
        self.model, details = fit_on_examples(data, pairs, self.config)
        return FitReport(component=self.name, seconds=time.perf_counter() - started, details=details)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._selected(message) for message in messages]

    def _selected(self, message: Message) -> Message:
        if self.model is None or not message.text.strip():
            return message
        length = int(self.config.get("ranking_length", RANKING_LENGTH))
        scores, _ = self.model.predict(message.text, message.tokens, length)
        ranking = [{"confidence": s.confidence, "intent_response_key": s.name} for s in scores]
        best = ranking[0]
        entry = {
            "response": {
                "responses": [],
                "confidence": best["confidence"],
                "intent_response_key": best["intent_response_key"],
                "utter_action": f"utter_{best['intent_response_key']}",
            },
            "ranking": ranking,
        }
        selectors = {"all_retrieval_intents": list(self.retrieval_intents), **message.response_selector}
        selectors[self.config.get("retrieval_intent") or DEFAULT] = entry
        return replace(message, response_selector=selectors)

    def save(self, folder: Path) -> None:
        content = {
            "config": self.config,
            "trained": self.model is not None,
            "retrieval_intents": list(self.retrieval_intents),
        }
        (folder / "component.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        if self.model is not None:
            self.model.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        content = json.loads((folder / "component.json").read_text("utf-8"))
        found = cls.from_config(content["config"])
        found.retrieval_intents = content["retrieval_intents"]
        found.model = TextClassifier.load(folder) if content["trained"] else None
        return found
