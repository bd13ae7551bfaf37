"""Learning from messages without labels: what the bot is sure of is taken for an example (self-training).

Yarowsky 1995; with a balanced share an intent as in Blum and Mitchell 1998, so that a frequent intent does
not swallow the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from chatwright.errors import ComponentError
from chatwright.project.domain import NLU_FALLBACK
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Understanding

__all__ = ["SelfTraining", "Train"]

Train = Callable[[NluData], Callable[[Sequence[str]], Sequence[Understanding]]]
"""Fits a pipeline on data and gives its parser."""


@dataclass(frozen=True, slots=True)
class SelfTraining:
    """Which messages are taken over.

    Attributes:
        texts: messages without labels.
        threshold: confidence from which a message counts as an example.
        per_intent: so many of the surest messages are taken over for each intent, in each round.
        rounds: how often the bot is trained and asked again.
    """

    texts: tuple[str, ...]
    threshold: float = 0.8
    per_intent: int = 5
    rounds: int = 1

    @classmethod
    def from_config(cls, config: Mapping[str, Any], project_root: Path | None = None) -> Self:
        """From a ``SelfTraining`` entry of the pipeline.

        Raises:
            ComponentError: the file of messages is not named or cannot be read.
        """
        name = config.get("unlabelled")
        if not name:
            raise ComponentError(
                "SelfTraining needs messages",
                fix="name a file with a message a line: `unlabelled: messages.txt`",
            )
        try:
            lines = ((project_root or Path()) / str(name)).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ComponentError(
                f"SelfTraining: {name} cannot be read: {error}", fix="is it a UTF-8 text file of the project?"
            ) from error
        return cls(
            tuple(dict.fromkeys(line.strip() for line in lines if line.strip())),
            float(config.get("threshold", 0.8)),
            int(config.get("per_intent", 5)),
            int(config.get("rounds", 1)),
        )

    def enlarge(self, data: NluData, train: Train) -> NluData:
        """The data with the surest messages behind its examples."""
        waiting = [text for text in self.texts if text not in {e.text for e in data.examples}]
        for _ in range(self.rounds):
            taken = self._surest(train(data)(waiting))
            if not taken:
                break
            data = replace(data, examples=[*data.examples, *taken])
            gone = {example.text for example in taken}
            waiting = [text for text in waiting if text not in gone]
        return data

    def _surest(self, found: Sequence[Understanding]) -> list[NluExample]:
        by_intent: dict[str, list[Understanding]] = defaultdict(list)
        for understanding in found:
            intent = understanding.intent
            if intent.name not in (None, NLU_FALLBACK) and intent.confidence >= self.threshold:
                by_intent[intent.name].append(understanding)
        return [
            NluExample(u.text, intent, _answer(u), tuple(u.entities))
            for intent in sorted(by_intent)
            for u in sorted(by_intent[intent], key=lambda u: -u.intent.confidence)[: self.per_intent]
        ]


def _answer(found: Understanding) -> str | None:
    """The answer that a retrieval intent's selector chose."""
    for chosen in found.response_selector.values():
        key = chosen.get("response", {}).get("intent_response_key") if isinstance(chosen, dict) else None
        if key and key.startswith(f"{found.intent.name}/"):
            return key
    return None
