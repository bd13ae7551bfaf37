"""Values that a text mentions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatwright.dialogue.belief.schema import Schema, SlotKey
from chatwright.dialogue.belief.words import Word, words
from chatwright.text.values.find import KINDS

__all__ = ["FREE_KINDS", "NAME", "Mention", "Span", "find_mentions"]

NAME = "name"
"""The kind of what begins with capital letters or stands in quotation marks."""
FREE_KINDS = frozenset((NAME, *KINDS))
"""Kinds of spans that are found without any training."""


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]``, found by something else: an entity, a number, a time, a name."""

    start: int
    end: int
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Mention:
    """Words ``first`` to ``last`` (not included) stand for a value."""

    first: int
    last: int
    kind: str
    """``exact``; ``form``: begins so (moderately, cheaper) or is misspelt; ``entity``; or a free kind."""
    value: str
    keys: frozenset[SlotKey] | None
    """The slots whose value it is; None: any open slot's."""


def find_mentions(
    text: Sequence[Word], schema: Schema, spans: Iterable[Span] = (), misspelt: Iterable[Span] = ()
) -> list[Mention]:
    """Mentions in a text, the longer where one lies inside another.

    Args:
        text: its words.
        spans: what else was found in the text.
        misspelt: places of known values that are written almost right; ``value`` is how it should be.
    """
    found = [*_exact(text, schema)]
    taken = {place for mention in found for place in range(mention.first, mention.last)}
    for span in misspelt:
        first, last = _places(text, span)
        if first < last and taken.isdisjoint(range(first, last)):
            known = schema.written.get(tuple(word.text for word in words(span.value)), ())
            found += _grouped(first, last, "form", known)
            taken.update(range(first, last))
    for place, word in enumerate(text):
        if place not in taken and len(word.text) >= 5:
            found += _grouped(place, place + 1, "form", _beginning(word.text, schema))
    for span in spans:
        first, last = _places(text, span)
        if first < last:
            keys = frozenset(slot.key for slot in schema.slots if span.kind in slot.kinds) or None
            kind = span.kind if span.kind in FREE_KINDS else "entity"
            found.append(Mention(first, last, kind, span.value, keys))
    return found


def _exact(text: Sequence[Word], schema: Schema) -> list[Mention]:
    matches = []
    for first in range(len(text)):
        for length in range(min(schema.longest, len(text) - first), 0, -1):
            known = schema.written.get(tuple(word.text for word in text[first : first + length]))
            if known:
                matches.append((first, first + length, known))
    return [
        mention
        for first, last, known in matches
        if not any(a <= first and last <= b and (a, b) != (first, last) for a, b, _ in matches)
        for mention in _grouped(first, last, "exact", known)
    ]


def _grouped(first: int, last: int, kind: str, known: Iterable[tuple[SlotKey, str]]) -> list[Mention]:
    by_value: dict[str, set[SlotKey]] = {}
    for key, value in known:
        by_value.setdefault(value, set()).add(key)
    return [Mention(first, last, kind, value, frozenset(keys)) for value, keys in by_value.items()]


def _beginning(word: str, schema: Schema) -> list[tuple[SlotKey, str]]:
    """Values of one word of which ``word`` is a longer form."""
    for length in range(len(word) - 1, max(3, len(word) - 4), -1):
        if known := schema.written.get((word[:length],)):
            return known
    return []


def _places(text: Sequence[Word], span: Span) -> tuple[int, int]:
    inside = [place for place, word in enumerate(text) if word.start < span.end and span.start < word.end]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)
