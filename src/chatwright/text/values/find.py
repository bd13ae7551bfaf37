"""All values of a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from chatwright.text.normalise import fold
from chatwright.text.values.contacts import find_codes, find_emails, find_phones, find_urls
from chatwright.text.values.numbers import find_numbers, find_ordinals, find_percents
from chatwright.text.values.numerals import find_numerals
from chatwright.text.values.quantities import find_quantities
from chatwright.text.values.times import find_times
from chatwright.text.values.value import Value

__all__ = ["KINDS", "find_values"]

KINDS = (
    "email",
    "url",
    "phone",
    "code",
    "percent",
    "money",
    "duration",
    "distance",
    "weight",
    "temperature",
    "volume",
    "ordinal",
    "number",
    "time",
)
"""All kinds; of two on the same span, the one that stands first here wins: 20231107 alone is a number."""

_SIGNS = re.compile(
    r"[0-9@零〇一二两三四五六七八九十百千万亿壹贰叁半今明后昨前周期拜月年上下早晚天俩仨节圣旦夕端重清庆秋夕母父每季]|\.[a-z]|://"
)
_WORDS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand "
    "million billion dozen first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth half "
    "quarter christmas xmas halloween thanksgiving easter festival new mid early late end beginning "
    "start middle labor boxing independence valentine april good today tomorrow yesterday tonight noon "
    "midday midnight morning afternoon evening night monday tuesday wednesday thursday friday saturday "
    "sunday mon tue tues wed thu thur thurs fri sat sun second minute daily weekdays weekends "
    "mondays tuesdays wednesdays thursdays fridays saturdays sundays "
    "hour day week weekend month year january february march april may june july august september october "
    "november december couple jan feb mar apr jun jul aug sept sep oct nov dec".split()
)
_DAY_FIRST = frozenset("gb uk au nz ie za in".split())
"""Regions of English that write 7/11 in November."""


def find_values(
    text: str, *, now: datetime, language: str | None = None, kinds: Collection[str] = KINDS
) -> list[Value]:
    """Values in a text, left to right, without overlap: the longest wins.

    Args:
        text: a message; both languages may stand in it.
        now: what ``tomorrow`` and the like refer to; without a zone, in that of the machine.
        language: such as ``en-GB``; its region tells the order of day and month.
        kinds: those to look for.
    """
    folded = fold(text)
    if not _SIGNS.search(folded) and _WORDS.isdisjoint(re.findall("[a-z]+", folded)):
        return []
    now = now if now.tzinfo else now.astimezone()
    region = re.split("[-_]", (language or "").lower())[-1]
    found = _all(folded, now, kinds, day_first=region in _DAY_FIRST)
    wanted = [value for value in found if value.kind in kinds]
    return [_as_written(value, text) for value in _without_overlap(wanted)]


def _all(text: str, now: datetime, kinds: Collection[str], *, day_first: bool) -> Iterator[Value]:
    for kind, find in (
        ("email", find_emails),
        ("url", find_urls),
        ("phone", find_phones),
        ("code", find_codes),
        ("ordinal", find_ordinals),
    ):
        if kind in kinds:
            yield from find(text)
    numerals = list(find_numerals(text))
    quantities = find_quantities(text, numerals)
    yield from quantities
    yield from find_percents(text, numerals)
    yield from find_numbers(text, numerals)
    if "time" in kinds:
        durations = [
            value for value in quantities if value.kind == "duration" and not isinstance(value.value, dict)
        ]
        yield from find_times(text, durations, now, day_first=day_first)


def _as_written(value: Value, text: str) -> Value:
    """In addresses, upper and lower case may differ."""
    if value.kind not in ("email", "url"):
        return value
    return replace(value, value=unicodedata.normalize("NFKC", text[value.start : value.end]))


def _without_overlap(found: list[Value]) -> list[Value]:
    kept: list[Value] = []
    taken: set[int] = set()
    for value in sorted(found, key=lambda value: (value.start - value.end, KINDS.index(value.kind))):
        span = range(value.start, value.end)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(value)
    return sorted(kept, key=lambda value: value.start)
