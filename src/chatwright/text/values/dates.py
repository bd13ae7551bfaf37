"""Dates, absolute and relative to a reference, in Chinese and English. Texts are folded (``fold``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from chatwright.text.language import HAN
from chatwright.text.values.holidays import HOLIDAY, HOLIDAY_DAYS
from chatwright.text.values.numerals import read_number

__all__ = ["Day", "add_months", "find_dates"]

RECENT = timedelta(days=60)
"""A day without a year is the coming one, unless it went by as recently as this."""


@dataclass(frozen=True, slots=True)
class Day:
    """A date at a place."""

    start: int
    end: int
    day: date
    grain: str = "day"
    until: date | None = None
    """The day after the last one, where the grain does not tell it."""


Read = Callable[[re.Match[str], date], tuple[date, str] | tuple[date, str, date] | None]
_RULES: list[tuple[re.Pattern[str], Read, bool]] = []
"""Pattern, what it means, and whether only Chinese matches it."""

_HAN = re.compile(f"[{HAN}]")
_N = "(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})"
_YEAR = "(?:(?<![0-9])[0-9]{4}|[零〇一二三四五六七八九]{4})"
_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}
_SHIFT = "上上个?|下下个?|上个?|下个?|这个?|本"
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
_MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|"
        "october oct|november nov|december dec".split("|"),
        1,
    )
    for name in names.split()
}
_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![a-z])(?:\.(?= ?[0-9]))?"
_ENGLISH_WEEKDAYS: dict[str, int] = dict(
    zip("monday tuesday wednesday thursday friday saturday sunday".split(), range(7), strict=True)
)
_SHORT_WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate("mon|tue tues|wed|thu thur thurs|fri|sat|sun".split("|"))
    for name in names.split()
}
_B, _E = "(?<![a-z0-9_])", "(?![a-z0-9_])"
_D = "([0-9]{1,2})(?:st|nd|rd|th)?(?![0-9a-z])"


def find_dates(text: str, today: date, *, day_first: bool = False) -> list[Day]:
    """All dates of a folded text; they may overlap.

    Args:
        today: what ``tomorrow`` follows.
        day_first: whether 11/7 is in July.
    """
    found = []
    is_chinese = _HAN.search(text) is not None
    for pattern, read, chinese_only in _RULES:
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


def add_months(day: date, months: int) -> date:
    """The same day some months on, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _rule(pattern: str, *, chinese_only: bool = False) -> Callable[[Read], Read]:
    def register(read: Read) -> Read:
        _RULES.append((re.compile(pattern), read, chinese_only))
        return read

    return register


_chinese_rule = partial(_rule, chinese_only=True)


