"""Which answer of a retrieval intent fits: ``faq`` → ``faq/opening_hours``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from chatwright.nlu.component import FitReport, Message
from chatwright.nlu.features import label_words
from chatwright.nlu.text_component import TextComponent
from chatwright.project.nlu_data import NluData

__all__ = ["ResponseSelector"]

DEFAULT = "default"


@dataclass(slots=True)
class ResponseSelector(TextComponent):
    """Ranks the answers of one retrieval intent (``retrieval_intent``), or of all.

    What an answer says is learnt from beside the questions and the name of its key, unless
    ``use_text_as_label`` is false. The words of the answers are not in here: whoever holds the domain adds
    them to ``responses``.
    """

    provides: ClassVar[frozenset[str]] = frozenset({"response_selector"})

    retrieval_intents: Sequence[str] = field(default_factory=list)
    """All of the project, whichever this selector is for."""

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Learn from the examples of retrieval intents."""
        from chatwright.nlu.fit_text_classifier import fit_on_examples

        started = time.perf_counter()
        only = self.config.get("retrieval_intent")
        keyed = [
            (e, m, e.response_key) for e, m in zip(data.examples, messages, strict=True) if e.response_key
        ]
        self.retrieval_intents = list(dict.fromkeys(e.intent for e, _, _ in keyed if e.intent))
        pairs = [(e, m, key) for e, m, key in keyed if only in (None, e.intent)]
        answers = data.answers if self.config.get("use_text_as_label", True) else {}

        def label_texts(key: str) -> Sequence[str]:
            return [label_words(key), *answers.get(key, ())]

        self.model, details = fit_on_examples(data, pairs, self.config, label_texts=label_texts)
        return FitReport(component=self.name, seconds=time.perf_counter() - started, details=details)

    def learnt(self) -> dict[str, Any]:
        return {"retrieval_intents": list(self.retrieval_intents)}

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._selected(message) for message in messages]

    def _selected(self, message: Message) -> Message:
        if self.model is None or not message.text.strip():
            return message
        scores = self.model.predict(message.text, message.tokens, self.ranking_length).ranking
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
