"""Known names under wrong spellings: ``Shanghia`` is Shanghai, 北经 is 北京.

Names of letters may differ by typing errors (insertion, deletion, change, swap of neighbours: Damerau 1964,
in the restricted form): one from 4 letters on, two from 8. Chinese names may differ by characters that sound
alike; from three characters on, one may be any other. A word of the dictionary is meant as it stands: 伤害 is
not 上海.

Candidates come from tables (letters: length and first or last letter; Chinese: syllables), so that the time
for a message grows with its length and hardly with the number of names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from chatwright.text.chinese_dictionary import load_dictionary
from chatwright.text.language import HAN
from chatwright.text.normalise import fold
from chatwright.text.pinyin import sounds_like, syllables

__all__ = ["Found", "FuzzyNames", "typing_errors"]

_HAN_RUN = re.compile(f"[{HAN}]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LONGEST_HAN = 12
_MOST_COMPARED = 3_000
"""Names of letters compared with one phrase; the time for a phrase has this bound."""
_ANY = "*"


@dataclass(frozen=True, slots=True)
class Found:
    """``text[start:end]`` means the known name."""

    start: int
    end: int
    name: str
    likeness: float
    """1 for the same, down to 0."""


class FuzzyNames:
    """Finds names that are written almost as they should be; exact ones are not its work.

    Args:
        names: as they should be; those with fewer than 4 letters or 2 Chinese characters are left out.
        known_words: words that are meant as they stand, such as those of the training messages.
    """

    def __init__(self, names: Iterable[str], known_words: Iterable[str] = ()) -> None:
        self.names: tuple[str, ...] = tuple(dict.fromkeys(names))
        self.known_words: frozenset[str] = frozenset(map(fold, known_words))
        self._exact = {fold(name): name for name in self.names}
        self._meant = self.known_words | self._exact.keys()
        self._by_ends: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
        """First letter (or last, after a minus) and length → folded names with the letters that they hold."""
        self._by_sound: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._most_words = 1
        self._lengths: set[int] = set()
        for key in self._exact:
            if _HAN_RUN.fullmatch(key):
                self._add_chinese(key)
            elif len(key) >= 4 and _WORD.match(key):
                self._add_letters(key)

    def find(self, text: str) -> list[Found]:
        """The likeliest names in a message, left to right, without overlap."""
        folded = fold(text)
        found = [*self._in_letters(folded), *self._in_chinese(folded)]
        kept: list[Found] = []
        for one in sorted(found, key=lambda one: (-one.likeness, one.start - one.end, one.start)):
            if all(one.end <= other.start or other.end <= one.start for other in kept):
                kept.append(one)
        return sorted(kept, key=lambda one: one.start)

    def _add_letters(self, key: str) -> None:
        entry = (key, _letters(key))
        self._by_ends[key[0], len(key)].append(entry)
        self._by_ends["-" + key[-1], len(key)].append(entry)
        self._most_words = max(self._most_words, len(_WORD.findall(key)))

    def _add_chinese(self, key: str) -> None:
        if not 2 <= len(key) <= _LONGEST_HAN:
            return
        self._lengths.add(len(key))
        for read in {sounds_like(syllables(key)), sounds_like([_syllable(one) for one in key])}:
            for pattern in _patterns(read):
                self._by_sound[pattern].append(key)

    def _in_letters(self, text: str) -> Iterator[Found]:
        words = [found.span() for found in _WORD.finditer(text)]
        for first, (start, _) in enumerate(words):
            for start_of_next, end in words[first : first + self._most_words]:
                phrase = text[start:end]
                alone = start_of_next == start
                if len(phrase) < 4 or phrase in (self._meant if alone else self._exact):
                    continue
                if best := self._nearest(phrase):
                    yield Found(start, end, self._exact[best[1]], 1 - best[0] / len(phrase))

    def _nearest(self, phrase: str) -> tuple[int, str] | None:
        allowed = 2 if len(phrase) >= 8 else 1
        letters, compared = _letters(phrase), 0
        best: tuple[int, str] | None = None
        for length in range(len(phrase) - allowed, len(phrase) + allowed + 1):
            for end in (phrase[0], "-" + phrase[-1]):
                for key, held in self._by_ends.get((end, length), ()):
                    if (letters ^ held).bit_count() > 2 * allowed or _HAN_RUN.search(key):
                        continue
                    compared += 1
                    if compared > _MOST_COMPARED:
                        return best
                    errors = typing_errors(phrase, key, most=min(allowed, 1 if len(key) < 8 else 2))
                    if errors and (best is None or (errors, key) < best):
                        best = errors, key
        return best

    def _in_chinese(self, text: str) -> Iterator[Found]:
        if not self._by_sound:
            return
        for run in _HAN_RUN.finditer(text):
            read = sounds_like(syllables(run[0]))
            words = {(start, end) for start, end, _ in load_dictionary().words_in(run[0])}
            for start in range(len(read)):
                for length in self._lengths:
                    end = start + length
                    written = run[0][start:end]
                    if end > len(read) or (start, end) in words or written in self._meant:
                        continue
                    if best := self._nearest_sound(written, read[start:end]):
                        yield Found(run.start() + start, run.start() + end, self._exact[best[1]], 1 - best[0])

    def _nearest_sound(self, written: str, read: tuple[str, ...]) -> tuple[float, str] | None:
        candidates = {key for pattern in _patterns(read) for key in self._by_sound.get(pattern, ())}
        costs = ((_difference(written, key), key) for key in candidates)
        return min(((cost, key) for cost, key in costs if cost <= 0.5), default=None)


def typing_errors(one: str, other: str, *, most: int) -> int | None:
    """Insertions, deletions, changes and swaps of neighbours between two texts; None if there are more.

    >>> typing_errors("shanghia", "shanghai", most=1)
    1
    """
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(before) > most:
            return None
    return row[-1] if row[-1] <= most else None


def _letters(word: str) -> int:
    """A bit for each letter that occurs."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 61)
    return bits


def _patterns(read: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The syllables; from three on, also with one of them open."""
    yield read
    if len(read) >= 3:
        for place in range(len(read)):
            yield (*read[:place], _ANY, *read[place + 1 :])


def _difference(written: str, name: str) -> float:
    """Mean cost of a character: 0 the same, 0.4 the same sound, 0.6 a similar one, 1 another."""
    costs = [_cost(a, b) for a, b in zip(written, name, strict=True)]
    return sum(costs) / len(costs)


def _cost(a: str, b: str) -> float:
    if a == b:
        return 0.0
    one, other = _syllable(a), _syllable(b)
    if one == other:
        return 0.4
    return 0.6 if sounds_like([one]) == sounds_like([other]) else 1.0


@lru_cache(maxsize=8192)
def _syllable(character: str) -> str:
    return syllables(character)[0]
