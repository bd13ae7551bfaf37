"""Dates, absolute and relative to a reference, in Chinese and English. Texts are folded (``fold``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import chatwright.text.values.periods  # noqa: F401 - notes its rules
from chatwright.text.language import HAN
from chatwright.text.values.date_rules import (
    MONTH,
    MONTHS,
    NTH,
    RULES,
    SHIFT,
    YEAR,
    YEARS,
    B,
    E,
    N,
    Read,
    add_months,
    chinese_rule,
    coming_date,
    near_day,
    read_int,
    read_shift,
    read_year,
    rule,
)
from chatwright.text.values.holidays import HOLIDAY, HOLIDAY_DAYS

__all__ = ["Day", "find_dates"]


@dataclass(frozen=True, slots=True)
class Day:
    """A date at a place."""

    start: int
    end: int
    day: date
    grain: str = "day"
    until: date | None = None
    """The day after the last one, where the grain does not tell it."""


_HAN = re.compile(f"[{HAN}]")
_WEEKDAYS = {character: number for number, character in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_DAYS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "大后天": 3,
    "the day before yesterday": -2,
    "day before yesterday": -2,
    "yesterday": -1,
    "today": 0,
    "tomorrow": 1,
    "the day after tomorrow": 2,
    "day after tomorrow": 2,
}
_ENGLISH_WEEKDAYS: dict[str, int] = dict(
    zip("monday tuesday wednesday thursday friday saturday sunday".split(), range(7), strict=True)
)
_SHORT_WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate("mon|tue tues|wed|thu thur thurs|fri|sat|sun".split("|"))
    for name in names.split()
}
_D = "([0-9]{1,2})(?:st|nd|rd|th)?(?![0-9a-z])"


def find_dates(text: str, today: date, *, day_first: bool = False) -> list[Day]:
    """All dates of a folded text; they may overlap.

    Args:
        today: what ``tomorrow`` follows.
        day_first: whether 11/7 is in July.
    """
    found = []
    is_chinese = _HAN.search(text) is not None
    for pattern, read, chinese_only in RULES:
        if chinese_only and not is_chinese:
            continue
        for match in pattern.finditer(text):
            try:
                what = (_DAY_FIRST.get(read, read) if day_first else read)(match, today)
            except (ValueError, OverflowError):
                continue  # there is no such day
            if what is not None:
                until = what[2] if len(what) == 3 else None
                found.append(Day(match.start(), match.end(), what[0], what[1], until))
    return sorted(found, key=lambda day: (day.start, -day.end))


@chinese_rule(
    rf"(?<![农阴旧]历)(?:(?:({YEAR})年|({'|'.join(YEARS)}))的?)?(?<![0-9一二三四五六七八九十])({N})月(?:份|({N})[日号](?!线)|(?!初[一二三四五六七八九十]))"
)
def _chinese_date(match: re.Match[str], today: date) -> tuple[date, str]:
    year, relative, month, day = match.groups()
    number = read_int(month)
    known = read_year(year) if year else today.year + YEARS[relative] if relative else None
    if day is None:
        return date(known or near_day(today, number, 28).year, number, 1), "month"
    return (date(known, number, read_int(day)) if known else near_day(today, number, read_int(day))), "day"


@chinese_rule(
    rf"(?:({SHIFT})月|(?:({YEAR})年|({'|'.join(YEARS)}))?({N})月份?)的?(?:第([一二三四五])|(最后一?))个?"
    "(?:周|星期|礼拜)([一二三四五六日天])"
)
def _chinese_nth_weekday(match: re.Match[str], today: date) -> tuple[date, str]:
    shift, year, relative, month, nth, _, weekday = match.groups()
    if shift:
        first = add_months(today.replace(day=1), read_shift(shift))
    else:
        number = read_int(month)
        known = read_year(year) if year else today.year + YEARS[relative] if relative else None
        first = date(known or near_day(today, number, 28).year, number, 1)
    return _nth_weekday(first, _WEEKDAYS[weekday], read_int(nth) if nth else None), "day"


def _nth_weekday(first: date, weekday: int, nth: int | None) -> date:
    """Of the month that begins with ``first``; its last one where ``nth`` is None."""
    if nth is None:
        following = add_months(first, 1)
        return following - timedelta(days=(following.weekday() - weekday - 1) % 7 + 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    if day.month != first.month:
        raise ValueError(nth)
    return day


@chinese_rule(rf"({YEAR})年(?![前后内级多])|({'|'.join(YEARS)})(?!头)")
def _chinese_year(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(read_year(match[1]) if match[1] else today.year + YEARS[match[2]], 1, 1), "year"


@rule(
    r"(?<![a-z])(?:in|since|until|till|by|before|after) ((?:19|20)[0-9]{2})"
    r"(?= ?(?:[.,;!?)]?$|[.,;!?)] |and |but ))"
)
def _english_year(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(read_year(match[1]), 1, 1), "year"


@chinese_rule(rf"(?<![以之])({SHIFT})月(?:({N})[日号])?(?![饼亮])")
def _chinese_month(match: re.Match[str], today: date) -> tuple[date, str]:
    first = add_months(today.replace(day=1), read_shift(match[1]))
    return (first, "month") if match[2] is None else (first.replace(day=read_int(match[2])), "day")


_NO_DAY = "0-9月第一二三四五六七八九十#a-z路街道巷弄园村大小"
_DAY_SIGN = "(?:号(?![线楼门桌房车机馆店码院井台球铺柜员单快位])|日(?![子期元内常程]))"


@chinese_rule(rf"(?<![{_NO_DAY}])([0-3]?[0-9]|[一二三四五六七八九十]{{1,3}}){_DAY_SIGN}")
def _day_of_month(match: re.Match[str], today: date) -> tuple[date, str]:
    return _coming_day(today, read_int(match[1])), "day"


@chinese_rule(rf"(?:({SHIFT})月|(?<![0-9])({N})月|(?<![{_NO_DAY}.-]))({N}) ?[-~到至] ?({N}){_DAY_SIGN}")
def _days_of_month(match: re.Match[str], today: date) -> tuple[date, str, date] | None:
    """3-5号, 12月3到5号."""
    shift, month, first, last = match.groups()
    if shift:
        begin = add_months(today.replace(day=1), read_shift(shift)).replace(day=read_int(first))
    elif month:
        begin = near_day(today, read_int(month), read_int(first))
    else:
        begin = _coming_day(today, read_int(first))
    end = begin.replace(day=read_int(last))
    return (begin, "day", end + timedelta(days=1)) if begin < end else None


@chinese_rule(
    rf"(?:({YEAR})年|({'|'.join(YEARS)}))?(?<![0-9一二三四五六七八九十第.-])({N}) ?[-~到至] ?({N})月份?"
    r"(?!份?[0-9一二三四五六七八九十初上中下底末])"
)
def _months(match: re.Match[str], today: date) -> tuple[date, str, date] | None:
    """5-6月."""
    year, relative, first, last = match.groups()
    known = read_year(year) if year else today.year + YEARS[relative] if relative else None
    begin = date(known or near_day(today, read_int(last), 28).year, read_int(first), 1)
    end = begin.replace(month=read_int(last))
    return (begin, "month", add_months(end, 1)) if begin < end else None


def _coming_day(today: date, number: int) -> date:
    for month in range(3):
        try:
            day = add_months(today.replace(day=1), month).replace(day=number)
        except ValueError:
            continue  # no 31st in it
        if day >= today:
            return day
    raise ValueError(number)


@rule("|".join(f"{B}{word}{E}" if word.isascii() else word for word in sorted(_DAYS, key=len, reverse=True)))
def _day_word(match: re.Match[str], today: date) -> tuple[date, str]:
    return today + timedelta(days=_DAYS[match[0]]), "day"


@chinese_rule(
    rf"(?<![一二两三四五六七八九十几每半整数0-9])({SHIFT})?(?:周|星期|礼拜)([一二三四五六日天末])(?![本刊])"
)
def _chinese_weekday(match: re.Match[str], today: date) -> tuple[date, str] | None:
    number, grain = _WEEKDAYS[match[2]], "weekend" if match[2] == "末" else "day"
    if match[1] is None:
        return _next(today, number), grain
    return _monday(today) + timedelta(days=7 * read_shift(match[1]) + number), grain


@chinese_rule(rf"({SHIFT})(?:周|星期|礼拜)(?![一二三四五六日天末边围年])")
def _chinese_week(match: re.Match[str], today: date) -> tuple[date, str]:
    return _monday(today) + timedelta(days=7 * read_shift(match[1])), "week"


def _monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _next(today: date, weekday: int) -> date:
    """The first such day after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


