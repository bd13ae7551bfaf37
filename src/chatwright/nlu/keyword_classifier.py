"""``KeywordIntentClassifier``: a message that holds an example word for word has its intent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from chatwright.nlu.component import FitReport, Message
from chatwright.project.nlu_data import NluData
from chatwright.schema.reasons import evidence
from chatwright.schema.understanding import IntentScore
from chatwright.text.phrases import PhraseTable

__all__ = ["KeywordIntentClassifier"]


@dataclass(slots=True)
class KeywordIntentClassifier:
    """Every example is a keyword; the first in the data that a message holds decides, with confidence 1.

    As in Rasa, examples of two intents and those that stand within an example of another intent are left
    out, and where nothing matches, an intent found before stays. Unlike Rasa's, it finds keywords in running
    Chinese text, and takes them literally.
    """

    requires: ClassVar[frozenset[str]] = frozenset()
    provides: ClassVar[frozenset[str]] = frozenset({"intent"})
    name: str = "KeywordIntentClassifier"
    case_sensitive: bool = True
    keywords: Mapping[str, str] = field(default_factory=dict)
    """Keyword → intent, in the order of the data."""
    _table: PhraseTable = field(default_factory=lambda: PhraseTable(()))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> KeywordIntentClassifier:
        """From its entry of config.yml."""
        name = str(config.get("name", "KeywordIntentClassifier")).rsplit(".", 1)[-1]
        return cls(name, bool(config.get("case_sensitive", True)))

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Take over the examples."""
        intents: dict[str, set[str]] = {}
        for example in data.examples:
            if example.intent and example.text.strip():
                intents.setdefault(example.text.strip(), set()).add(example.intent)
        self._take({text: next(iter(found)) for text, found in intents.items() if len(found) == 1})
        inside = {
            self._table.phrases[number]
            for text, found in intents.items()
            for number in self._table.held(text)
            if found != {self.keywords[self._table.phrases[number]]}
        }
        self._take({text: intent for text, intent in self.keywords.items() if text not in inside})
        return FitReport(
            component=self.name,
            details={"keywords": len(self.keywords), "left_out_ambiguous": len(intents) - len(self.keywords)},
        )

    def _take(self, keywords: Mapping[str, str]) -> None:
        self.keywords = keywords
        self._table = PhraseTable(keywords, case_sensitive=self.case_sensitive)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with the intent of the first keyword they hold."""
        return [self._classified(message) for message in messages]

    def _classified(self, message: Message) -> Message:
        held = self._table.held(message.text)
        if not held:
            return message
        keyword = self._table.phrases[min(held)]
        score = IntentScore(self.keywords[keyword], 1.0)
        reason = evidence("keyword", score=1.0, keyword=keyword)
        return replace(message, intent=score, ranking=(score,), evidence=(*message.evidence, reason))

    def save(self, folder: Path) -> None:
        """Write the keywords."""
        content = {
            "name": self.name,
            "case_sensitive": self.case_sensitive,
            "keywords": list(self.keywords.items()),
        }
        (folder / "keywords.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> KeywordIntentClassifier:
        """The inverse of ``save``."""
        data = json.loads((folder / "keywords.json").read_text("utf-8"))
        loaded = cls(data["name"], data["case_sensitive"])
        loaded._take(dict(data["keywords"]))
        return loaded
