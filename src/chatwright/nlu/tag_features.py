"""What the entity tagger sees of each unit of a text.

Units are words, numbers and marks, and single Chinese characters, so that no entity is lost to a wrong
segmentation; words come in as features.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from chatwright.nlu.patterns import Patterns
from chatwright.schema.understanding import Token
from chatwright.text.chinese_dictionary import load_dictionary
from chatwright.text.chinese_words import Segmenter
from chatwright.text.language import HAN
from chatwright.text.normalise import fold
from chatwright.text.phrases import NamedPhrases
from chatwright.text.tokens import mixed_tokens

__all__ = ["MASKED", "MAX_UNITS", "dictionary_tokens", "listed_spans", "unit_features", "units_of"]

MAX_UNITS = 512
"""Units behind the first so many are not looked at."""
_DICTIONARY = Segmenter()
_LONGEST_WORD = 40
"""Characters; what is longer was no word."""
MASKED = "<?>"
"""Stands for a word that the tagger shall not lean on."""

_HAN = f"[{HAN}]"
_IS_HAN = re.compile(_HAN)
_UNIT = re.compile(rf"{_HAN}|(?:(?!{_HAN})[^\W\d_])+|\d+|[^\w\s]|_")
_SHAPES = ((re.compile("[A-Z]"), "X"), (re.compile(r"[^\W\d_A-Z]"), "x"), (re.compile(r"\d"), "0"))
_RUNS = re.compile(r"(.)\1{3,}")


def units_of(text: str) -> list[Token]:
    """The units of a text, at most ``MAX_UNITS``."""
    out = []
    for match in _UNIT.finditer(text):
        out.append(Token(match.group(), match.start(), match.end()))
        if len(out) == MAX_UNITS:
            break
    return out


def unit_features(
    text: str,
    units: Sequence[Token],
    tokens: Sequence[Token],
    patterns: Patterns,
    known: NamedPhrases,
    *,
    intent: str | None = None,
    masked: Collection[int] = (),
    unlisted: Collection[int] = (),
) -> list[list[str]]:
    """Names of features of each unit: its own, and what stands one or two places to either side.

    Args:
        units: from ``units_of(text)``.
        tokens: from ``dictionary_tokens``.
        known: values that each entity has had.
        intent: of the message, where the tagger goes by it.
        masked: units whose own form is hidden, which teaches the tagger to go by the context.
        unlisted: units that are read as if no pattern and no known value covered them.
    """
    hidden = set(masked)
    spans = listed_spans(text, patterns, known)
    words = [MASKED if i in hidden else _normal(unit.text) for i, unit in enumerate(units)]
    around = [[f"s={_shape(unit.text)}"] for unit in units]
    _mark(around, units, spans, set(unlisted))
    segments = _segments(units, tokens)
    _mark_places(around, units, segments)
    segments = ["t=" if i in hidden else segment for i, segment in enumerate(segments)]
    lexicon = _lexicon(text, units)
    out = []
    for i, unit in enumerate(units):
        names = ["bias", f"w={words[i]}", *around[i]]
        if intent:
            names.append(f"i={intent}")
        if i not in hidden:
            names += _own(unit.text)
            names += lexicon[i]
            names.append(segments[i])
        for offset in (-2, -1, 1, 2):
            j = i + offset
            names.append(f"{offset}:w={words[j]}" if 0 <= j < len(units) else f"{offset}:edge")
            if abs(offset) == 1 and 0 <= j < len(units):
                names += [f"{offset}:{name}" for name in around[j]]
                names.append(f"{offset}:{segments[j]}")
                names.append(f"{offset}:ww={words[min(i, j)]} {words[max(i, j)]}")
        out.append(names)
    return out


def listed_spans(text: str, patterns: Patterns, known: NamedPhrases) -> list[tuple[str, int, int]]:
    """Name, start and end of what patterns and lookup tables match, and of values that are known."""
    values = [(f"={entity}", start, end) for entity, start, end in known.find(text)]
    return [*patterns.matches(text), *values]


def _normal(word: str) -> str:
    return "0" * len(word) if word.isdigit() else fold(word)


def _shape(word: str) -> str:
    if _IS_HAN.match(word):
        return "han"
    if not word[0].isalnum():
        return "mark"
    for pattern, mark in _SHAPES:
        word = pattern.sub(mark, word)
    return _RUNS.sub(r"\1\1\1+", word)


def _own(word: str) -> list[str]:
    if _IS_HAN.match(word) or len(word) < 2:
        return []
    low = _normal(word)
    ends = [f"p{n}={low[:n]}" for n in (2, 3, 5) if len(low) >= n]
    ends += [f"e{n}={low[-n:]}" for n in (1, 2, 3, 5) if len(low) >= n]
    return ends


def _mark(
    around: list[list[str]],
    units: Sequence[Token],
    matches: Iterable[tuple[str, int, int]],
    unlisted: set[int],
) -> None:
    """A feature for each match of a pattern on each unit in it, with the place in the match."""
    for name, start, end in matches:
        inside = [i for i, unit in enumerate(units) if unit.start < end and start < unit.end]
        if not unlisted.isdisjoint(inside):
            continue
        for i in inside:
            place = "B" if i == inside[0] else "L" if i == inside[-1] else "I"
            around[i].append(f"m={name}")
            around[i].append(f"m={name}:{place if len(inside) > 1 else 'U'}")


def _mark_places(around: list[list[str]], units: Sequence[Token], segments: Sequence[str]) -> None:
    """Where in its word a Chinese character stands, whatever the word."""
    for names, unit, segment in zip(around, units, segments, strict=True):
        if _IS_HAN.match(unit.text):
            names.append(f"p={segment[2:3]}")


def dictionary_tokens(text: str, tokens: Sequence[Token]) -> Sequence[Token]:
    """The words as the dictionary alone has them, without the project's own; ``tokens`` where there is no
    Chinese. A tokenizer that knows every annotated value cuts the training texts, and no others, just where
    entities begin and end."""
    if not (tokens and _IS_HAN.search(text)):
        return tokens
    return mixed_tokens(text[: tokens[-1].end], _DICTIONARY)


def _lexicon(text: str, units: Sequence[Token]) -> list[list[str]]:
    """Features of the words of the Chinese dictionary that a character begins, ends, or stands in: their
    kinds (names of persons, places …), their lengths, and the longest that begins or ends there."""
    out: list[list[str]] = [[] for _ in units]
    if not any(_IS_HAN.match(unit.text) for unit in units):
        return out
    at = {unit.start: i for i, unit in enumerate(units)}
    begins: dict[int, str] = {}
    ends: dict[int, str] = {}
    found: list[set[str]] = [set() for _ in units]
    for start, end, kind in load_dictionary().kinds_in(text[: units[-1].end]):
        first, last = at[start], at[end - 1]
        if first == last:
            found[first].add(f"d=U{kind}")
            continue
        begins[first] = text[start:end]
        ends.setdefault(last, text[start:end])
        for i in range(first, last + 1):
            place = "B" if i == first else "L" if i == last else "I"
            found[i].update((f"d={place}{kind}", f"d={place}{min(last - first, 3)}"))
    for i, names in enumerate(found):
        out[i] = sorted(names)
        out[i] += [f"d={place}{words[i]}" for place, words in (("B", begins), ("L", ends)) if i in words]
    return out


def _segments(units: Sequence[Token], tokens: Sequence[Token]) -> list[str]:
    """The word that a unit belongs to, and where in it."""
    out, place = [], 0
    for unit in units:
        while place < len(tokens) and tokens[place].end <= unit.start:
            place += 1
        if place == len(tokens) or tokens[place].start > unit.start:
            out.append("t=")
            continue
        token = tokens[place]
        first, last = token.start == unit.start, token.end == unit.end
        spot = "U" if first and last else "B" if first else "L" if last else "I"
        out.append(f"t={spot}{fold(token.text[:_LONGEST_WORD])}")
    return out
