"""Tables of phrases to find in a text, in time that does not grow with their number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chatwright.text.language import HAN
from chatwright.text.normalise import simplified

__all__ = ["Boundaries", "NamedPhrases", "PhraseTable"]

_HAN = re.compile(f"[{HAN}]")

Boundaries = str
"""``none``; ``words``: as ``\\b``, where Chinese characters are part of words; ``spaced``: a phrase may not
begin or end inside a word of an alphabet, and Chinese has no such borders."""


class PhraseTable:
    """Finds phrases as an alternation of them in their order would: the leftmost, among those the first.

    Args:
        phrases: as written; empty ones are left out.
        case_sensitive: whether case matters.
        boundaries: where a match may begin and end.
    """

    def __init__(
        self, phrases: Iterable[str], *, case_sensitive: bool = False, boundaries: Boundaries = "spaced"
    ) -> None:
        self.phrases: tuple[str, ...] = tuple(phrase for phrase in phrases if phrase)
        self.case_sensitive = case_sensitive
        self.boundaries = boundaries
        self._order: dict[str, int] = {}
        for number, phrase in enumerate(self.phrases):
            self._order.setdefault(self._key(phrase), number)
        by_first: dict[str, set[int]] = {}
        for key in self._order:
            by_first.setdefault(key[0], set()).add(len(key))
        self._lengths: dict[str, Sequence[int]] = {first: sorted(found) for first, found in by_first.items()}
        """First character → lengths of the phrases that begin with it."""

    def find(self, text: str) -> list[tuple[int, int]]:
        """Spans of the matches, left to right, without overlap."""
        key, found, free = self._key(text), [], 0
        for start in [place for place, character in enumerate(key) if character in self._lengths]:
            if start >= free and (end := self._match(key, start)) is not None:
                found.append((start, end))
                free = end
        return found

    def held(self, text: str) -> set[int]:
        """Numbers of all phrases that stand anywhere in the text, overlapping or not."""
        return {order for order, _, _ in self.every(text)}

    def every(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Number, start and end of all phrases that stand anywhere in the text, overlapping or not; left to
        right, the shorter first."""
        key = self._key(text)
        for start in range(len(key)):
            for order, end in self._at(key, start):
                yield order, start, end

    def _match(self, key: str, start: int) -> int | None:
        return min(self._at(key, start), default=(0, None))[1]

    def _at(self, key: str, start: int) -> Iterator[tuple[int, int]]:
        """Number and end of every phrase that begins there."""
        for length in self._lengths.get(key[start], ()):
            end = start + length
            if end > len(key):
                break
            order = self._order.get(key[start:end])
            if order is not None and self._is_edge(key, start) and self._is_edge(key, end):
                yield order, end

    def _is_edge(self, text: str, position: int) -> bool:
        if self.boundaries == "none" or position in (0, len(text)):
            return True
        before, after = text[position - 1], text[position]
        inside = _is_word(before) and _is_word(after)
        if self.boundaries == "spaced":
            return not inside or bool(_HAN.match(before) or _HAN.match(after))
        return not inside

    def _key(self, text: str) -> str:
        return text if self.case_sensitive else _folded(text)


class NamedPhrases:
    """Tables that have names, looked through at once.

    Args:
        phrases: name → its phrases, whatever their case.
    """

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self.phrases: dict[str, list[str]] = {
            name: sorted({phrase.strip().lower() for phrase in found} - {""})
            for name, found in phrases.items()
        }
        names: dict[str, list[str]] = {}
        for name, found in self.phrases.items():
            for phrase in found:
                names.setdefault(_folded(phrase), []).append(name)
        self._table = PhraseTable(names)
        self._names = list(names.values())

    def find(self, text: str) -> list[tuple[str, int, int]]:
        """Name and span of every match. Those of one name do not overlap: the leftmost count, and of them the
        longest."""
        out: list[tuple[str, int, int]] = []
        last: dict[str, int] = {}
        for order, start, end in self._table.every(text):
            for name in self._names[order]:
                before = last.get(name)
                if before is None or start >= out[before][2]:
                    last[name] = len(out)
                    out.append((name, start, end))
                elif start == out[before][1]:
                    out[before] = (name, start, end)
        return out


def _folded(text: str) -> str:
    """Lower case where that does not change the length, and simplified Chinese."""
    text = simplified(text)
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
