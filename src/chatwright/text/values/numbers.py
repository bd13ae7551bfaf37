"""Numbers, ordinals and percentages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chatwright.text.values.numerals import ARABIC, CHINESE, NOT_IN_WORD, Numeral, plain, read_number
from chatwright.text.values.value import Value

__all__ = ["find_numbers", "find_ordinals", "find_percents"]

_SIGN = re.compile(r"(?<![^\s(:=,])(?:-|负|minus )$")
_PERCENT_OF = {"百分之": 1.0, "千分之": 0.1, "万分之": 0.01}
"""What one part of so many is in percent."""
_PERCENT = re.compile(r"\s?%|\s(?:percent|per\scent)(?![a-z])|个百分点")
_PUNCTUATION = " .,!?。~"
_LONGEST_AROUND = 20
_WORD_CHARACTER = re.compile("[a-z0-9_]")
_MEASURE_WORD = re.compile(
    "[个件条双张位次份台本只瓶杯盒箱套斤公克袋包部名间颗支枝朵座辆把对批页款层组匹顶碗桶卷根棵人口家晚楼折倍码种遍岁]"
)
_ONE_NEEDS = re.compile(r"\s+(?!(?:of|is|or|by|that|which|who|for|in|on|at|with|more|please)(?![a-z]))[a-z]")
_ONE_AFTER = re.compile(r"(?:for|just|only|number|size|rating|option)\s$")
_ORDINAL_WORDS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
        "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
} | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100}
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_WORD = "|".join(sorted(_ORDINAL_WORDS, key=len, reverse=True))
_ORDINAL = re.compile(
    rf"第\s?(?P<chinese>{ARABIC}|{CHINESE})|(?<![\w.])(?P<arabic>\d{{1,6}})(?:st|nd|rd|th){NOT_IN_WORD}"
    rf"|(?<![a-z])(?:(?P<tens>{'|'.join(_TENS)})[\s-])?(?P<word>{_WORD})(?![a-z])"
)
_SHARES = {
    share: number
    for number, shares in (
        (2, "half halves"),
        (3, "third thirds"),
        (4, "quarter quarters fourth fourths"),
        (5, "fifth fifths"),
        (8, "eighth eighths"),
        (10, "tenth tenths"),
    )
    for share in shares.split()
}
_SHARE, _MANY_SHARES = (
    "|".join(share for share in _SHARES if share.endswith("s") == many) for many in (False, True)
)
_OF = "(?= of (?:the|it|them|this|that|these|those|my|our|your|us|all)(?![a-z]))"
_CHINESE_FRACTION = re.compile(
    rf"(?:(?P<whole>{ARABIC}|{CHINESE})又)?(?P<parts>{ARABIC}|(?![百千万]分之){CHINESE})分之(?P<count>{ARABIC}|{CHINESE})"
    "|(?<![另对多])一半"
)
_ENGLISH_FRACTION = re.compile(
    rf"(?<![a-z])(?:(?P<many>two|three|four|five|seven|nine|[2-9])[ -](?P<shares>{_MANY_SHARES})(?![a-z])"
    rf"|(?:(?:an?|one)[ -](?P<share>{_SHARE})|half){_OF})"
)
_NOT_AN_ORDINAL = re.compile(r"(?:(?<![a-z])(?:a|one|per|every|just|at)|\d)\s?$")


def find_numbers(text: str, numerals: Sequence[Numeral]) -> Iterator[Value]:
    """Numbers of a folded text.

    A single Chinese numeral counts where a measure word follows (``三件``) or where it is all of the
    message, for it is part of many words; so does ``one``, which more often is a pronoun.
    """
    for numeral in numerals:
        if _is_number(text, numeral):
            yield _signed("number", text, numeral, numeral.start, numeral.end)
    yield from _fractions(text)


def _fractions(text: str) -> Iterator[Value]:
    """``三分之二``, ``two thirds``, ``half of``; hundredths and their like are percentages."""
    for found in _CHINESE_FRACTION.finditer(text) if "分之" in text or "一半" in text else ():
        if not found["parts"]:
            yield Value("number", *found.span(), 0.5)
            continue
        above, below = read_number(found["count"]), read_number(found["parts"])
        if above is not None and below:
            whole = read_number(found["whole"]) or 0 if found["whole"] else 0
            yield Value("number", *found.span(), plain(whole + above / below))
    for found in _ENGLISH_FRACTION.finditer(text):
        above = read_number(found["many"]) if found["many"] else 1
        below = _SHARES[found["shares"] or found["share"] or "half"]
        yield Value("number", *found.span(), plain((above or 1) / below))


def find_percents(text: str, numerals: Sequence[Numeral]) -> Iterator[Value]:
    """Percentages, ``5`` for 5 %."""
    for numeral in numerals:
        part = text[max(0, numeral.start - 3) : numeral.start]
        if part in _PERCENT_OF:
            share = replace(numeral, value=plain(numeral.value * _PERCENT_OF[part]))
            yield _signed("percent", text, share, numeral.start - 3, numeral.end, "%")
        elif sign := _PERCENT.match(text, numeral.end):
            yield _signed("percent", text, numeral, numeral.start, sign.end(), "%")


def _signed(kind: str, text: str, numeral: Numeral, start: int, end: int, unit: str | None = None) -> Value:
    sign = _SIGN.search(text, max(0, start - 7), start)
    if sign is None:
        return Value(kind, start, end, numeral.value, unit)
    return Value(kind, sign.start(), end, -numeral.value, unit)


def _is_number(text: str, numeral: Numeral) -> bool:
    start, end = numeral.start, numeral.end
    if numeral.script == "arabic":
        return not _WORD_CHARACTER.match(text, end)
    if numeral.script == "chinese":
        if text.endswith("第", 0, start):
            return False
        return end - start > 1 or bool(_MEASURE_WORD.match(text, end)) or _is_all(text, start, end)
    if text[start:end] != "one":
        return True
    return bool(_ONE_NEEDS.match(text, end) or _ONE_AFTER.search(text, max(0, start - 10), start)) or _is_all(
        text, start, end
    )


def _is_all(text: str, start: int, end: int) -> bool:
    """Nothing but punctuation stands around."""
    if len(text) - (end - start) > _LONGEST_AROUND:
        return False
    return not text[:start].strip(_PUNCTUATION) and not text[end:].strip(_PUNCTUATION)


def find_ordinals(text: str) -> Iterator[Value]:
    """Places in an order: ``第三``, ``3rd``, ``twenty-first``."""
    for found in _ORDINAL.finditer(text):
        if found["chinese"]:
            number = read_number(found["chinese"])
        elif found["arabic"]:
            number = int(found["arabic"])
        else:
            number = _TENS.get(found["tens"] or "", 0) + _ORDINAL_WORDS[found["word"]]
            before = text[max(0, found.start() - 8) : found.start()]
            if found[0] == "second" and _NOT_AN_ORDINAL.search(before):
                continue
        if number is not None and number == int(number):
            yield Value("ordinal", *found.span(), plain(number))
