"""``the second one``: which of the things that the bot listed is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatwright.dialogue.context.focus import Option
from chatwright.dialogue.context.words import words
from chatwright.text.language import HAN
from chatwright.text.normalise import fold

__all__ = ["Choice", "find_choice"]

_ONE = r"(?:\s+(?:one|option|item|choice|entry))?(?![\w-])"
_EN = {
    rf"(?:the\s+)?(?:{'|'.join(words('en', 'last'))}){_ONE}": None,
    **{
        rf"(?:the\s+)?(?:{word}|{number}(?:st|nd|rd|th)){_ONE}": number
        for number, word in enumerate(words("en", "ordinals"), 1)
    },
    r"(?:number|option|no\.?)\s+(\d{1,2})(?!\d)": 0,
}
_MEASURE = "(?:个|款|家|种|位|门|件|条|张|项|单|本|名|间|套|样|只|辆|部)"
_ZH = {
    rf"(?:{'|'.join(words('zh', 'last'))})(?:一{_MEASURE}|{_MEASURE})": None,
    **{
        rf"第(?:{word}|{number}){_MEASURE}?(?![\d十百])": number
        for number, word in enumerate(words("zh", "ordinals"), 1)
    },
}
_HAN_CHARACTER = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Choice:
    """An option, and the words that choose it."""

    option: Option
    start: int
    end: int


def find_choice(text: str, options: Sequence[Option]) -> Choice | None:
    """The option that a message chooses by its place in the list.

    >>> choice = find_choice("how much is the last one?", [Option("Arc"), Option("Globe")])
    >>> choice.option.title, (choice.start, choice.end)
    ('Globe', (12, 24))
    """
    if not options:
        return None
    folded = fold(text)
    is_chinese = bool(_HAN_CHARACTER.search(folded))
    for one, number in (_ZH if is_chinese else _EN).items():
        match = re.search(one if is_chinese else rf"(?<![\w'-]){one}", folded)
        if match is None:
            continue
        place = len(options) if number is None else number or int(match[1])
        if 1 <= place <= len(options):
            return Choice(options[place - 1], *match.span())
    return None
