"""What rules of dates are made of: how they are noted, and the words and numbers that they share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from chatwright.text.values.numerals import read_number

__all__ = [
    "MONTH",
    "MONTHS",
    "NTH",
    "RULES",
    "SHIFT",
    "YEAR",
    "YEARS",
    "B",
    "E",
    "N",
    "Read",
    "add_months",
    "chinese_rule",
    "coming_date",
    "near_day",
    "read_int",
    "read_shift",
    "read_year",
    "rule",
]

RECENT = timedelta(days=60)
"""A day without a year is the coming one, unless it went by as recently as this."""

Read = Callable[[re.Match[str], date], tuple[date, str] | tuple[date, str, date] | None]
"""A match and today → a day and its grain, and the day after the last one where the grain does not tell it.
None, or a ``ValueError``, where it is no date."""
RULES: list[tuple[re.Pattern[str], Read, bool]] = []
"""Pattern, what it means, and whether only Chinese matches it."""

N = "(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})"
YEAR = "(?:(?<![0-9])[0-9]{4}|[零〇一二三四五六七八九]{4})"
YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}
SHIFT = "上上个?|下下个?|上个?|下个?|这个?|本"
MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|"
        "october oct|november nov|december dec".split("|"),
        1,
    )
    for name in names.split()
}
MONTH = "(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![a-z])(?:\.(?= ?[0-9]))?"
"""One group: a name of ``MONTHS``."""
NTH: dict[str, int | None] = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": None}
B, E = "(?<![a-z0-9_])", "(?![a-z0-9_])"


def add_months(day: date, months: int) -> date:
    """The same day some months on, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def rule(pattern: str, *, chinese_only: bool = False) -> Callable[[Read], Read]:
    """Note what matches of ``pattern`` in a folded text mean."""

    def register(read: Read) -> Read:
        RULES.append((re.compile(pattern), read, chinese_only))
        return read

    return register


chinese_rule = partial(rule, chinese_only=True)


def read_int(text: str) -> int:
    """A whole number in digits or Chinese.

    Raises:
        ValueError: it is none.
    """
    value = int(text) if text.isascii() and text.isdigit() else read_number(text)
    if value is None:
        raise ValueError(text)
    return int(value)


def near_day(today: date, month: int, day: int) -> date:
    """A day whose year is not said."""
    return coming_date(today, lambda year: date(year, month, day))


def coming_date(today: date, in_year: Callable[[int], date]) -> date:
    """The first day of the years around that is not longer ago than ``RECENT``.

    Args:
        in_year: the day in a year; a ``ValueError`` where there is none.
    """
    for year in range(today.year - 1, today.year + 9):
        try:
            candidate = in_year(year)
        except ValueError:
            continue  # 29 February
        if candidate >= today - RECENT:
            return candidate
    raise ValueError("no such day in the years around")


def read_year(text: str) -> int:
    """Four digits, Arabic or Chinese."""
    return int(read_number(text) or 0)


def read_shift(word: str) -> int:
    """How many weeks, months … 上 and 下 go back and forth."""
    return word.count("下") - word.count("上")
