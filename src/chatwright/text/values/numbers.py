"""Numbers, ordinals and percentages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatwright.text.values.numerals import ARABIC, CHINESE, ENGLISH, NOT_IN_WORD, NUMBER, plain, read_number
from chatwright.text.values.value import Value

__all__ = ["find_numbers", "find_ordinals", "find_percents"]

_SIGN = r"(?:(?<![^\s(:=,])(?:-|负|minus\s))?"
_NUMBER = re.compile(
    rf"(?P<sign>{_SIGN})(?:(?P<arabic>(?<![a-z_]){ARABIC}{NOT_IN_WORD})|(?P<chinese>{CHINESE})|(?P<english>{ENGLISH}))"
)
_MEASURE_WORD = re.compile(
    "[个件条双张位次份台本只瓶杯盒箱套斤公克袋包部名间颗支枝朵座辆把对批页款层组匹顶碗桶卷根棵人口家晚楼折倍码]"
)
_ONE_NEEDS = re.compile(r"\s+(?!(?:of|is|or|by|that|which|who|for|in|on|at|with|more|please)(?![a-z]))[a-z]")
_ONE_AFTER = re.compile(r"(?:for|just|only|number|size|rating|option)\s$")
_PERCENT = re.compile(
    rf"(?P<sign>{_SIGN})(?:百分之(?P<chinese>{NUMBER})|(?P<number>{NUMBER})(?:\s?[%％]|\s(?:percent|per\scent)(?![a-z])))"
)
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
_NOT_AN_ORDINAL = re.compile(r"(?:(?<![a-z])(?:a|one|per|every|just|at)|\d)\s?$")


def find_numbers(text: str) -> Iterator[Value]:
    """Numbers of a folded text.

    A single Chinese numeral counts where a measure word follows (``三件``) or where it is all of the
    message, for it is part of many words; so does ``one``, which more often is a pronoun.
    """
    for found in _NUMBER.finditer(text):
        number = read_number(found[0][len(found["sign"]) :])
        if number is None or not _is_number(text, found):
            continue
        yield Value("number", *found.span(), -number if found["sign"] else number)


def _is_number(text: str, found: re.Match[str]) -> bool:
    start, end = found.span()
    if found["chinese"]:
        written = found["chinese"]
        if text[:start].endswith("第"):
            return False
        if len(written) == 1 or (len(written) == 2 and not re.search("[十百千万亿拾佰仟]", written)):
            alone = not (text[:start] + text[end:]).strip(" .,!?。~")
            return alone or (len(written) == 1 and bool(_MEASURE_WORD.match(text, end)))
        return True
    if found["english"] == "one":
        alone = not (text[:start] + text[end:]).strip(" .,!?")
        return (
            alone
            or bool(_ONE_NEEDS.match(text, end))
            or bool(_ONE_AFTER.search(text[max(0, start - 10) : start]))
        )
    return True


def find_percents(text: str) -> Iterator[Value]:
    """Percentages, ``5`` for 5 %."""
    for found in _PERCENT.finditer(text):
        number = read_number(found["chinese"] or found["number"])
        if number is not None:
            yield Value("percent", *found.span(), -number if found["sign"] else number, "%")


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
