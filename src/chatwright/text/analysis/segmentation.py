"""Words of a Chinese text as the treebank divides it: a conditional random field over characters.

It sees characters, their kinds, the words of jieba's dictionary that begin, end and pass at each place, and
jieba's own division. A run of letters or of digits counts as one character. Trained by
``chatwright.training.parser.segmenter``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from chatwright.learn.tagger import Tagger
from chatwright.text.analysis.net import WEIGHTS
from chatwright.text.chinese_dictionary import load_dictionary
from chatwright.text.chinese_words import Segmenter
from chatwright.text.language import HAN
from chatwright.text.normalise import fold, simplified
from chatwright.text.phrases import PhraseTable

__all__ = ["LAST_WORD_TAGS", "features", "segment", "units"]

LAST_WORD_TAGS = "ES"
"""Tags of a unit that ends a word, of the four ``BMES``."""

LONGEST = 2000
"""Units decided together; a longer text is cut."""

_UNIT = re.compile(rf"[^\W\d_{HAN}]+(?:['’][^\W\d_{HAN}]+)*|\d+(?:[.,:]\d+)*|([^\w\s])\1*|\S")
_OF_MESSAGES = re.compile(
    "订单(?![人间])|账单(?![位元])|下单(?![位元人间])|发票(?!据)|微信(?!息)"
    "|(?:(?<!黑)帮|(?<![代接顶])替|(?<![检调侦盘抽普审搜清核排追巡])查)(?=[我你您他她咱])"
    "|(?<![申邀聘])请(?=[帮替]?[我你您他她咱])"
)
"""Words of messages to a service that an encyclopedia lacks, and what a pronoun parts from it."""
_JIEBA = Segmenter()


def segment(
    text: str, dictionary: Iterable[str] = (), *, tagger: Tagger | None = None
) -> list[tuple[int, int]]:
    """Spans of the words; spaces belong to none and always divide.

    Args:
        text: any text.
        dictionary: words of the project, kept whole wherever they stand.
        tagger: the model; the shipped one where it is None.

    >>> text = "我想退款"
    >>> [text[start:end] for start, end in segment(text)]
    ['我', '想', '退款']
    """
    spans = units(text)
    found = [word for piece in _pieces(spans) for word in _joined(text, piece, tagger or _shipped())]
    found = _kept_whole(found, [match.span() for match in _OF_MESSAGES.finditer(text)])
    table = PhraseTable(dictionary, boundaries="spaced")
    return _kept_whole(found, table.find(text)) if table.phrases else found


def units(text: str) -> list[tuple[int, int]]:
    """Spans of what is never divided: Chinese characters, runs of letters, of digits, of the same mark."""
    return [found.span() for found in _UNIT.finditer(text)]


def features(text: str, spans: Sequence[tuple[int, int]]) -> list[list[str]]:
    """Names of the features of each unit; ``spans`` as ``units`` gives them."""
    written = [simplified(fold(text[start:end])) for start, end in spans]
    kinds = [_kind(unit) for unit in written]
    shown = [unit if kind in "HP" else kind for unit, kind in zip(written, kinds, strict=True)]
    gaps = [index > 0 and spans[index - 1][1] < start for index, (start, _) in enumerate(spans)]
    padded = ["<<", "<", *shown, ">", ">>"]
    by_dictionary = _dictionary_features(written, kinds)
    rows = []
    for index in range(len(spans)):
        before2, before, here, after, after2 = padded[index : index + 5]
        row = [
            f"c={here}",
            f"-1={before}",
            f"+1={after}",
            f"-2={before2}",
            f"+2={after2}",
            f"-1c={before}{here}",
            f"c+1={here}{after}",
            f"-2-1={before2}{before}",
            f"+1+2={after}{after2}",
            f"-1+1={before}|{after}",
            f"k={''.join(_at(kinds, place) for place in range(index - 1, index + 2))}",
            f"s={before == here}{after == here}{before2 == here}{after2 == here}",
            *by_dictionary[index],
        ]
        if gaps[index]:
            row.append("gap")
        if index + 1 < len(gaps) and gaps[index + 1]:
            row.append("gap+")
        rows.append(row)
    return rows


def _at(kinds: Sequence[str], place: int) -> str:
    return kinds[place] if 0 <= place < len(kinds) else "_"


def _kind(unit: str) -> str:
    """Han, Number, Letters, or Punctuation; Chinese numerals are a kind of their own, yet Han."""
    if unit[0].isdigit():
        return "N"
    if re.match(f"[{HAN}]", unit):
        return "H"
    return "L" if unit[0].isalpha() else "P"


def _dictionary_features(written: Sequence[str], kinds: Sequence[str]) -> list[list[str]]:
    """For each unit: the longest words that begin, end and pass here, and jieba's tags around."""
    size = len(written)
    begins, ends, passes, sorts = [0] * size, [0] * size, [0] * size, [""] * size
    tags = ["S"] * size
    for start, end in _runs(kinds):
        run = "".join(written[start:end])
        for first, stop, kind in load_dictionary().kinds_in(run):
            length = stop - first
            if length < 2:
                continue
            begins[start + first] = max(begins[start + first], length)
            ends[start + stop - 1] = max(ends[start + stop - 1], length)
            for place in range(start + first + 1, start + stop - 1):
                passes[place] = max(passes[place], length)
            sorts[start + first] = kind
        place = start
        for word in _JIEBA.cut(run):
            for offset, tag in enumerate(_tags(len(word))):
                tags[place + offset] = tag
            place += len(word)
    rows = []
    for index in range(size):
        here = f"{min(begins[index], 5)}{min(ends[index], 5)}{min(passes[index], 5)}"
        around = "".join(tags[max(index - 1, 0) : index + 2])
        after = f"{min(begins[index + 1], 5)}{min(ends[index + 1], 5)}" if index + 1 < size else "_"
        rows.append(
            [f"d={here}", f"j={around}", f"jd={tags[index]}{here}", f"d+1={after}", f"n={sorts[index]}{here}"]
        )
    return rows


def _runs(kinds: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Spans of Chinese characters."""
    for found in re.finditer("H+", "".join(kinds)):
        yield found.span()


def _tags(length: int) -> str:
    return "S" if length == 1 else "B" + "M" * (length - 2) + "E"


def _pieces(spans: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    for start in range(0, len(spans), LONGEST):
        yield spans[start : start + LONGEST]


def _joined(text: str, spans: Sequence[tuple[int, int]], tagger: Tagger) -> Iterator[tuple[int, int]]:
    """Units put together to words."""
    tags = [tagged.label for tagged in tagger.tag(features(text, spans))]
    begin = spans[0][0] if spans else 0
    for index, (tag, (_, end)) in enumerate(zip(tags, spans, strict=True)):
        follows = spans[index + 1][0] if index + 1 < len(spans) else None
        if tag in LAST_WORD_TAGS or follows != end:
            yield begin, end
            begin = follows if follows is not None else end


def _kept_whole(words: list[tuple[int, int]], own: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The words with those of the project in their place; what they cut is divided there."""
    borders = {border for word in words for border in word} | {border for span in own for border in span}
    inside = {place for start, end in own for place in range(start + 1, end)}
    kept = sorted(borders - inside)
    covered = [*words, *own]
    filled = {place for start, end in covered for place in range(start, end)}
    return [(start, end) for start, end in pairwise(kept) if start in filled]


@lru_cache(maxsize=1)
def _shipped() -> Tagger:
    return Tagger.load(WEIGHTS / "parser-zh", "segmenter")
