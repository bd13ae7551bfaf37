"""Parts of months and years, and quarters, in Chinese and English: rules for ``find_dates``."""

from __future__ import annotations

import re
from datetime import date

from chatwright.text.values.date_rules import (
    MONTH,
    MONTHS,
    NTH,
    SHIFT,
    YEAR,
    YEARS,
    B,
    E,
    N,
    add_months,
    chinese_rule,
    near_day,
    read_int,
    read_shift,
    read_year,
    rule,
)

__all__: list[str] = []

_THIRDS = {"初": 0, "上旬": 0, "early": 0, "beginning": 0, "start": 0} | {
    "中": 1,
    "中旬": 1,
    "mid": 1,
    "middle": 1,
}
"""Which part of a month or year is meant; the last one otherwise."""


def _part_of_month(first: date, part: str) -> tuple[date, str, date]:
    """Ten days (上旬, 中旬), or from the 21st to the end."""
    third = _THIRDS.get(part, 2)
    until = add_months(first, 1) if third == 2 else first.replace(day=10 * third + 11)
    return first.replace(day=10 * third + 1), "day", until


def _part_of_year(year: int, part: str) -> tuple[date, str, date]:
    """Its first or last three months, or four in the middle."""
    begin, end = ((1, 4), (5, 9), (10, 13))[_THIRDS.get(part, 2)]
    return date(year, begin, 1), "month", date(year + end // 13, (end - 1) % 12 + 1, 1)


@chinese_rule(
    rf"(?:(?:({YEAR})年|({'|'.join(YEARS)})的?)?(?<![0-9一二三四五六七八九十])({N})月份?|({SHIFT})月|(?<![个0-9])月)"
    "的?月?(初(?![一二三四五六七八九十级次])|上旬|中旬|下旬|底(?![薪层下])|末(?![尾端]))"
)
def _chinese_part_of_month(match: re.Match[str], today: date) -> tuple[date, str, date]:
    year, relative, month, shift, part = match.groups()
    if month is None:
        return _part_of_month(add_months(today.replace(day=1), read_shift(shift or "")), part)
    number = read_int(month)
    known = read_year(year) if year else today.year + YEARS[relative] if relative else None
    return _part_of_month(date(known or near_day(today, number, 28).year, number, 1), part)


@chinese_rule(
    rf"(?:({YEAR})年|({'|'.join(YEARS)})|(?<![大整几每0-9])年)的?年?"
    "(初(?![一二三四五六七八九十级])|(?<=年年)中|底(?![薪层下])|末(?![尾端])|尾)"
)
def _chinese_part_of_year(match: re.Match[str], today: date) -> tuple[date, str, date]:
    year, relative, part = match.groups()
    return _part_of_year(read_year(year) if year else today.year + YEARS.get(relative, 0), part)


@chinese_rule(rf"(?:({YEAR})年|({'|'.join(YEARS)})的?|(?<![0-9年]))([上下])半年(?![级])")
def _half_of_year(match: re.Match[str], today: date) -> tuple[date, str, date]:
    year = read_year(match[1]) if match[1] else today.year + YEARS.get(match[2], 0)
    if match[3] == "上":
        return date(year, 1, 1), "month", date(year, 7, 1)
    return date(year, 7, 1), "month", date(year + 1, 1, 1)


@rule(
    rf"{B}(?:(?:the )?(?:very )?(end|beginning|start|middle) of |(early|mid|late)(?: |-| in ))"
    rf"(?:(the|this|next|last) (month|year)|(?!may (?:i|you|we|they|it|be|not){E})"
    rf"{MONTH}(?:,? ([0-9]{{4}})(?![0-9]))?|((?:19|20)[0-9]{{2}})){E}"
)
def _english_part(match: re.Match[str], today: date) -> tuple[date, str, date]:
    of, early, which, grain, month, year, only = match.groups()
    part, shift = of or early, {"next": 1, "last": -1}.get(which, 0)
    if only or grain == "year":
        return _part_of_year(int(only) if only else today.year + shift, part)
    if grain:
        return _part_of_month(add_months(today.replace(day=1), shift), part)
    number = MONTHS[month]
    return _part_of_month(date(int(year) if year else near_day(today, number, 28).year, number, 1), part)


@rule(
    rf"(?:({YEAR})年|({'|'.join(YEARS)})的?)?第?([一二三四1-4])季度|(这个?|本|上个?|下个?)季度"
    rf"|{B}(?:the )?(?:q([1-4])|(first|second|third|fourth|last) quarter)"
    rf"(?:,? (?:of )?((?:19|20)[0-9]{{2}}))?{E}"
    rf"|{B}(this|next|last|past|coming) quarter{E}(?! (?:past|to|of an?) )"
)
def _quarter(match: re.Match[str], today: date) -> tuple[date, str]:
    year, relative, number, shift, short, ordinal, behind, which = match.groups()
    this = date(today.year, today.month - (today.month - 1) % 3, 1)
    if shift or which or (ordinal == "last" and not behind):
        word = shift or which or ordinal
        ahead = {"next": 1, "coming": 1, "last": -1, "past": -1}.get(word, read_shift(word))
        return add_months(this, 3 * ahead), "quarter"
    nth = read_int(number) if number else int(short) if short else NTH[ordinal] or 4
    known = (
        read_year(year) if year else today.year + YEARS[relative] if relative else int(behind or today.year)
    )
    return date(known, 3 * nth - 2, 1), "quarter"
