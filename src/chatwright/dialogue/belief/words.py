"""Words of a text as a state tracker reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatwright.text.language import HAN
from chatwright.text.normalise import fold, without_marks

__all__ = ["Word", "name_parts", "singular", "terms", "words"]

_HAN = re.compile(f"[{HAN}]")
_WORD = re.compile(rf"\d+(?:[:.]\d+)*|[{HAN}]|[^\W\d_{HAN}]+|[?？]")
_SHORT = {"dont": "not", "doesnt": "not", "isnt": "not"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text in its one form, and where it stands."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Words in lower case, each Chinese character one, question marks; ``don't`` gives ``do``, ``not``.

    >>> [word.text for word in words("I don't mind, 3星级")]
    ['i', 'do', 'not', 'mind', '3', '星', '级']
    """
    found: list[Word] = []
    for match in _WORD.finditer(fold(text)):
        word = "?" if match[0] == "？" else without_marks(match[0])
        if word == "t" and found and found[-1].text.endswith("n") and match.start() == found[-1].end + 1:
            last = found.pop()  # don't, do n't
            if last.text != "n":
                found.append(Word(last.text[:-1], last.start, last.end - 1))
            found.append(Word("not", last.end - 1, match.end()))
        else:
            found.append(Word(_SHORT.get(word, word), *match.span()))
    return found


def terms(texts: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """What names something in a text, and the places of its words: an English word, two Chinese characters.

    >>> [term for term, _, _ in terms(["cheap", "价", "格", "区"])]
    ['cheap', '价格', '格区']
    """
    for place, text in enumerate(texts):
        if not _HAN.match(text):
            yield singular(text), place, place + 1
        elif place + 1 < len(texts) and _HAN.match(texts[place + 1]):
            yield text + texts[place + 1], place, place + 2


def name_parts(name: str) -> tuple[str, ...]:
    """Words of a name; Chinese ones are not split.

    >>> name_parts("price_range"), name_parts("arriveBy"), name_parts("book 人数")
    (('price', 'range'), ('arrive', 'by'), ('book', '人数'))
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
    return tuple(re.findall(rf"[{HAN}]+|\d+|[^\W\d{HAN}]+", fold(spaced)))


def singular(word: str) -> str:
    """An English word without its plural ending.

    >>> singular("restaurants"), singular("buses"), singular("bus")
    ('restaurant', 'bus', 'bus')
    """
    if len(word) > 4 and word.endswith("ses"):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
