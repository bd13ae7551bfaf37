"""Tokenizers: ``MixedTokenizer`` for Chinese and English together, Rasa's by their names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import regex

from chatwright.errors import ComponentError
from chatwright.nlu.component import FitReport, Message
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Token
from chatwright.text.chinese_words import Segmenter, read_dictionary
from chatwright.text.language import HAN
from chatwright.text.patterns import Pattern
from chatwright.text.tokens import mixed_tokens, whitespace_tokens

__all__ = ["MAX_CHARACTERS", "MAX_PHRASES", "Tokenizer"]

MAX_PHRASES = 20_000
"""Phrases of lookup tables and entities that become words; a longer table is found by its own matcher."""

MAX_CHARACTERS = 10_000
"""What stands behind so many is not split: no message is that long, and an attack shall not take seconds."""

_HAN_ONLY = re.compile(f"[{HAN}]{{2,8}}")


@dataclass(slots=True)
class Tokenizer:
    """Splits messages into tokens.

    Chinese phrases of the project (lookup tables, annotated entities) become words, so that entities are
    not lost to the segmentation.
    """

    requires: ClassVar[frozenset[str]] = frozenset()
    provides: ClassVar[frozenset[str]] = frozenset({"tokens"})
    name: str = "MixedTokenizer"
    splits_on_spaces_only: bool = False
    """WhitespaceTokenizer: Chinese characters between spaces are one token."""
    token_pattern: str | None = None
    """Splits tokens further: what it matches in a token becomes the tokens (Rasa)."""
    words: Sequence[str] = ()
    _segmenter: Segmenter = field(default_factory=Segmenter)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Tokenizer:
        """From its entry of config.yml; ``dictionary_path`` names jieba user dictionaries.

        Raises:
            ComponentError: ``token_pattern`` is not a regular expression.
            ProjectError: a dictionary cannot be read.
        """
        name = str(config.get("name", "MixedTokenizer")).rsplit(".", 1)[-1]
        pattern = config.get("token_pattern")
        try:
            Pattern(pattern or "")
        except (regex.error, TypeError) as error:
            raise ComponentError(f"{name}: token_pattern is not a regular expression: {error}") from error
        path = config.get("dictionary_path")
        words = tuple(read_dictionary(Path(path))) if path else ()
        return cls(name, name == "WhitespaceTokenizer", pattern, words, Segmenter(words))

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Make words of the project's phrases."""
        phrases = [phrase for table in data.lookups for phrase in table.phrases]
        phrases += [e.text[x.start : x.end] for e in data.examples for x in e.entities]
        found = dict.fromkeys([*self.words, *(p for p in phrases if _HAN_ONLY.fullmatch(p))])
        self.words = tuple(found)[:MAX_PHRASES]
        self._segmenter = Segmenter(self.words)
        return FitReport(component=self.name, details={"words_of_the_project": len(self.words)})

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with tokens."""
        return [replace(message, tokens=self.tokens(message.text)) for message in messages]

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a text."""
        text = text[:MAX_CHARACTERS]
        found = whitespace_tokens(text) if self.splits_on_spaces_only else mixed_tokens(text, self._segmenter)
        return found if self.token_pattern is None else _split(found, Pattern(self.token_pattern))

    def save(self, folder: Path) -> None:
        """Write the words."""
        content = {
            "name": self.name,
            "splits_on_spaces_only": self.splits_on_spaces_only,
            "token_pattern": self.token_pattern,
            "words": self.words,
        }
        (folder / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """The inverse of ``save``."""
        data = json.loads((folder / "tokenizer.json").read_text("utf-8"))
        return cls(**data, _segmenter=Segmenter(data["words"]))


def _split(tokens: Sequence[Token], pattern: Pattern) -> list[Token]:
    out: list[Token] = []
    for token in tokens:
        spans = pattern.find(token.text)
        parts = [Token(token.text[a:b], token.start + a, token.start + b) for a, b in spans]
        out += parts or [token]
    return out