@rule(r"(?<![0-9a-z])(?<![0-9][-./])([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])(?![-./][0-9])")
def _year_first(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(int(match[1]), int(match[3]), int(match[4])), "day"


@rule(r"(?<![0-9a-z])(?<![0-9][-./])([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})(?![0-9])(?![-./][0-9])")
def _year_last(match: re.Match[str], today: date) -> tuple[date, str]:
    """Month first, as in the United States, where that is possible; with points, day first."""
    if match[2] == "." or int(match[1]) > 12:
        return _year_last_day_first(match, today)
    return date(int(match[4]), int(match[1]), int(match[3])), "day"


def _year_last_day_first(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(int(match[4]), int(match[3]), int(match[1])), "day"


@rule(r"(?<![0-9a-z])(?<![0-9][-./])([0-9]{1,2})/([0-9]{1,2})(?![0-9])(?![-./:][0-9])")
def _month_day(match: re.Match[str], today: date) -> tuple[date, str]:
    month, day = int(match[1]), int(match[2])
    return near_day(today, month, day) if month <= 12 else near_day(today, day, month), "day"


def _day_month(match: re.Match[str], today: date) -> tuple[date, str]:
    return near_day(today, int(match[2]), int(match[1])), "day"


_DAY_FIRST: dict[Read, Read] = {_year_last: _year_last_day_first, _month_day: _day_month}


@rule(r"(?<![0-9a-z_.-])((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])(?![0-9a-z_-])")
def _compact(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(int(match[1]), int(match[2]), int(match[3])), "day"


@rule(rf"{B}{MONTH} (?:the )?{_D}(?:,? ([0-9]{{4}})(?![0-9]))?")
def _month_first(match: re.Match[str], today: date) -> tuple[date, str]:
    return _named(match[1], match[2], match[3], today)


@rule(rf"{B}(?:the )?{_D} (?:of )?{MONTH}(?:,? ([0-9]{{4}})(?![0-9]))?")
def _day_first(match: re.Match[str], today: date) -> tuple[date, str]:
    return _named(match[2], match[1], match[3], today)


def _named(month: str, day: str, year: str | None, today: date) -> tuple[date, str]:
    if year:
        return date(int(year), MONTHS[month], int(day)), "day"
    return near_day(today, MONTHS[month], int(day)), "day"


@rule(
    rf"{B}{MONTH},? ([0-9]{{4}})(?![0-9])|(?<=in ){MONTH}(?! [0-9])"
    rf"|{B}(next|last|this) {MONTH}(?! [0-9])"
)
def _english_month(match: re.Match[str], today: date) -> tuple[date, str]:
    month = MONTHS[match[1] or match[3] or match[5]]
    if match[2]:
        return date(int(match[2]), month, 1), "month"
    coming = near_day(today, month, 28).year
    return date(coming - (match[4] == "last" and coming == today.year), month, 1), "month"


@rule(
    rf"{B}(?:(this|next|last|past|coming) )?(?<!black )({'|'.join(_ENGLISH_WEEKDAYS)}){E}|"
    rf"{B}(this|next|last) ({'|'.join(_SHORT_WEEKDAYS)}){E}|(?<=on )({'|'.join(_SHORT_WEEKDAYS)}){E}"
)
def _english_weekday(match: re.Match[str], today: date) -> tuple[date, str]:
    which = match[1] or match[3]
    number = _ENGLISH_WEEKDAYS[match[2]] if match[2] else _SHORT_WEEKDAYS[match[4] or match[5]]
    if which in ("last", "past"):
        return _next(today, number) - timedelta(days=7 if number != today.weekday() else 14), "day"
    if which in ("this", "next"):
        return _monday(today) + timedelta(days=number + 7 * (which == "next")), "day"
    return _next(today, number), "day"


@rule(
    rf"{B}(?:the )?({'|'.join(NTH)}) ({'|'.join(_ENGLISH_WEEKDAYS)}) (?:of|in) "
    rf"(?:(this|next|last) month|(?:the )?{MONTH}(?:,? ([0-9]{{4}})(?![0-9]))?){E}"
)
def _english_nth_weekday(match: re.Match[str], today: date) -> tuple[date, str]:
    nth, weekday, which, month, year = match.groups()
    if which:
        first = add_months(today.replace(day=1), {"next": 1, "last": -1}.get(which, 0))
    else:
        number = MONTHS[month]
        first = date(int(year) if year else near_day(today, number, 28).year, number, 1)
    return _nth_weekday(first, _ENGLISH_WEEKDAYS[weekday], NTH[nth]), "day"


_WEEKS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}


@rule(
    rf"{B}(?:({'|'.join(_WEEKS)}|[1-9]) weeks?|a (fortnight)) from "
    rf"(?:(today|tomorrow)|(?:this )?({'|'.join(_ENGLISH_WEEKDAYS)})){E}"
)
def _weeks_from_day(match: re.Match[str], today: date) -> tuple[date, str]:
    count, fortnight, word, weekday = match.groups()
    weeks = 2 if fortnight else _WEEKS.get(count) or int(count)
    day = today + timedelta(days=_DAYS[word]) if word else _next(today, _ENGLISH_WEEKDAYS[weekday])
    return day + timedelta(days=7 * weeks), "day"


@rule(rf"{B}(this|next|last|past|coming) (week|weekend|month|year){E}")
def _english_span(match: re.Match[str], today: date) -> tuple[date, str]:
    shift, grain = {"next": 1, "coming": 1, "last": -1, "past": -1}.get(match[1], 0), match[2]
    if grain == "year":
        return date(today.year + shift, 1, 1), grain
    if grain == "month":
        return add_months(today.replace(day=1), shift), grain
    return _monday(today) + timedelta(days=7 * shift + (5 if grain == "weekend" else 0)), grain


@rule(r"(?<=on )the ([0-9]{1,2})(?:st|nd|rd|th)(?![0-9a-z])")
def _english_day_of_month(match: re.Match[str], today: date) -> tuple[date, str]:
    return _coming_day(today, int(match[1])), "day"


@rule(
    rf"(?:(?:({YEAR})年|({'|'.join(YEARS)})|上个|下个)的?|{B}(next|last|this) )?{HOLIDAY}"
    r"(?:,? (?:in |of )?([0-9]{4})(?![0-9]))?"
)
def _holiday(match: re.Match[str], today: date) -> tuple[date, str]:
    in_year = next(HOLIDAY_DAYS[name] for name, found in match.groupdict().items() if found)
    written, relative, which = match[1], match[2], match[3]
    year = match[match.re.groups] or written
    if year:
        return in_year(read_year(year)), "day"
    if relative:
        return in_year(today.year + YEARS[relative]), "day"
    shift = {"next": 1, "下": 1, "last": -1, "上": -1}.get(which or match[0][0], 0)
    coming = coming_date(today, in_year)
    if shift < 0:
        return (coming if coming < today else in_year(coming.year - 1)), "day"
    return (in_year(coming.year + 1) if shift > 0 and coming < today else coming), "day"
