"""All that can be said of a text without a bot: languages, words, trees, frames and values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from chatwright.text.analysis.frames import Frame, frames
from chatwright.text.analysis.parse import Sentence, analyse
from chatwright.text.emoji import Emoji, find_emoji
from chatwright.text.language import LanguageSpan, detect, language_spans
from chatwright.text.values.find import find_values
from chatwright.text.values.value import Value

__all__ = ["Analysis", "Place", "analysis_of"]

_PLACE_ROLES = ("place", "source", "goal")
_AREAS = tuple("国省市县区州镇村路街巷站港岛山河湖海")
"""Last characters of names of places."""


@dataclass(frozen=True, slots=True)
class Place:
    """``text[start:end]`` names a place."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text, analysed."""

    text: str
    languages: tuple[LanguageSpan, ...]
    sentences: tuple[Sentence, ...]
    frames: tuple[tuple[Frame, ...], ...]
    """Those of each sentence."""
    values: tuple[Value, ...]
    places: tuple[Place, ...]
    emoji: tuple[Emoji, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON form; spans are offsets in characters of ``text``."""
        return {
            "text": self.text,
            "languages": [asdict(span) for span in self.languages],
            "sentences": [
                {
                    "start": sentence.start,
                    "end": sentence.end,
                    "words": [asdict(word) for word in sentence.words],
                    "frames": [asdict(frame) for frame in found],
                }
                for sentence, found in zip(self.sentences, self.frames, strict=True)
            ],
            "values": [
                {**asdict(value), "text": self.text[value.start : value.end]} for value in self.values
            ],
            "places": [
                {**asdict(place), "text": self.text[place.start : place.end]} for place in self.places
            ],
            "emoji": [asdict(emoji) for emoji in self.emoji],
        }


def analysis_of(
    text: str, *, now: datetime, language: str | None = None, pipeline: str | None = None
) -> Analysis:
    """Analyse a text.

    Args:
        text: Chinese, English or both.
        now: what ``tomorrow`` refers to.
        language: ``zh`` or ``en``; found where it is None.
        pipeline: name of an installed spaCy pipeline; ours where it is None.

    Raises:
        MissingExtraError: spaCy is not installed.
        ComponentError: there is no such pipeline.
    """
    if not text.strip():
        return Analysis(text, (), (), (), (), (), ())
    language = language or detect(text, current=None, allowed=("zh", "en"))
    values = tuple(find_values(text, now=now, language=language))
    sentences = tuple(analyse(text, language, pipeline=pipeline))
    found = tuple(tuple(frames(sentence, values)) for sentence in sentences)
    places = _places(sentences, found)
    return Analysis(
        text, tuple(language_spans(text)), sentences, found, values, tuple(places), tuple(find_emoji(text))
    )


def _places(sentences: Sequence[Sentence], found: Sequence[Sequence[Frame]]) -> list[Place]:
    """Where things are, begin and end, and names that end as names of places do."""
    spans = {
        (argument.start, argument.end)
        for frame in (frame for those in found for frame in those)
        for argument in frame.arguments
        if argument.role in _PLACE_ROLES and argument.value is None
    }
    for word in (word for sentence in sentences for word in sentence.words):
        named = word.upos == "PROPN" and len(word.text) > 1 and word.text.endswith(_AREAS)
        if named and not any(start <= word.start and word.end <= end for start, end in spans):
            spans.add((word.start, word.end))
    return [Place(start, end) for start, end in sorted(spans)]
