"""Times of the day in a folded text: ``3:30pm``, ``half past three``, 下午三点半, and parts of the day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chatwright.text.values.numerals import read_number

__all__ = ["Clock", "DayPart", "find_clocks", "find_day_parts"]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of the day at a place."""

    start: int
    end: int
    hour: int
    """0 to 24."""
    minute: int = 0
    second: int = 0
    grain: str = "hour"
    exact: bool = False
    """It says which half of the day it is in."""
    weak: bool = False
    """A time only beside another: 一点 alone is a little."""


@dataclass(frozen=True, slots=True)
class DayPart:
    """A part of the day at a place."""

    start: int
    end: int
    first: int
    """Hour."""
    last: int
    """Hour at its end; beyond 24 on the next day."""
    shift: int | None = None
    """Days from today, where it says that itself: ``tonight``."""


_PARTS = {
    "凌晨|半夜": (0, 6),
    "清晨|早晨|早上|清早|一早|大早|早|morning": (6, 12),
    "上午": (6, 12),
    "中午|正午": (11, 14),
    "下午|午后|afternoon": (12, 18),
    "傍晚": (17, 20),
    "evening": (18, 24),
    "晚上|夜里|夜晚|晚间|深夜|晚|night": (18, 24),
}
_HOURS = {name: hours for names, hours in _PARTS.items() for name in names.split("|")}
_CHINESE_PARTS = "|".join(
    sorted((name for name in _HOURS if not name.isascii()), key=len, reverse=True)
).replace("一早", "(?<![周期拜])一早")  # 周一早上 is Monday morning
_SHIFTS = {
    "今": 0,
    "明": 1,
    "后": 2,
    "昨": -1,
    "this": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "last": -1,
}
_DAY_PART = re.compile(
    rf"(?P<shift>[今明昨])(?P<short>早|晚)上?|(?P<chinese>{_CHINESE_PARTS})(?![点餐饭安会于])"
    r"|(?<![a-z])(?:(?P<this>this|tomorrow|yesterday|last) )?(?:(?:in the |at )?"
    r"(?P<english>morning|afternoon|evening|night)|(?P<tonight>tonight))(?![a-z])"
)

_N = r"(?:\d{1,2}|[零〇一二两三四五六七八九十]{1,3})"
_NOT_AFTER = r"(?<![\d.:/零〇一二两三四五六七八九十第差])"
_AFTER_WEEKDAY = "(?:(?<=周[一二三四五六])|(?<=星期[一二三四五六])|(?<=礼拜[一二三四五六]))"
_CHINESE_HOUR = r"(?:\d{1,2}|二?十[一二三四五六七八九]?|零[一二三四五六七八九]?|[〇一二两三四五六七八九])"
_CHINESE = re.compile(
    rf"(?:{_AFTER_WEEKDAY}|{_NOT_AFTER}(?<![周期拜]))(?P<hour>{_CHINESE_HOUR})(?:点钟?(?![零〇一二三四五六七八九\d]*[建意要原理内疑看希想说评赞击菜餐名货])|时(?![间候代尚刻效常时]))"
    rf"(?:(?P<half>半)|(?P<quarters>[一三])刻|过?(?P<minute>{_N})分(?!钟)|(?P<short>[0-5]\d|[二三四五]?十[一二三四五六七八九]?|零[一二三四五六七八九])"
    r"(?![\d个件元块公米度十分])|整)?"
)
_CHINESE_TO = re.compile(
    rf"差(?P<before>{_N}分钟?|一刻钟?)[到就]?(?P<hour>{_CHINESE_HOUR})点钟?"
    rf"|{_NOT_AFTER}(?P<first>{_CHINESE_HOUR})点差(?P<after>{_N}分钟?|一刻钟?)"
)
_HALF = r"(?: ?(?P<half_day>[ap])\.?m(?![a-z0-9])\.?)"
_BEFORE_HALF = r"(?= ?[ap]\.?m(?![a-z0-9]))"
_BEFORE_PART = "(?= in the (?:morning|afternoon|evening)| at night)"
_DIGITAL = re.compile(
    rf"(?<![\d.:/])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?![\d:]){_HALF}?"
)
_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_HOUR = rf"(?<![a-z\d.:/])(?P<hour>1[0-2]|0?\d|{_WORDS})"
_ENGLISH = re.compile(rf"{_HOUR}(?: ?o'?clock(?![a-z])|{_BEFORE_HALF}|{_BEFORE_PART}){_HALF}?")
_AT = re.compile(
    rf"(?<![a-z])(?:at|around|by|until|till) (?P<hour>1\d|2[0-3]|0?\d|{_WORDS})(?!\d|[.:,]\d)"
    r"(?=[,.!?;]| ?$| ?[^\x00-\x7f]| (?:on|in|and|or|please|thanks|if|for|to|until|till|then|tomorrow|today"
    r"|every|each|daily|tonight|next|this"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?![a-z])| -)"
)
_PAST = re.compile(
    r"(?<![a-z])(?<!from )(?:(?P<half>half) past|(?:(?:a )?(?P<quarter>quarter)"
    r"|(?P<minutes>five|ten|twenty|twenty-five|\d{1,2}(?= minutes| past))"
    rf"(?: minutes)?) (?P<to>past|to)) (?P<hour>1[0-2]|\d|{_WORDS})(?![a-z\d:%]|\.\d){_HALF}?"
)
_NAMED = re.compile(r"(?<![a-z])(?:noon|midday|(?P<midnight>midnight))(?![a-z])")
_IN_RANGE = re.compile(
    rf"(?<![\d.:/a-z-])(?P<hour>1\d|2[0-3]|\d)(?= ?(?:-|~|to|until|till|到|至) ?"
    rf"(?:{_N}[点时]|\d{{1,2}}(?:(?::\d\d)? ?[ap]\.?m| in the )))"
    rf"|{_NOT_AFTER}(?P<chinese>[一二两三四五六七八九十]{{1,3}})(?=[到至]{_N}[点时])"
    r"|(?<=between )(?P<between>1\d|2[0-3]|\d)(?= and \d{1,2}(?:(?::\d\d)? ?[ap]\.?m| in the ))"
)


