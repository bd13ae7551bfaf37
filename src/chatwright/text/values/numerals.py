"""Numbers as they are written: digits, Chinese and English number words. Texts are folded (``fold``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatwright.text.values.value import plain_number

__all__ = ["CHINESE_DIGITS", "Numeral", "chinese_number", "find_numerals"]

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    c: n for n, c in enumerate("〇壹贰叁肆伍陆柒捌玖")
}
_DIGITS |= {"两": 2, "兩": 2, "貳": 2, "參": 3, "陸": 6}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_SECTIONS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
CHINESE_DIGITS = "".join(_DIGITS)
_CHINESE = "".join((*_DIGITS, *_UNITS, *_SECTIONS))

LONGEST = 15
"""Digits of a number; more of them are a code."""

_NUMBER = re.compile(
    rf"(?<![0-9])(?<![0-9][.,])(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?[{_CHINESE}]*"
    rf"|[{_CHINESE}]+(?:点[{CHINESE_DIGITS}]+)?"
)
_PARTS = re.compile(rf"[0-9.]+|[{_CHINESE}]")
_SCALE = re.compile(r" ?(hundred|thousand|million|billion|k|bn)(?![a-z0-9])")
_MEASURE = re.compile(
    "[个個件条只张位本台双份瓶盒箱袋套辆斤岁口颗支枝根把块片层楼趟遍倍]|次(?!性)|部(?!分)|人(?!家)|包(?!括)|间(?!接)"
)
_HAN_AROUND = re.compile("[\u3400-\u9fff]")

_SMALL = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True)
)
_SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "k": 1000,
    "bn": 10**9,
}
_WORD = "|".join(
    sorted((*_SMALL, *_TENS, "dozen", "hundred", "thousand", "million", "billion"), key=len)[::-1]
)
_WORDS = re.compile(
    rf"(?<![a-z0-9_])(?:an? (?=(?:dozen|hundred|thousand|million|billion)\b))?"
    rf"(?:{_WORD})(?![a-z0-9_])(?:(?: |-| and )(?:{_WORD})(?![a-z0-9_]))*"
)
_COUPLE = re.compile(r"(?<![a-z0-9_])(?:a )?couple of(?![a-z0-9_])")
_AND_A_HALF = re.compile(r" and a half(?![a-z])")
_PRONOUN = re.compile(r"(?:this|that|the|which|another|each|every|no|any|some|last|next|new|wrong) $")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number at a place. ``bare``: it says a number by itself, without a unit behind it."""

    start: int
    end: int
    value: int | float
    bare: bool = True


def find_numerals(text: str) -> list[Numeral]:
    """All numbers of a folded text, left to right."""
    found = [numeral for match in _NUMBER.finditer(text) if (numeral := _written(text, match))]
    for match in _WORDS.finditer(text):
        found += _english(text, match)
    found += [Numeral(*match.span(), 2, bare=False) for match in _COUPLE.finditer(text)]
    return sorted(found, key=lambda numeral: numeral.start)


def chinese_number(text: str) -> int | float | None:
    """Value of a number of Chinese characters, which may begin with digits; None for what is none.

    >>> [chinese_number(text) for text in ("三百二十", "两千", "1.2万", "三千五", "二零二三", "万一")]
    [320, 2000, 12000, 3500, 2023, None]
    """
    head, point, fraction = text.partition("点")
    parts = _PARTS.findall(head)
    if point:
        whole = chinese_number(head)
        digits = "".join(str(_DIGITS[c]) for c in fraction)
        return None if whole is None else plain_number(float(f"{int(whole)}.{digits}"))
    if not parts or (parts[0] not in _DIGITS and parts[0] not in ("十", "拾") and not parts[0][0].isdigit()):
        return None
    if len(parts) > 1 and all(part in _DIGITS for part in parts):
        return int("".join(str(_DIGITS[part]) for part in parts)) if len(parts) <= LONGEST else None
    return _sum(parts)


