"""All that can be said of a text without a bot: languages, words, trees, frames and values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
_LIES = frozenset("in near around from to at".split())
_TRAVEL = frozenset(
    "ticket flight trip train bus ferry drive ride way route road journey travel tour visit move delivery "
    "shipment shipping".split()
)
"""What goes to a place, where another noun goes to a person."""
_LANGUAGES = frozenset("english chinese mandarin cantonese french german spanish japanese".split())
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
    places = _places(sentences, found, values)
    return Analysis(
        text, tuple(language_spans(text)), sentences, found, values, tuple(places), tuple(find_emoji(text))
    )


def _places(
    sentences: Sequence[Sentence], found: Sequence[Sequence[Frame]], values: Sequence[Value]
) -> list[Place]:
    """Where things are, begin and end, and names that end as names of places do."""
    arguments = [argument for those in found for frame in those for argument in frame.arguments]
    spans = {
        (argument.start, argument.end)
        for argument in arguments
        if argument.role in _PLACE_ROLES and argument.value is None
    }
    of_verbs = {(argument.start, argument.end) for argument in arguments}
    taken = [*spans, *((value.start, value.end) for value in values)]
    for start, end in (span for sentence in sentences for span in _named_behind_prepositions(sentence)):
        overlaps = any(start < other_end and other_start < end for other_start, other_end in taken)
        if not overlaps and (start, end) not in of_verbs:
            spans.add((start, end))
    for word in (word for sentence in sentences for word in sentence.words):
        named = word.upos == "PROPN" and len(word.text) > 1 and word.text.endswith(_AREAS)
        if named and not any(start <= word.start and word.end <= end for start, end in spans):
            spans.add((word.start, word.end))
    return [Place(start, end) for start, end in sorted(spans)]


def _named_behind_prepositions(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Names, where no verb says their part: ``a hotel in Leeds``, ``from Leeds to York``.

    ``from`` and ``to`` stand before people too: they count where both do, or behind a noun of travel.
    """
    words = sentence.words
    named: dict[int, int] = {}  # name → its preposition
    for number, word in enumerate(words):
        known = word.deprel == "case" and word.text.lower() in _LIES and word.head > number
        if known and word.head < len(words) and words[word.head].upos == "PROPN":
            named[word.head] = number
    both = {"from", "to"} <= {words[number].text.lower() for number in named.values()}
    for name, preposition in named.items():
        head = words[name].head
        above = (words[head].lemma or "").lower() if 0 <= head < len(words) else ""
        lies = words[preposition].text.lower() not in ("from", "to") or both or above in _TRAVEL
        if not lies or words[name].text.lower() in _LANGUAGES:
            continue
        first, last = preposition + 1, name
        while words[first].upos == "DET" and first < name:
            first += 1
        while last + 1 < len(words) and words[last + 1].deprel == "flat" and words[last + 1].head == name:
            last += 1
        yield words[first].start, words[last].end
