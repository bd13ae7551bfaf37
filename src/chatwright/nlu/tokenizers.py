"""The tokenizers of a pipeline."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from chatwright.errors import ComponentError
from chatwright.nlu.component import FitReport, Message
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Token
from chatwright.text.chinese_words import Segmenter, read_dictionary
from chatwright.text.tokens import mixed_tokens, whitespace_tokens

__all__ = ["Tokenizer"]


@dataclass(slots=True)
class Tokenizer:
    """Words between spaces, and Chinese words where ``chinese`` is set.

    ``dictionary_path`` (a jieba user dictionary, or a folder of them) keeps further words whole;
    ``token_pattern`` splits tokens once more, as in Rasa.
    """

    requires: ClassVar[frozenset[str]] = frozenset()
    provides: ClassVar[frozenset[str]] = frozenset({"tokens"})

    name: str
    config: Mapping[str, Any]
    segmenter: Segmenter | None
    """None in a bot that does not speak Chinese: the dictionary takes 60 MB."""
    pattern: re.Pattern[str] | None = field(default=None)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        words = config.get("words") or ()
        if path := config.get("dictionary_path"):
            words = [*words, *read_dictionary(Path(path))]
        kept = {key: value for key, value in config.items() if key != "dictionary_path"}
        name = str(config.get("name", "Tokenizer"))
        return cls(
            name,
            {**kept, "words": list(words)},
            Segmenter(words) if config.get("chinese", True) else None,
            _compiled(name, config.get("token_pattern")),
        )

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """There is nothing to learn."""
        return FitReport(component=self.name)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [replace(message, tokens=self.tokens(message.text)) for message in messages]

    def tokens(self, text: str) -> list[Token]:
        """The tokens of one text."""
        found = mixed_tokens(text, self.segmenter) if self.segmenter else whitespace_tokens(text)
        if self.pattern is None:
            return found
        return [part for token in found for part in _split(token, self.pattern)]

    def save(self, folder: Path) -> None:
        (folder / "component.json").write_text(json.dumps(self.config, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls.from_config(json.loads((folder / "component.json").read_text("utf-8")))


def _compiled(name: str, pattern: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error as error:
        raise ComponentError(
            f"{name}: token_pattern is not a regular expression: {error}", fix=f"correct {pattern!r}"
        ) from error


def _split(token: Token, pattern: re.Pattern[str]) -> list[Token]:
    parts = [
        Token(match.group(), token.start + match.start(), token.start + match.end())
        for match in pattern.finditer(token.text)
        if match.group()
    ]
    return parts or [token]
