"""All values of a text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from chatwright.text.normalise import fold
from chatwright.text.values.contacts import find_codes, find_emails, find_phones, find_urls
from chatwright.text.values.numbers import find_numbers, find_ordinals, find_percents
from chatwright.text.values.value import Value

__all__ = ["KINDS", "find_values"]

Finder = Callable[[str], Iterator[Value]]

_FINDERS: Mapping[str, Finder] = {
    "email": find_emails,
    "url": find_urls,
    "phone": find_phones,
    "percent": find_percents,
    "code": find_codes,
    "ordinal": find_ordinals,
    "number": find_numbers,
}
KINDS = (*_FINDERS,)
"""All kinds; of two on the same span, the one that stands first here wins."""


def find_values(
    text: str, *, now: datetime, language: str | None = None, kinds: Collection[str] = KINDS
) -> list[Value]:
    """Values in a text, left to right, without overlap: the longest wins.

    Args:
        text: a message; both languages may stand in it.
        now: what ``tomorrow`` and the like refer to, with its zone.
        language: decides what is ambiguous.
        kinds: those to look for.
    """
    folded = fold(text)
    found = [value for kind in KINDS if kind in kinds for value in _FINDERS[kind](folded)]
    return [_as_written(value, text) for value in _without_overlap(found)]


def _as_written(value: Value, text: str) -> Value:
    """In addresses, upper and lower case may differ."""
    if value.kind not in ("email", "url"):
        return value
    return replace(value, value=unicodedata.normalize("NFKC", text[value.start : value.end]))


def _without_overlap(found: list[Value]) -> list[Value]:
    kept: list[Value] = []
    taken: set[int] = set()
    for value in sorted(found, key=lambda value: value.start - value.end):
        span = range(value.start, value.end)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(value)
    return sorted(kept, key=lambda value: value.start)
