"""Numbers as they are written: ``1,234.5``, ``1.2万``, ``三百二十``, ``two hundred and five``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["ARABIC", "CHINESE", "NOT_IN_WORD", "Numeral", "find_numerals", "plain", "read_number"]

_DIGITS = dict(
    zip(
        "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖俩仨",
        (0, 0, 1, 2, 2, *range(3, 10), *range(1, 10), 2, 3),
        strict=True,
    )
)
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000}
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_WORDS = {word: number for number, word in enumerate(_SMALL)} | {
    word: 10 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_ARABIC_SCALES = {"k": 1000, "w": 10_000, "dozen": 12} | _SCALES

NOT_IN_WORD = "(?![a-z0-9_])"
"""What follows is not more of the same word. (``\\b`` knows no border between a letter and a Chinese
character.)"""

ARABIC = (
    r"(?<!\d)(?<!\d\.)(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,20})(?:\.\d{1,12})?(?!\.?\d)"
    r"(?:(?:k|w|\s?(?:hundred|thousand|million|billion|dozen))(?![a-z0-9_])|[十百千]?[万亿]{1,2}|[百千](?![米克瓦]))?"
)
_RUN = "".join((*_DIGITS, *_TENS, *_MYRIADS))
CHINESE = f"(?<![{_RUN}])[{_RUN}]{{1,24}}(?:点[零〇一二三四五六七八九]{{1,12}}(?![十分]))?(?![{_RUN}])"
_WORD = "|".join(sorted((*_WORDS, *_SCALES, "dozen"), key=len, reverse=True))
ENGLISH = (
    rf"(?<![a-z])(?:(?:half\s)?an?\s(?=hundred|thousand|million|billion|dozen))?(?:{_WORD})"
    rf"(?:(?:[\s-]|(?<=hundred)\sand\s|(?<=thousand)\sand\s|(?<=million)\sand\s)(?:{_WORD})){{0,15}}(?:\spoint(?:\s(?:{'|'.join(_SMALL[:10])})){{1,8}})?(?![a-z])"
)
# A currency may stand right before the digits, or hours (2h30m); other letters make a name of them.
_AFTER_LETTERS = r"(?:(?<![a-z_])|(?<=\dh)|(?<=usd)|(?<=rmb)|(?<=cny)|(?<=eur)|(?<=hkd)|(?<=gbp)|(?<=jpy))"
_NUMERAL = re.compile(f"(?P<arabic>{_AFTER_LETTERS}{ARABIC})|(?P<chinese>{CHINESE})|(?P<english>{ENGLISH})")
"""In folded text. Every repetition has a limit, so that time is linear."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number at a place of the text."""

    start: int
    end: int
    value: int | float
    script: str
    """``arabic``, ``chinese`` or ``english``."""


def find_numerals(text: str) -> Iterator[Numeral]:
    """Everything in a folded text that is written as a number, left to right, without sign.

    Two Chinese digits alone (三五) say about how many; they are no number.
    """
    for found in _NUMERAL.finditer(text):
        written = found[0]
        start = found.start()
        if len(written) == 2 and all(character in _DIGITS for character in written):
            if written[0] != "零" or written[1] == "零":
                continue
            start, written = start + 1, written[1]  # 三年零两个月
        number = read_number(written)
        if number is not None:
            yield Numeral(start, found.end(), number, str(found.lastgroup))


def read_number(written: str) -> int | float | None:
    """What a match of the grammar says; None where the parts do not make one number."""
    first = written[0]
    if first.isdecimal():
        return _read_arabic(written)
    return _read_chinese(written) if first in _RUN else _read_english(written)


def plain(number: float) -> int | float:
    """A whole number as one, without the noise of binary fractions."""
    rounded = round(number, 10)
    return int(rounded) if rounded == int(rounded) else rounded


def _read_arabic(written: str) -> int | float:
    digits = re.match(r"[\d,.]+", written)
    assert digits is not None  # noqa: S101 - the grammar begins with a digit
    number = digits[0].replace(",", "")
    scale = 1
    rest = written[digits.end() :].strip()
    if rest in _ARABIC_SCALES:
        scale = _ARABIC_SCALES[rest]
    else:
        for character in rest:
            scale *= _TENS.get(character) or _MYRIADS[character]
    return plain(float(number) * scale) if "." in number else int(number) * scale


def _read_chinese(written: str) -> int | float | None:
    whole, _, fraction = written.partition("点")
    if all(character in _DIGITS for character in whole):
        number: int | None = int("".join(str(_DIGITS[character]) for character in whole))
    else:
        number = _chinese_units(whole)
    if number is None or not fraction:
        return number
    return plain(float(f"{number}.{''.join(str(_DIGITS[character]) for character in fraction)}"))


def _chinese_units(written: str) -> int | None:
    """``三百二十``; after a unit, a last digit counts tenths of it: ``一万二`` is 12,000."""
    total = section = 0
    digit: int | None = None
    unit = 1
    after_zero = False
    for position, character in enumerate(written):
        if character in _DIGITS:
            if digit is not None and not (digit == 0 and after_zero):
                return None
            digit = _DIGITS[character]
            after_zero = digit == 0 or after_zero
            continue
        if character in _TENS:
            unit = _TENS[character]
            if digit is None and not (unit == 10 and (position == 0 or after_zero or section)):
                return None
            section += (1 if digit is None else digit) * unit
        else:
            unit = _MYRIADS[character]
            section += digit or 0
            if section == 0 and total == 0:
                return None
            if section == 0 or unit > 10_000:
                total, section = (total + section) * unit, 0
            else:
                total, section = total + section * unit, 0
        digit, after_zero = None, False
    if digit is None:
        return total + section
    return total + section + digit * (1 if after_zero or unit == 10 else unit // 10 or 1)


def _read_english(written: str) -> int | float | None:
    whole, _, fraction = written.partition(" point ")
    words = [word for word in re.split(r"[\s-]+", whole) if word != "and"]
    if words[0] == "half":  # half a million
        number = _read_english(whole.partition(" ")[2])
        return None if number is None or fraction else plain(number / 2)
    total = section = 0
    last = 10**12  # size of what the next word must be smaller than
    for word in words:
        if word in ("a", "an"):
            section = 1
        elif word in _WORDS:
            number = _WORDS[word]
            if section % 100 and not (section % 100 >= 20 and section % 10 == 0 and 0 < number < 10):
                return None
            if section and number == 0:
                return None
            section += number
        elif word == "dozen":
            section = (section or 1) * 12
        elif word == "hundred":
            section = (section or 1) * 100
        else:
            if _SCALES[word] >= last:
                return None
            last = _SCALES[word]
            total, section = total + (section or 1) * last, 0
    number = total + section
    if not fraction:
        return number
    return plain(float(f"{number}.{''.join(str(_WORDS[word]) for word in fraction.split())}"))
