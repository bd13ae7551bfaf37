"""Points and stretches of time: dates, times of the day, both together, from one to another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from chatwright.text.values.clock import Clock, DayPart, find_clocks, find_day_parts
from chatwright.text.values.date_rules import add_months
from chatwright.text.values.dates import Day, find_dates
from chatwright.text.values.quantities import SECONDS
from chatwright.text.values.recurring import find_recurrences
from chatwright.text.values.value import Value

__all__ = ["find_times"]


@dataclass(frozen=True, slots=True)
class _Group:
    """Parts of one time that stand together."""

    start: int
    end: int
    day: Day | None = None
    part: DayPart | None = None
    clock: Clock | None = None
    moment: tuple[datetime, str] | None = None
    """With its grain; complete in itself: ``in two hours``."""
    until: datetime | None = None
    recurs: str | None = None

    @property
    def stands_alone(self) -> bool:
        """It says a time without more around it."""
        if self.day or self.moment:
            return True
        if self.part and (self.part.shift is not None or self.recurs):
            return True
        return self.clock is not None and (not self.clock.weak or self.part is not None)


_GAP = re.compile(r" ?(?:['’]s|,|的|at|on|in|around|by|of|in the|大概|大约)? ?|t")
_RANGE = re.compile(r" ?(?:-|~|—|–|to|until|till|through|到|至|and) ?")
_FROM = re.compile(r"(?:(?<![a-z])(?:from|between) |从)$")
_AFTER = re.compile(r" ?(?:[以之]?(?:(?P<past>前)|后)(?![面台门])|(?:(?P<ago>ago)|from now|later)(?![a-z]))")
_BEFORE = re.compile(
    r"(?:(?P<in>(?<![a-z])in (?:about )?|再过|过)"
    r"|(?P<past>(?<![a-z])(?:the )?(?:last|past) |最近的?|过去的?|近)"
    r"|(?<![a-z])(?:the )?next |未来的?|接下来的?)$"
)


def find_times(
    text: str, durations: Sequence[Value], now: datetime, *, day_first: bool = False
) -> Iterator[Value]:
    """Times of a folded text, without overlap.

    Args:
        durations: the durations of the text.
        now: the reference, with its zone.
        day_first: whether 11/7 is in July.
    """
    today = now.date()
    groups = [_Group(day.start, day.end, day=day) for day in find_dates(text, today, day_first=day_first)]
    groups += [_Group(clock.start, clock.end, clock=clock) for clock in find_clocks(text)]
    groups += [_Group(part.start, part.end, part=part) for part in find_day_parts(text)]
    for again in find_recurrences(text, today):
        day = Day(again.start, again.end, again.first, again.grain) if again.first else None
        groups.append(_Group(again.start, again.end, day=day, recurs=again.rule))
    groups += [found for duration in durations if (found := _from_now(text, duration, now))]
    joined = _joined(text, _longest(groups))
    number = 0
    while number < len(joined):
        first = joined[number]
        second = joined[number + 1] if number + 1 < len(joined) else None
        try:
            both = second and _RANGE.fullmatch(text, first.end, second.start)
            if both and second and (value := _range(text, first, second, now)):
                yield value
                number += 2
                continue
            if first.stands_alone and (value := _value(first, now)):
                yield value
        except (ValueError, OverflowError):
            pass  # beyond the calendar
        number += 1


def _longest(groups: Sequence[_Group]) -> list[_Group]:
    kept: list[_Group] = []
    taken: set[int] = set()
    for group in sorted(groups, key=lambda group: group.start - group.end):
        span = range(group.start, group.end)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(group)
    return sorted(kept, key=lambda group: group.start)


def _joined(text: str, groups: Sequence[_Group]) -> list[_Group]:
    out: list[_Group] = []
    for group in groups:
        both = None
        if out and _GAP.fullmatch(text, out[-1].end, group.start) and not _is_opening_hours(text, out, group):
            both = _together(out[-1], group)
        if both:
            out[-1] = both
        else:
            out.append(group)
    return out


def _is_opening_hours(text: str, before: Sequence[_Group], group: _Group) -> bool:
    """Monday to Friday 9 to 5: the hours belong to all of the days."""
    if len(before) < 2 or not (before[-1].day and before[-2].day) or not _RANGE.match(text, group.end):
        return False
    return bool(_RANGE.fullmatch(text, before[-2].end, before[-1].start))


def _together(a: _Group, b: _Group) -> _Group | None:
    """One time, where each says what the other does not."""
    if a.moment or b.moment or (a.day and b.day) or (a.part and b.part) or (a.clock and b.clock):
        return None
    if a.recurs and b.recurs:
        return None
    day, part = a.day or b.day, a.part or b.part
    if day and (day.until or day.grain not in ("day", "weekend") or (part and part.shift is not None)):
        return None
    return _Group(a.start, b.end, day, part, a.clock or b.clock, recurs=a.recurs or b.recurs)


def _from_now(text: str, duration: Value, now: datetime) -> _Group | None:
    """三天后, ``two hours ago``, ``the last 3 days``."""
    start, end, unit = duration.start, duration.end, str(duration.unit)
    after = _AFTER.match(text, end)
    before = None if after else _BEFORE.search(text, max(0, start - 12), start)
    if not after and not before:
        return None
    past = bool((after and (after["past"] or after["ago"])) or (before and before["past"]))
    start, end = before.start() if before else start, after.end() if after else end
    try:
        moment = _shifted(now, -duration.value if past else duration.value, unit)
    except (ValueError, OverflowError):
        return None  # beyond the calendar
    if before and not before["in"]:
        first, last = sorted((now.replace(microsecond=0), moment))
        return _Group(start, end, moment=(first, unit), until=last)
    whole = duration.value == int(duration.value)
    if whole and unit in ("day", "week", "month", "year"):
        return _Group(start, end, day=Day(start, end, moment.date()))
    return _Group(start, end, moment=(moment, _finer(unit) if not whole else unit))


def _finer(unit: str) -> str:
    return {"second": "second", "minute": "second", "hour": "minute"}.get(unit, "hour")


def _shifted(now: datetime, amount: float, unit: str) -> datetime:
    now = now.replace(microsecond=0)
    if unit in ("month", "year") and amount == int(amount):
        day = add_months(now.date(), int(amount) * (12 if unit == "year" else 1))
        return datetime.combine(day, now.time(), now.tzinfo)
    if unit in ("week", "day"):
        return now + timedelta(seconds=amount * SECONDS[unit])
    return (now.astimezone(UTC) + timedelta(seconds=amount * SECONDS[unit])).astimezone(now.tzinfo)


def _value(group: _Group, now: datetime) -> Value | None:
    moment, grain, until = _resolved(group, now)
    if until is not None:
        both = {"from": moment.isoformat(), "to": until.isoformat()}
        return Value("time", group.start, group.end, both, grain=grain, recurs=group.recurs)
    return Value("time", group.start, group.end, moment.isoformat(), grain=grain, recurs=group.recurs)


def _resolved(group: _Group, now: datetime) -> tuple[datetime, str, datetime | None]:
    """Start, grain, and end where it is a stretch that no grain tells."""
    if group.moment:
        return (*group.moment, group.until)
    part, clock = group.part, group.clock
    day = group.day.day if group.day else now.date() + timedelta(days=(part.shift or 0) if part else 0)
    if clock:
        return _at(day, _hour(clock, part), clock, now, fixed=_is_fixed(group)), clock.grain, None
    if part:
        return _midnight(day, now, part.first), "hour", _midnight(day, now, part.last)
    grain = group.day.grain if group.day else "day"
    if group.day and group.day.until:
        return _midnight(day, now), grain, _midnight(group.day.until, now)
    if grain == "weekend":
        return _midnight(day, now), "day", _midnight(day + timedelta(days=2), now)
    return _midnight(day, now), grain, None


def _is_fixed(group: _Group) -> bool:
    return group.day is not None or (group.part is not None and group.part.shift is not None)


def _hour(clock: Clock, part: DayPart | None) -> int:
    """Hour of the day; without more words, 1 to 6 are in the afternoon."""
    hour = clock.hour
    if clock.exact:
        return hour
    if part is None:
        return hour + 12 if 1 <= hour <= 6 else hour
    if part.last <= 12:
        return hour % 12
    if part.first >= 17 and (hour == 12 or hour < 5):
        return hour % 12 + 24  # after midnight
    return hour if part.first == 11 and hour >= 10 else hour % 12 + 12


def _at(day: date, hour: int, clock: Clock, now: datetime, *, fixed: bool) -> datetime:
    """On that day; where none is said, the next time that it is so late."""
    moment = _midnight(day, now, hour) + timedelta(minutes=clock.minute, seconds=clock.second)
    return moment if fixed or moment >= now else moment + timedelta(days=1)


def _midnight(day: date, now: datetime, hour: int = 0) -> datetime:
    return datetime.combine(day, time(), now.tzinfo) + timedelta(hours=hour)


def _range(text: str, first: _Group, second: _Group, now: datetime) -> Value | None:
    if first.moment or second.moment or bool(first.clock) != bool(second.clock):
        return None
    opening = _FROM.search(text, max(0, first.start - 8), first.start)
    if text[first.end : second.start].strip() == "and" and not opening:
        return None
    same_day = bool(first.clock and not first.day and second.day)  # from 3 to 5 pm on Friday
    if same_day:
        first = replace(first, day=second.day)
    start, grain, _ = _resolved(_with_half_of(first, second), now)
    if second.day and not same_day:  # the 9th after 7 November
        again = find_dates(text[second.day.start : second.day.end], start.date())
        second = replace(second, day=again[0] if again else second.day)
    elif not second.day:
        second = replace(second, day=Day(0, 0, start.date()))
    if second.part is None and second.clock and not second.clock.exact:
        second = replace(second, part=first.part)
    end, grain, until = _resolved(second, now)
    if second.clock is None:
        end = until or _after(end, grain)
    elif end <= start:
        later = end + timedelta(hours=12)
        end = later if not second.clock.exact and later > start else end + timedelta(days=1)
    if end <= start:
        return None
    span = opening.start() if opening else first.start, second.end
    both = {"from": start.isoformat(), "to": end.isoformat()}
    return Value("time", *span, both, grain=grain, recurs=first.recurs or second.recurs)


def _with_half_of(first: _Group, second: _Group) -> _Group:
    """From 3 to 5 pm: both in the afternoon; but from 9 to 5 pm is a whole day."""
    a, b = first.clock, second.clock
    if a is None or b is None or a.exact or first.part:
        return first
    if b.exact:
        later = a.hour + 12 if a.hour < 12 <= b.hour and a.hour + 12 <= b.hour else a.hour
        return replace(first, clock=replace(a, hour=later, exact=True))
    inherited = second.part is not None and _hour(a, second.part) < _hour(b, second.part)
    return replace(first, part=second.part if inherited else None)


def _after(moment: datetime, grain: str) -> datetime:
    """The moment after a stretch of this grain."""
    if grain in ("month", "quarter", "year"):
        day = add_months(moment.date(), {"month": 1, "quarter": 3}.get(grain, 12))
        return datetime.combine(day, time(), moment.tzinfo)
    return moment + timedelta(days={"week": 7, "weekend": 2}.get(grain, 1))
