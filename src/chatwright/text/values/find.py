"""Everything of ``values`` in one text, without overlap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from chatwright.text.normalise import fold
from chatwright.text.values.clock import find_times
from chatwright.text.values.contacts import find_contacts
from chatwright.text.values.dates import find_dates
from chatwright.text.values.numerals import Numeral, find_numerals
from chatwright.text.values.quantities import find_quantities
from chatwright.text.values.value import KINDS, Value

__all__ = ["find_values"]

_ORDER = {kind: number for number, kind in enumerate(KINDS)}
_INSIDE = {
    "time": "date",
    **dict.fromkeys(
        ("money", "percentage", "duration", "temperature", "distance", "volume", "weight", "ordinal"),
        "number",
    ),
}
"""What stands in for a value of an unwanted kind: ``three days`` holds a number."""

_CHINESE_ORDINAL = "第"
_ENGLISH_ORDINALS = dict(
    zip(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
        range(1, 13),
        strict=True,
    )
)
_ORDINAL = re.compile(
    rf"(?<![a-z0-9_])(?:([0-9]{{1,9}})(?:st|nd|rd|th)|(?<!a )(?<!one )(?<!per )({'|'.join(_ENGLISH_ORDINALS)}))(?![a-z0-9_])"
)


def find_values(text: str, *, now: datetime, kinds: Collection[str] = KINDS) -> list[Value]:
    """Values in a text, left to right; the longest wins where several readings overlap.

    Args:
        now: what ``tomorrow`` is relative to; times carry its time zone.
        kinds: kinds to look for. A date within a time, and the number within a quantity, are found where
            only they are wanted.

    >>> [(v.kind, v.value) for v in find_values("明天下午三点送2件", now=datetime(2023, 11, 7))]
    [('time', '2023-11-08T15:00:00'), ('number', 2)]
    """
    folded = fold(text)
    numerals = find_numerals(folded)
    quantities = find_quantities(folded, numerals)
    durations = [value for value in quantities if value.kind == "duration"]
    days = find_dates(folded, now.date())
    found = find_contacts(folded) + quantities + find_times(folded, days, durations, now)
    found += _ordinals(folded, numerals) + [_number(numeral) for numeral in numerals if numeral.bare]
    inner = [*map(_number, numerals), *(value for value in found if value.kind == "date")]
    return sorted(_chosen(found, inner, frozenset(kinds), len(text)), key=lambda value: value.start)


def _number(numeral: Numeral) -> Value:
    return Value(kind="number", start=numeral.start, end=numeral.end, value=numeral.value)


def _ordinals(text: str, numerals: Sequence[Numeral]) -> list[Value]:
    found = [
        Value(kind="ordinal", start=n.start - 1, end=n.end, value=n.value)
        for n in numerals
        if text[n.start - 1 : n.start] == _CHINESE_ORDINAL
    ]
    for match in _ORDINAL.finditer(text):
        value = int(match[1]) if match[1] else _ENGLISH_ORDINALS[match[2]]
        found.append(Value(kind="ordinal", start=match.start(), end=match.end(), value=value))
    return found


def _chosen(
    found: Sequence[Value], inner: Sequence[Value], kinds: Collection[str], length: int
) -> list[Value]:
    winners = _longest(found, kinds, length)
    chosen = [value for value in winners if value.kind in kinds]
    opened = {kind: bytearray(length) for kind in set(_INSIDE.values()) & set(kinds)}
    for value in winners:
        if value.kind not in kinds and (places := opened.get(_INSIDE.get(value.kind, ""))):
            places[value.start : value.end] = b"\x01" * (value.end - value.start)
    inside = [v for v in inner if v.kind in opened and opened[v.kind].find(0, v.start, v.end) < 0]
    return chosen + _longest(inside, kinds, length)


def _longest(found: Sequence[Value], kinds: Collection[str], length: int) -> list[Value]:
    """Without overlap: the longest first; of equally long ones the wanted, then the earlier kind."""
    taken, chosen = bytearray(length), []
    for value in sorted(
        found, key=lambda v: (v.start - v.end, v.kind not in kinds, _ORDER[v.kind], v.start)
    ):
        if taken.find(1, value.start, value.end) < 0:
            taken[value.start : value.end] = b"\x01" * (value.end - value.start)
            chosen.append(value)
    return chosen
