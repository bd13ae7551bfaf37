"""The shape of a message: the words by which it leans on what was said, its values, and what else it says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatwright.dialogue.context.words import pattern, words
from chatwright.schema.understanding import Entity
from chatwright.text.language import HAN
from chatwright.text.normalise import fold

__all__ = ["Pronoun", "Shape", "shape_of"]

_MARKS = re.compile(r"[\s,，.。!！?？;；:：、~…\"'“”‘’-]+")
_CLAUSE = re.compile(r"[^,，.。!！;；]+[,，.。!！;；]\s*(?=\S)")
COMPLAINT = {"en": 32, "zh": 10}
"""Characters of a complaint at most."""
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_KINDS = ("person", "place", "time", "thing")
_PRONOUNS = (*_KINDS, "demonstrative")


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A word that stands for something said before."""

    kind: str
    start: int
    end: int
    possessive: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What a message looks like, beside what it means."""

    language: str
    follows_up: bool
    """``and …``, ``what about …``, ``那…呢``."""
    elliptic: bool
    """Words of leaning that a noun follows, as in ``what about Friday``."""
    corrects: bool
    """``no, …``, ``I meant …``, ``改成…``."""
    pronouns: Sequence[Pronoun]
    values: Sequence[Entity]
    """Entities that are meant: neither ruled out nor complained of."""
    bare: bool
    """It has no other words than values and those of leaning."""
    rest: str
    """What it says beside values and words of no content of their own."""
    phrase: tuple[int, int]
    """The span of what it says without the words that lean on others."""
    asks: bool
    """It ends with a question mark."""

    @property
    def leans(self) -> bool:
        """Whether it says that it goes on from something."""
        return self.follows_up or self.corrects

    @property
    def marked(self) -> bool:
        """Whether it leans on something, or asks."""
        return self.leans or self.asks


def shape_of(text: str, entities: Sequence[Entity]) -> Shape:
    """The shape of a message, given the entities found in it."""
    folded = fold(text)
    language = "zh" if _HAN_CHARACTER.search(folded) else "en"
    complaint = _complaint(folded, language)
    start, leads = _lead(folded, language, entities, complaint)
    end, tails = _tail(folded, language, start)
    values = [entity for entity in entities if entity.end > entity.start]
    meant = [entity for entity in values if not _ruled_out(folded, entity, language)]
    covered = [(entity.start, entity.end) for entity in values]
    follows, corrects = words(language, "follow_up"), words(language, "correction")
    polite = words(language, "polite")
    headless = language == "zh" and any(folded[value.end : end] == "的" for value in meant)
    return Shape(
        language=language,
        follows_up=headless
        or any(word in follows for word in leads)
        or any(word not in polite for word in tails)
        or "也" in folded[:end],
        elliptic=any(word in words(language, "elliptic") for word in (*leads, *tails)),
        corrects=complaint > 0 or any(word in corrects for word in leads),
        pronouns=list(_pronouns(folded, language, covered)),
        values=_last_of_each(meant or values),
        bare=not _MARKS.sub("", _without(folded, covered)[start:end]),
        rest=_rest(folded, language, covered, start, end),
        phrase=(start, end),
        asks=text.rstrip().endswith(("?", "？")),
    )


def _complaint(text: str, language: str) -> int:
    """The end of a first clause that only says what is wrong with what was offered: ``too expensive, …``."""
    clause = _CLAUSE.match(text)
    found = pattern(language, "complaint").match(text)
    return clause.end() if clause and found and clause.end() <= COMPLAINT[language] else 0


def _lead(text: str, language: str, entities: Sequence[Entity], position: int) -> tuple[int, list[str]]:
    """Where the words of leaning at the front end, and which they are."""
    taken = {place for entity in entities for place in range(entity.start, entity.end)}
    leading, pronoun = pattern(language, "follow_up", "correction"), pattern(language, *_PRONOUNS)
    found: list[str] = []
    while True:
        if marks := _MARKS.match(text, position):
            position = marks.end()
        lead, stands_for = leading.match(text, position), pronoun.match(text, position)
        if lead is None or position in taken or (stands_for and stands_for.end() >= lead.end()):
            return position, found
        found.append(lead[0])
        position = lead.end()


def _tail(text: str, language: str, start: int) -> tuple[int, list[str]]:
    """Where the words of leaning at the back begin, and which they are."""
    end, found = len(text), list[str]()
    endings = sorted(words(language, "tail"), key=len, reverse=True)
    while True:
        while end > start and _MARKS.fullmatch(text[end - 1]):
            end -= 1
        ending = next((word for word in endings if _ends(text[start:end], word, language)), None)
        if ending is None:
            return end, found
        found.append(ending)
        end -= len(ending)


def _ends(text: str, word: str, language: str) -> bool:
    before = text[: -len(word)]
    return bool(before) and text.endswith(word) and (language == "zh" or before.endswith((" ", ",")))


def _ruled_out(text: str, entity: Entity, language: str) -> bool:
    """``not the radio``, ``too expensive``."""
    before = text[: entity.start].rstrip()
    listed = (*words(language, "negation"), *words(language, "complaint"))
    return any(before == word or _ends(before, word, language) for word in listed)


def _last_of_each(entities: Sequence[Entity]) -> list[Entity]:
    return list({(entity.entity, entity.role): entity for entity in entities}.values())


def _pronouns(text: str, language: str, covered: Sequence[tuple[int, int]]) -> list[Pronoun]:
    found: list[Pronoun] = []
    for match in pattern(language, *_PRONOUNS).finditer(text):
        span = match.span()
        if any(span[0] < end and start < span[1] for start, end in covered):
            continue
        kind = next((kind for kind in _KINDS if match[0] in words(language, kind)), None)
        if kind is None and not _stands_for_a_noun(text, span[1], language):
            continue
        found.append(Pronoun(kind or "thing", *span, match[0] in words(language, "possessive")))
    return found


def _stands_for_a_noun(text: str, end: int, language: str) -> bool:
    """Whether a demonstrative has no noun behind it: ``how much is that?``, not ``that song``."""
    behind = text[end:].lstrip()
    return not behind or bool(_MARKS.match(behind) or pattern(language, "after_demonstrative").match(behind))


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with blanks in the place of spans."""
    for first, last in spans:
        text = text[:first] + " " * (last - first) + text[last:]
    return text


def _rest(text: str, language: str, covered: Sequence[tuple[int, int]], start: int, end: int) -> str:
    kept = _without(text, covered)[start:end]
    for names in (_PRONOUNS, ("filler",)):
        kept = pattern(language, *names).sub(" ", kept)
    return " ".join(_MARKS.sub(" ", kept).split())
