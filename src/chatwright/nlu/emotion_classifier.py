"""The emotion of a message, by the models of the house or by classes of the project's own."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from chatwright.errors import ComponentError, did_you_mean
from chatwright.nlu.component import FitReport, Message
from chatwright.nlu.emotion_model import EmotionModel, house_model
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Emotion
from chatwright.text.language import HAN

__all__ = ["EmotionClassifier"]

SENTIMENTS = ("positive", "neutral", "negative")
_HAN = re.compile(f"[{HAN}]")


@dataclass(slots=True)
class EmotionClassifier:
    """How the writer of a message feels, with intensity and sentiment.

    Without options the models of the house read Chinese and English. ``examples`` names a file of the
    project's own, a line ``label<TAB>intensity<TAB>text`` each, to train on instead; ``sentiments`` says
    which of its labels are positive or negative.
    """

    requires: ClassVar[frozenset[str]] = frozenset()
    provides: ClassVar[frozenset[str]] = frozenset({"emotion"})

    name: str
    config: Mapping[str, Any]
    own: EmotionModel | None = None
    """Trained on ``examples``; None where the models of the house are used."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        name = str(config.get("name", "EmotionClassifier"))
        sentiments = config.get("sentiments") or {}
        if not isinstance(sentiments, Mapping):
            raise ComponentError(
                f"{name}: sentiments must map labels", fix="write 'sentiments: {delighted: positive}'"
            )
        for label, sentiment in sentiments.items():
            if sentiment not in SENTIMENTS:
                raise ComponentError(
                    f"{name}: the sentiment of {label!r} cannot be {sentiment!r}",
                    fix=did_you_mean(str(sentiment), SENTIMENTS) or f"use one of {', '.join(SENTIMENTS)}",
                )
        if sentiments and not config.get("examples"):
            raise ComponentError(
                f"{name}: sentiments belong to labels of your own", fix="name their file as 'examples:'"
            )
        return cls(name, dict(config))

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        started = time.perf_counter()
        details: dict[str, Any] = {"model": "house"}
        if path := self.config.get("examples"):
            from chatwright.nlu.fit_emotion import fit_emotion, read_emotions

            examples = read_emotions(Path(path))
            self.own, details = fit_emotion(examples, self.config.get("sentiments"))
        return FitReport(component=self.name, seconds=time.perf_counter() - started, details=details)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [replace(message, emotion=self._emotion(message.text)) for message in messages]

    def _emotion(self, text: str) -> Emotion | None:
        """Which model of the house reads a text is told by its script, not by the conversation's language."""
        model = self.own or house_model("zh" if _HAN.search(text) else "en")
        return model.feel(text)

    def save(self, folder: Path) -> None:
        content = {"config": self.config, "own": self.own is not None}
        (folder / "component.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        if self.own is not None:
            self.own.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        content = json.loads((folder / "component.json").read_text("utf-8"))
        found = cls.from_config(content["config"])
        if content["own"]:
            found.own = EmotionModel.load(folder)
        else:
            for language in ("zh", "en"):  # with the bot, and not with its first message
                house_model(language)
        return found
