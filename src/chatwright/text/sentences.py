"""Where the sentences of a text begin and end, Chinese, English or mixed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatwright.text.language import HAN

__all__ = ["split_sentences"]

_CLOSING = "\"'”’」』）)】》]｝}"
_END = re.compile(
    rf"(?:[。！？｡]|[.!?…]+)[.!?…。！？｡]*(?P<closing>[{re.escape(_CLOSING)}]*)(?P<space>\s*)|\n"
)
_LAST_WORD = re.compile(r"\S{1,40}$")
_HAN = re.compile(f"[{HAN}]")
_LIST_NUMBER = re.compile(r"(?:[0-9]{1,3}|[A-Za-z])$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]$")
_OPENING = "\"'“‘「『（(【《[｛{"

_BEFORE_NAMES = frozenset(
    """
    adm approx art assoc capt cf col corp dept dr ed eq est ext fig figs gen gov hon lt maj messrs mr mrs
    ms mt nr p para pp prof rep rev sen sgt st ste tel trans viz vol vols vs
    """.split()
)
"""Abbreviations that hardly ever end a sentence."""

_BEFORE_NUMBERS = frozenset("ch no nos sec".split())
"""Those that do so only before a number."""

_MAYBE_LAST = frozenset(
    """
    a.m ave blvd bros co dec etc feb fri inc jan jr ltd mon nov oct p.m ph.d rd sat sept sr sun thu thurs tue
    u.k u.s wed
    """.split()
)
"""Abbreviations that may also end one: they do where a capital letter follows."""


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences, without the white space around them; a new line ends one.

    >>> text = 'Dr. Li paid $3.50. "Really?" he said. 好的。“走吧！”他说'
    >>> [text[start:end] for start, end in split_sentences(text)]
    ['Dr. Li paid $3.50.', '"Really?" he said.', '好的。', '“走吧！”他说']
    """
    found, start = [], 0
    for end in _ends(text):
        sentence = text[start:end]
        if stripped := sentence.strip():
            begin = start + sentence.index(stripped[0])
            found.append((begin, begin + len(stripped)))
        start = end
    return found


def _ends(text: str) -> Iterator[int]:
    start = 0  # of the sentence
    for mark in _END.finditer(text):
        if "\n" in mark[0] or _ends_here(text, start, mark):
            start = mark.end()
            yield start
    yield len(text)


def _ends_here(text: str, start: int, mark: re.Match[str]) -> bool:
    marks = mark[0][: mark.start("closing") - mark.start()]
    follows = text[mark.end() : mark.end() + 1]
    quoted = bool(mark["closing"])
    if any(sign in "。！？｡" for sign in marks):
        return not (quoted and _goes_on(follows))
    if not mark["space"] and not _HAN.match(follows):
        return False  # 3.14, example.com, what?!x
    if quoted and follows.islower():
        return False
    if set(marks) <= set(".…"):
        if len(marks) > 1 or "…" in marks:
            return bool(mark["space"]) and not follows.islower()
        return quoted or not _is_abbreviation(text, start, mark.start(), follows)
    return True


def _goes_on(follows: str) -> bool:
    """Whether the sentence around a quotation goes on behind it."""
    return (
        bool(follows) and follows not in _OPENING and (bool(_HAN.match(follows)) or follows in "，,、；;：:")
    )


def _is_abbreviation(text: str, start: int, dot: int, follows: str) -> bool:
    word = _LAST_WORD.search(text, max(start, dot - 40), dot)
    if word is None:
        return False
    short = word[0].lstrip(_OPENING).lower()
    if dot - start < 8 and text[start:dot].strip() == word[0] and _LIST_NUMBER.match(word[0]):
        return True  # "1. Open the box"
    if short in _BEFORE_NUMBERS:
        return follows.isdigit()
    if short in _MAYBE_LAST:
        return not (follows.isupper() or _HAN.match(follows) or follows in _OPENING)
    return short in _BEFORE_NAMES or (short != "i" and bool(_INITIALS.match(short)) and not _HAN.match(short))
