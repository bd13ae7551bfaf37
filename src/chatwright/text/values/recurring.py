"""Times that come again, as rules of RFC 5545 (iCalendar): 每周一, ``every Monday``, ``daily at 9``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from chatwright.text.values.numerals import read_number

__all__ = ["Recurrence", "find_recurrences"]

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CHINESE = "一二三四五六日"
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_N = "(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})"
_WEEKDAY = f"(?:{'|'.join(_ENGLISH)})"
_RECURRENCE = re.compile(
    rf"每个?(?:周|星期|礼拜)(?P<days>[{_CHINESE}天末](?:[、,和]?(?:周|星期|礼拜)?[{_CHINESE}天])*)"
    rf"(?:[到至-](?:周|星期|礼拜)?(?P<last>[{_CHINESE}天]))?(?![{_CHINESE}])"
    rf"|每个?月(?:的)?(?P<monthday>{_N})[日号]|每年(?:的)?(?P<month>{_N})月(?:份|(?P<yearday>{_N})[日号])?"
    "|(?P<workday>每个?工作日)|(?P<daily>每天|每日|每个?(?=早|晚|上午|下午|中午|凌晨|傍晚))"
    rf"|(?<![a-z])(?:(?:every|each) (?P<english>{_WEEKDAY}(?:(?:,| and|, and| or) {_WEEKDAY})*)"
    rf"|(?:on )?(?P<plural>{_WEEKDAY}s(?:(?:,| and|, and) {_WEEKDAY}s)*)"
    r"|(?:on )?the (?P<nth>[0-9]{1,2})(?:st|nd|rd|th) of (?:every|each) month"
    r"|(?P<work>(?:every|each) (?:weekday|work(?:ing )?day)|(?:on )?weekdays)"
    r"|(?P<weekend>(?:every|each) weekend|(?:on )?weekends)"
    r"|(?P<day>every day|each day|daily|every(?= (?:morning|afternoon|evening|night))))(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule at a place."""

    start: int
    end: int
    rule: str
    """Such as ``FREQ=WEEKLY;BYDAY=MO``."""
    first: date | None
    """The coming day that it names; None of a daily one."""
    grain: str = "day"
    """Of ``first``: ``day`` or ``month``."""


def find_recurrences(text: str, today: date) -> Iterator[Recurrence]:
    """Rules of a folded text, left to right."""
    for found in _RECURRENCE.finditer(text):
        try:
            rule, first = _read(found, today)
        except ValueError:
            continue  # there is no such day
        grain = "month" if found["month"] and not found["yearday"] else "day"
        yield Recurrence(*found.span(), rule, first, grain)


def _read(found: re.Match[str], today: date) -> tuple[str, date | None]:
    if found["daily"] or found["day"]:
        return "FREQ=DAILY", None
    if number := found["monthday"] or found["nth"]:
        return _on(today, f"FREQ=MONTHLY;BYMONTHDAY={_number(number, 31)}", day=_number(number, 31))
    if found["month"]:
        month = _number(found["month"], 12)
        if not found["yearday"]:
            return _on(today, f"FREQ=YEARLY;BYMONTH={month}", day=1, month=month)
        day = _number(found["yearday"], 31)
        return _on(today, f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}", day=day, month=month)
    weekdays = _weekdays(found)
    first = next(
        day for day in (today + timedelta(days=ahead) for ahead in range(1, 8)) if day.weekday() in weekdays
    )
    return f"FREQ=WEEKLY;BYDAY={','.join(_CODES[weekday] for weekday in weekdays)}", first


def _on(today: date, rule: str, *, day: int, month: int | None = None) -> tuple[str, date]:
    for ahead in range(1, 8 * 366):
        candidate = today + timedelta(days=ahead)
        if candidate.day == day and month in (None, candidate.month):
            return rule, candidate
    raise ValueError(day)


def _number(written: str, most: int) -> int:
    number = int(read_number(written) or 0)
    if not 1 <= number <= most:
        raise ValueError(written)
    return number


def _weekdays(found: re.Match[str]) -> list[int]:
    if found["workday"] or found["work"]:
        return list(range(5))
    if found["weekend"] or found["days"] == "末":
        return [5, 6]
    if found["days"]:
        named = [_CHINESE.index(day.replace("天", "日")) for day in found["days"] if day in f"{_CHINESE}天"]
        if found["last"]:
            last = _CHINESE.index(found["last"].replace("天", "日"))
            named += [day % 7 for day in range(named[-1] + 1, last + 1 if last > named[-1] else last + 8)]
    else:
        named = [_ENGLISH.index(day) for day in re.findall(_WEEKDAY, found["english"] or found["plural"])]
    return sorted(set(named))