def find_clocks(text: str) -> Iterator[Clock]:
    """Times of the day; they may overlap."""
    for pattern, read in _READERS:
        for found in pattern.finditer(text):
            clock = read(found)
            if clock is not None and clock.hour <= 24 and clock.minute < 60:
                yield clock


def find_day_parts(text: str) -> Iterator[DayPart]:
    """``this morning``, 下午; most mean something only beside a date or a time."""
    for found in _DAY_PART.finditer(text):
        name = found["short"] or found["chinese"] or found["english"] or "night"
        shift = found["shift"] or found["this"] or ("this" if found["tonight"] else None)
        yield DayPart(*found.span(), *_HOURS[name], None if shift is None else _SHIFTS[shift])


def _number(written: str) -> int:
    number = read_number(written)
    return 99 if number is None else int(number)


def _half_of_day(hour: int, half: str | None) -> int:
    return hour % 12 + (12 if half == "p" else 0) if half and hour <= 12 else hour


def _chinese(found: re.Match[str]) -> Clock | None:
    hour = _number(found["hour"])
    written = found["minute"] or found["short"]
    if found["half"]:
        minute = 30
    elif found["quarters"]:
        minute = 15 if found["quarters"] == "一" else 45
    else:
        minute = _number(written) if written else 0
    grain = "minute" if minute or written else "hour"
    exact = hour > 12 or hour == 0 or found["hour"].startswith("0")
    return Clock(
        *found.span(), hour, minute, grain=grain, exact=exact, weak=found[0] in ("一点", "十时", "一时")
    )


def _chinese_to(found: re.Match[str]) -> Clock:
    """差五分十二点 is five to twelve."""
    before = found["before"] or found["after"]
    minutes = 15 if "刻" in before else _number(before.rstrip("钟").rstrip("分"))
    hour = _number(found["hour"] or found["first"])
    return Clock(*found.span(), (hour - 1) % 24, 60 - minutes, grain="minute", exact=hour > 13)


def _digital(found: re.Match[str]) -> Clock:
    hour = _half_of_day(int(found["hour"]), found["half_day"])
    exact = bool(found["half_day"]) or hour > 12 or found["hour"].startswith("0")
    second = int(found["second"] or 0)
    return Clock(
        *found.span(), hour, int(found["minute"]), second, "second" if found["second"] else "minute", exact
    )


def _english(found: re.Match[str]) -> Clock | None:
    hour = _number(found["hour"])
    if found["half_day"] and hour == 0:
        return None
    return Clock(*found.span(), _half_of_day(hour, found["half_day"]), exact=bool(found["half_day"]))


def _at(found: re.Match[str]) -> Clock:
    hour = _number(found["hour"])
    return Clock(*found.span(), hour, exact=hour > 12)


def _past(found: re.Match[str]) -> Clock | None:
    minute = 30 if found["half"] else 15 if found["quarter"] else _number(found["minutes"])
    hour = _half_of_day(_number(found["hour"]), found["half_day"])
    if found["to"] == "to":
        hour, minute = (hour - 1) % 24, 60 - minute
    return Clock(*found.span(), hour, minute, grain="minute", exact=bool(found["half_day"]))


def _named(found: re.Match[str]) -> Clock:
    return Clock(*found.span(), 24 if found["midnight"] else 12, exact=True)


def _in_range(found: re.Match[str]) -> Clock:
    hour = _number(found["hour"] or found["chinese"] or found["between"])
    return Clock(*found.span(), hour, exact=hour > 12, weak=True)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Clock | None]], ...] = (
    (_CHINESE, _chinese),
    (_CHINESE_TO, _chinese_to),
    (_DIGITAL, _digital),
    (_ENGLISH, _english),
    (_AT, _at),
    (_PAST, _past),
    (_NAMED, _named),
    (_IN_RANGE, _in_range),
)