def _sum(parts: Sequence[str]) -> int | float | None:
    total: float = 0  # of closed sections
    section: float = 0
    digit: float | None = None
    last_unit, after_zero = 1, False
    for part in parts:
        if part in _UNITS:
            section += (1 if digit is None else digit) * _UNITS[part]
            digit, last_unit, after_zero = None, _UNITS[part], False
        elif part in _SECTIONS:
            unit = _SECTIONS[part]
            section = section + (digit or 0)
            total = (total + section) * unit if unit == 10**8 else total + section * unit
            section, digit, last_unit, after_zero = 0, None, unit, False
        elif part in ("零", "〇"):
            after_zero = True
        elif digit is not None:
            return None
        else:
            digit = float(_DIGITS[part]) if part in _DIGITS else float(part)
    if digit is not None and last_unit > 10 and not after_zero:
        digit *= last_unit // 10  # 三千五
    return plain_number(total + section + (digit or 0))


def _written(text: str, match: re.Match[str]) -> Numeral | None:
    start, end = match.span()
    surface = match[0].replace(",", "")
    if not surface[0].isdigit() or surface[0] in _DIGITS:
        return _chinese_words(text, start, end)
    digits = re.match(r"[0-9.]+", surface)
    if digits is None or len(digits[0]) > LONGEST:
        return None
    value = float(surface) if digits[0] == surface else chinese_number(surface)
    if value is None:
        return None
    if scale := _SCALE.match(text, end):
        value, end = value * _SCALES[scale[1]], scale.end()
    elif half := _AND_A_HALF.match(text, end):
        value, end = value + 0.5, half.end()
    if start and text[start - 1] == "-" and (start == 1 or text[start - 2] in " (:,"):
        value, start = -value, start - 1
    return Numeral(
        start,
        end,
        plain_number(value),
        bare=not text[start - 1 : start].isalnum() or _is_han(text, start - 1),
    )


def _chinese_words(text: str, start: int, end: int) -> Numeral | None:
    surface = text[start:end]
    value = chinese_number(surface) if len(surface) <= 40 else None
    if value is None:
        return None
    followed = bool(_MEASURE.match(text, end))
    alone = not _is_han(text, start - 1) and not _is_han(text, end)
    approximate = len(surface) == 2 and all(c in _DIGITS for c in surface) and _follows(surface)
    bare = not approximate and (followed or alone or (len(surface) > 1 and len(set(surface)) > 1))
    return Numeral(start, end, value, bare)


def _follows(pair: str) -> bool:
    """两三个, 七八天: about that many."""
    return _DIGITS[pair[1]] - _DIGITS[pair[0]] == 1


def _is_han(text: str, position: int) -> bool:
    return 0 <= position < len(text) and bool(_HAN_AROUND.match(text[position]))


def _english(text: str, match: re.Match[str]) -> Iterator[Numeral]:
    """The numbers of a run of number words; ``one two`` are two of them."""
    start, end, total, current, last = match.start(), match.start(), 0, 0, 0
    bound = 10**12
    for word in re.finditer(r"[a-z]+", match[0]):
        name, begin = word[0], match.start() + word.start()
        if name in ("a", "an", "and"):
            continue
        size = _SCALES.get(name)
        if size is not None:
            fits = size == 100 and 0 < current < 100 or size != 100 and current and size < bound
            if fits and size in (12, 100):
                current, last = current * size, size
            elif fits:
                total, current, last, bound = total + current * size, 0, size, size
            else:
                if end > start:
                    yield _said(text, start, end, total + current)
                begins_with_a = text[max(0, begin - 3) : begin].endswith(("a ", "an "))
                start = begin - 2 if begins_with_a and end <= start else begin
                total, current, bound = (0, size, 10**12) if size in (12, 100) else (size, 0, size)
                last = size
        else:
            value = _SMALL[name] if name in _SMALL else _TENS[name]
            room = (
                last in (0, 100) or last >= 1000 or (20 <= last < 100 and name in _SMALL and 0 < value < 10)
            )
            if not room or (end == start and last):
                yield _said(text, start, end, total + current)
                start, total, current, bound = begin, 0, 0, 10**12
            current, last = current + value, value or 1
        end = match.start() + word.end()
    yield _said(text, start, end, total + current)


def _said(text: str, start: int, end: int, value: int) -> Numeral:
    half = _AND_A_HALF.match(text, end)
    surface = text[start:end]
    pronoun = surface == "one" and (
        _PRONOUN.search(text[max(0, start - 8) : start]) or text[end : end + 3] == " of"
    )
    if half:
        return Numeral(start, half.end(), value + 0.5)
    return Numeral(start, end, value, bare=not pronoun)