def _number(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else read_number(text)
    if value is None:
        raise ValueError(text)
    return int(value)


def _near(today: date, month: int, day: int) -> date:
    return _coming(today, lambda year: date(year, month, day))


def _coming(today: date, in_year: Callable[[int], date]) -> date:
    for year in range(today.year - 1, today.year + 9):
        try:
            candidate = in_year(year)
        except ValueError:
            continue  # 29 February
        if candidate >= today - RECENT:
            return candidate
    raise ValueError("no such day in the years around")


def _year(text: str) -> int:
    return int(read_number(text) or 0)


@_chinese_rule(
    rf"(?<![农阴旧]历)(?:(?:({_YEAR})年|({'|'.join(_YEARS)}))的?)?(?<![0-9一二三四五六七八九十])({_N})月(?:份|({_N})[日号](?!线)|(?!初[一二三四五六七八九十]))"
)
def _chinese_date(match: re.Match[str], today: date) -> tuple[date, str]:
    year, relative, month, day = match.groups()
    number = _number(month)
    known = _year(year) if year else today.year + _YEARS[relative] if relative else None
    if day is None:
        return date(known or _near(today, number, 28).year, number, 1), "month"
    return (date(known, number, _number(day)) if known else _near(today, number, _number(day))), "day"


@_chinese_rule(
    rf"(?:({_SHIFT})月|(?:({_YEAR})年|({'|'.join(_YEARS)}))?({_N})月份?)的?(?:第([一二三四五])|(最后一?))个?"
    "(?:周|星期|礼拜)([一二三四五六日天])"
)
def _chinese_nth_weekday(match: re.Match[str], today: date) -> tuple[date, str]:
    shift, year, relative, month, nth, _, weekday = match.groups()
    if shift:
        first = add_months(today.replace(day=1), _shift(shift))
    else:
        number = _number(month)
        known = _year(year) if year else today.year + _YEARS[relative] if relative else None
        first = date(known or _near(today, number, 28).year, number, 1)
    return _nth_weekday(first, _WEEKDAYS[weekday], _number(nth) if nth else None), "day"


def _nth_weekday(first: date, weekday: int, nth: int | None) -> date:
    """Of the month that begins with ``first``; its last one where ``nth`` is None."""
    if nth is None:
        following = add_months(first, 1)
        return following - timedelta(days=(following.weekday() - weekday - 1) % 7 + 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    if day.month != first.month:
        raise ValueError(nth)
    return day


@_chinese_rule(rf"({_YEAR})年(?![前后内级多])|({'|'.join(_YEARS)})(?!头)")
def _chinese_year(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(_year(match[1]) if match[1] else today.year + _YEARS[match[2]], 1, 1), "year"


@_rule(
    r"(?<![a-z])(?:in|since|until|till|by|before|after) ((?:19|20)[0-9]{2})"
    r"(?= ?(?:[.,;!?)]?$|[.,;!?)] |and |but ))"
)
def _english_year(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(_year(match[1]), 1, 1), "year"


@_chinese_rule(rf"(?<![以之])({_SHIFT})月(?:({_N})[日号])?(?![饼亮])")
def _chinese_month(match: re.Match[str], today: date) -> tuple[date, str]:
    first = add_months(today.replace(day=1), _shift(match[1]))
    return (first, "month") if match[2] is None else (first.replace(day=_number(match[2])), "day")


_NO_DAY = "0-9月第一二三四五六七八九十#a-z路街道巷弄园村大小"
_DAY_SIGN = "(?:号(?![线楼门桌房车机馆店码院井台球铺柜员单快位])|日(?![子期元内常程]))"


@_chinese_rule(rf"(?<![{_NO_DAY}])([0-3]?[0-9]|[一二三四五六七八九十]{{1,3}}){_DAY_SIGN}")
def _day_of_month(match: re.Match[str], today: date) -> tuple[date, str]:
    return _coming_day(today, _number(match[1])), "day"


@_chinese_rule(rf"(?:({_SHIFT})月|(?<![0-9])({_N})月|(?<![{_NO_DAY}.-]))({_N}) ?[-~到至] ?({_N}){_DAY_SIGN}")
def _days_of_month(match: re.Match[str], today: date) -> tuple[date, str, date] | None:
    """3-5号, 12月3到5号."""
    shift, month, first, last = match.groups()
    if shift:
        begin = add_months(today.replace(day=1), _shift(shift)).replace(day=_number(first))
    elif month:
        begin = _near(today, _number(month), _number(first))
    else:
        begin = _coming_day(today, _number(first))
    end = begin.replace(day=_number(last))
    return (begin, "day", end + timedelta(days=1)) if begin < end else None


@_chinese_rule(
    rf"(?:({_YEAR})年|({'|'.join(_YEARS)}))?(?<![0-9一二三四五六七八九十第.-])({_N}) ?[-~到至] ?({_N})月份?"
    r"(?!份?[0-9一二三四五六七八九十初上中下底末])"
)
def _months(match: re.Match[str], today: date) -> tuple[date, str, date] | None:
    """5-6月."""
    year, relative, first, last = match.groups()
    known = _year(year) if year else today.year + _YEARS[relative] if relative else None
    begin = date(known or _near(today, _number(last), 28).year, _number(first), 1)
    end = begin.replace(month=_number(last))
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


@_rule(
    "|".join(f"{_B}{word}{_E}" if word.isascii() else word for word in sorted(_DAYS, key=len, reverse=True))
)
def _day_word(match: re.Match[str], today: date) -> tuple[date, str]:
    return today + timedelta(days=_DAYS[match[0]]), "day"


@_chinese_rule(
    rf"(?<![一二两三四五六七八九十几每半整数0-9])({_SHIFT})?(?:周|星期|礼拜)([一二三四五六日天末])(?![本刊])"
)
def _chinese_weekday(match: re.Match[str], today: date) -> tuple[date, str] | None:
    number, grain = _WEEKDAYS[match[2]], "weekend" if match[2] == "末" else "day"
    if match[1] is None:
        return _next(today, number), grain
    return _monday(today) + timedelta(days=7 * _shift(match[1]) + number), grain


@_chinese_rule(rf"({_SHIFT})(?:周|星期|礼拜)(?![一二三四五六日天末边围年])")
def _chinese_week(match: re.Match[str], today: date) -> tuple[date, str]:
    return _monday(today) + timedelta(days=7 * _shift(match[1])), "week"


def _shift(word: str) -> int:
    return word.count("下") - word.count("上")


def _monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _next(today: date, weekday: int) -> date:
    """The first such day after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


@_rule(r"(?<![0-9a-z])(?<![0-9][-./])([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])(?![-./][0-9])")
def _year_first(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(int(match[1]), int(match[3]), int(match[4])), "day"


@_rule(r"(?<![0-9a-z])(?<![0-9][-./])([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})(?![0-9])(?![-./][0-9])")
def _year_last(match: re.Match[str], today: date) -> tuple[date, str]:
    """Month first, as in the United States, where that is possible; with points, day first."""
    if match[2] == "." or int(match[1]) > 12:
        return _year_last_day_first(match, today)
    return date(int(match[4]), int(match[1]), int(match[3])), "day"


def _year_last_day_first(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(int(match[4]), int(match[3]), int(match[1])), "day"


@_rule(r"(?<![0-9a-z])(?<![0-9][-./])([0-9]{1,2})/([0-9]{1,2})(?![0-9])(?![-./:][0-9])")
def _month_day(match: re.Match[str], today: date) -> tuple[date, str]:
    month, day = int(match[1]), int(match[2])
    return _near(today, month, day) if month <= 12 else _near(today, day, month), "day"


def _day_month(match: re.Match[str], today: date) -> tuple[date, str]:
    return _near(today, int(match[2]), int(match[1])), "day"


_DAY_FIRST: dict[Read, Read] = {_year_last: _year_last_day_first, _month_day: _day_month}


@_rule(r"(?<![0-9a-z_.-])((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])(?![0-9a-z_-])")
def _compact(match: re.Match[str], today: date) -> tuple[date, str]:
    return date(int(match[1]), int(match[2]), int(match[3])), "day"


@_rule(rf"{_B}{_MONTH} (?:the )?{_D}(?:,? ([0-9]{{4}})(?![0-9]))?")
def _month_first(match: re.Match[str], today: date) -> tuple[date, str]:
    return _named(match[1], match[2], match[3], today)


@_rule(rf"{_B}(?:the )?{_D} (?:of )?{_MONTH}(?:,? ([0-9]{{4}})(?![0-9]))?")
def _day_first(match: re.Match[str], today: date) -> tuple[date, str]:
    return _named(match[2], match[1], match[3], today)


def _named(month: str, day: str, year: str | None, today: date) -> tuple[date, str]:
    if year:
        return date(int(year), _MONTHS[month], int(day)), "day"
    return _near(today, _MONTHS[month], int(day)), "day"


@_rule(
    rf"{_B}{_MONTH},? ([0-9]{{4}})(?![0-9])|(?<=in ){_MONTH}(?! [0-9])"
    rf"|{_B}(next|last|this) {_MONTH}(?! [0-9])"
)
def _english_month(match: re.Match[str], today: date) -> tuple[date, str]:
    month = _MONTHS[match[1] or match[3] or match[5]]
    if match[2]:
        return date(int(match[2]), month, 1), "month"
    coming = _near(today, month, 28).year
    return date(coming - (match[4] == "last" and coming == today.year), month, 1), "month"


@_rule(
    rf"{_B}(?:(this|next|last|past|coming) )?(?<!black )({'|'.join(_ENGLISH_WEEKDAYS)}){_E}|"
    rf"{_B}(this|next|last) ({'|'.join(_SHORT_WEEKDAYS)}){_E}|(?<=on )({'|'.join(_SHORT_WEEKDAYS)}){_E}"
)
def _english_weekday(match: re.Match[str], today: date) -> tuple[date, str]:
    which = match[1] or match[3]
    number = _ENGLISH_WEEKDAYS[match[2]] if match[2] else _SHORT_WEEKDAYS[match[4] or match[5]]
    if which in ("last", "past"):
        return _next(today, number) - timedelta(days=7 if number != today.weekday() else 14), "day"
    if which in ("this", "next"):
        return _monday(today) + timedelta(days=number + 7 * (which == "next")), "day"
    return _next(today, number), "day"


_NTH: dict[str, int | None] = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": None}


@_rule(
    rf"{_B}(?:the )?({'|'.join(_NTH)}) ({'|'.join(_ENGLISH_WEEKDAYS)}) (?:of|in) "
    rf"(?:(this|next|last) month|(?:the )?{_MONTH}(?:,? ([0-9]{{4}})(?![0-9]))?){_E}"
)
def _english_nth_weekday(match: re.Match[str], today: date) -> tuple[date, str]:
    nth, weekday, which, month, year = match.groups()
    if which:
        first = add_months(today.replace(day=1), {"next": 1, "last": -1}.get(which, 0))
    else:
        number = _MONTHS[month]
        first = date(int(year) if year else _near(today, number, 28).year, number, 1)
    return _nth_weekday(first, _ENGLISH_WEEKDAYS[weekday], _NTH[nth]), "day"


_WEEKS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}


@_rule(
    rf"{_B}(?:({'|'.join(_WEEKS)}|[1-9]) weeks?|a (fortnight)) from "
    rf"(?:(today|tomorrow)|(?:this )?({'|'.join(_ENGLISH_WEEKDAYS)})){_E}"
)
def _weeks_from_day(match: re.Match[str], today: date) -> tuple[date, str]:
    count, fortnight, word, weekday = match.groups()
    weeks = 2 if fortnight else _WEEKS.get(count) or int(count)
    day = today + timedelta(days=_DAYS[word]) if word else _next(today, _ENGLISH_WEEKDAYS[weekday])
    return day + timedelta(days=7 * weeks), "day"


@_rule(rf"{_B}(this|next|last|past|coming) (week|weekend|month|year){_E}")
def _english_span(match: re.Match[str], today: date) -> tuple[date, str]:
    shift, grain = {"next": 1, "coming": 1, "last": -1, "past": -1}.get(match[1], 0), match[2]
    if grain == "year":
        return date(today.year + shift, 1, 1), grain
    if grain == "month":
        return add_months(today.replace(day=1), shift), grain
    return _monday(today) + timedelta(days=7 * shift + (5 if grain == "weekend" else 0)), grain


@_rule(r"(?<=on )the ([0-9]{1,2})(?:st|nd|rd|th)(?![0-9a-z])")
def _english_day_of_month(match: re.Match[str], today: date) -> tuple[date, str]:
    return _coming_day(today, int(match[1])), "day"


@_rule(
    rf"(?:(?:({_YEAR})年|({'|'.join(_YEARS)})|上个|下个)的?|{_B}(next|last|this) )?{HOLIDAY}"
    r"(?:,? (?:in |of )?([0-9]{4})(?![0-9]))?"
)
def _holiday(match: re.Match[str], today: date) -> tuple[date, str]:
    in_year = next(HOLIDAY_DAYS[name] for name, found in match.groupdict().items() if found)
    written, relative, which = match[1], match[2], match[3]
    year = match[match.re.groups] or written
    if year:
        return in_year(_year(year)), "day"
    if relative:
        return in_year(today.year + _YEARS[relative]), "day"
    shift = {"next": 1, "下": 1, "last": -1, "上": -1}.get(which or match[0][0], 0)
    coming = _coming(today, in_year)
    if shift < 0:
        return (coming if coming < today else in_year(coming.year - 1)), "day"
    return (in_year(coming.year + 1) if shift > 0 and coming < today else coming), "day"


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


@_chinese_rule(
    rf"(?:(?:({_YEAR})年|({'|'.join(_YEARS)})的?)?(?<![0-9一二三四五六七八九十])({_N})月份?|({_SHIFT})月|(?<![个0-9])月)"
    "的?月?(初(?![一二三四五六七八九十级次])|上旬|中旬|下旬|底(?![薪层下])|末(?![尾端]))"
)
def _chinese_part_of_month(match: re.Match[str], today: date) -> tuple[date, str, date]:
    year, relative, month, shift, part = match.groups()
    if month is None:
        return _part_of_month(add_months(today.replace(day=1), _shift(shift or "")), part)
    number = _number(month)
    known = _year(year) if year else today.year + _YEARS[relative] if relative else None
    return _part_of_month(date(known or _near(today, number, 28).year, number, 1), part)


@_chinese_rule(
    rf"(?:({_YEAR})年|({'|'.join(_YEARS)})|(?<![大整几每0-9])年)的?年?"
    "(初(?![一二三四五六七八九十级])|(?<=年年)中|底(?![薪层下])|末(?![尾端])|尾)"
)
def _chinese_part_of_year(match: re.Match[str], today: date) -> tuple[date, str, date]:
    year, relative, part = match.groups()
    return _part_of_year(_year(year) if year else today.year + _YEARS.get(relative, 0), part)


@_chinese_rule(rf"(?:({_YEAR})年|({'|'.join(_YEARS)})的?|(?<![0-9年]))([上下])半年(?![级])")
def _half_of_year(match: re.Match[str], today: date) -> tuple[date, str, date]:
    year = _year(match[1]) if match[1] else today.year + _YEARS.get(match[2], 0)
    if match[3] == "上":
        return date(year, 1, 1), "month", date(year, 7, 1)
    return date(year, 7, 1), "month", date(year + 1, 1, 1)


@_rule(
    rf"{_B}(?:(?:the )?(?:very )?(end|beginning|start|middle) of |(early|mid|late)(?: |-| in ))"
    rf"(?:(the|this|next|last) (month|year)|(?!may (?:i|you|we|they|it|be|not){_E})"
    rf"{_MONTH}(?:,? ([0-9]{{4}})(?![0-9]))?|((?:19|20)[0-9]{{2}})){_E}"
)
def _english_part(match: re.Match[str], today: date) -> tuple[date, str, date]:
    of, early, which, grain, month, year, only = match.groups()
    part, shift = of or early, {"next": 1, "last": -1}.get(which, 0)
    if only or grain == "year":
        return _part_of_year(int(only) if only else today.year + shift, part)
    if grain:
        return _part_of_month(add_months(today.replace(day=1), shift), part)
    number = _MONTHS[month]
    return _part_of_month(date(int(year) if year else _near(today, number, 28).year, number, 1), part)


@_rule(
    rf"(?:({_YEAR})年|({'|'.join(_YEARS)})的?)?第?([一二三四1-4])季度|(这个?|本|上个?|下个?)季度"
    rf"|{_B}(?:the )?(?:q([1-4])|(first|second|third|fourth|last) quarter)"
    rf"(?:,? (?:of )?((?:19|20)[0-9]{{2}}))?{_E}"
    rf"|{_B}(this|next|last|past|coming) quarter{_E}(?! (?:past|to|of an?) )"
)
def _quarter(match: re.Match[str], today: date) -> tuple[date, str]:
    year, relative, number, shift, short, ordinal, behind, which = match.groups()
    this = date(today.year, today.month - (today.month - 1) % 3, 1)
    if shift or which or (ordinal == "last" and not behind):
        word = shift or which or ordinal
        ahead = {"next": 1, "coming": 1, "last": -1, "past": -1}.get(word, _shift(word))
        return add_months(this, 3 * ahead), "quarter"
    nth = _number(number) if number else int(short) if short else _NTH[ordinal] or 4
    known = _year(year) if year else today.year + _YEARS[relative] if relative else int(behind or today.year)
    return date(known, 3 * nth - 2, 1), "quarter"
