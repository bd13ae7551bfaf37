"""Names, numbers and times in a text: what may fill a slot whose values nobody listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from chatwright.dialogue.belief.mentions import NAME, Span
from chatwright.text.values.find import find_values
from chatwright.text.values.value import Value

__all__ = ["free_spans"]

_JOINED = "(?: (?:of|the|and|at|in|on|for|de|la|&|-))*"
_NAMES = re.compile(rf"(?:\d+ )?[A-Z][\w'’&.-]*(?:{_JOINED} [A-Z][\w'’&.-]*)*")
_FIRST = re.compile(rf"[A-Z][a-z']*{_JOINED} (?=[A-Z])")
_QUOTED = re.compile(r"[\"“「『《]([^\"”」』》]{1,60})[\"”」』》]")
_STARTS = re.compile(r"(?:^|[.?!:,] +)$")
_ANY_DAY = datetime(2026, 3, 11, 10)


def free_spans(text: str) -> list[Span]:
    """Spans of a text, which may overlap; the value is what is written, of a number its digits.

    >>> [(span.kind, span.value) for span in free_spans("A table at Saap Ver, please, at 1:15 pm for 2")]
    [('time', '1:15 pm'), ('number', '2'), ('name', 'Saap Ver')]
    """
    found = [
        Span(value.start, value.end, value.kind, _written(value, text))
        for value in find_values(text, now=_ANY_DAY)
    ]
    return [*found, *_names(text)]


def _written(value: Value, text: str) -> str:
    return f"{value.value:g}" if value.kind == "number" else text[value.start : value.end]


def _names(text: str) -> Iterator[Span]:
    for match in _QUOTED.finditer(text):
        yield Span(*match.span(1), NAME, match[1])
    for match in _NAMES.finditer(text):
        start, name = match.start(), match[0].rstrip(".-'’")
        begins = bool(_STARTS.search(text[:start]))
        if begins and " " not in name:  # the first word of a sentence has its capital anyway
            continue
        if begins and (rest := _FIRST.match(name)):
            yield Span(start + rest.end(), start + len(name), NAME, name[rest.end() :])
        if name != "I":
            yield Span(start, start + len(name), NAME, name)
