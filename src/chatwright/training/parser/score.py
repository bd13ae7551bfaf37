"""Scores of taggers and parsers: on gold words, and from raw text over aligned words (CoNLL 2018)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chatwright.text.analysis import Sentence
from chatwright.text.analysis.net import ParserNet
from chatwright.training.parser.treebank import Gold, word_spans

__all__ = ["Scores", "TextScores", "score_gold_words", "score_text"]


@dataclass(frozen=True, slots=True)
class Scores:
    """Percent of words, punctuation included, relations with their subtypes."""

    upos: float
    uas: float
    las: float

    def __str__(self) -> str:
        return f"UPOS {self.upos:.2f} UAS {self.uas:.2f} LAS {self.las:.2f}"


@dataclass(frozen=True, slots=True)
class TextScores:
    """F1 in percent, of sentences, words, and words with tag, head, head and relation."""

    sentences: float
    words: float
    upos: float
    uas: float
    las: float


def score_gold_words(net: ParserNet, gold: Sequence[Gold]) -> Scores:
    """Accuracy of a net that is given the words of the treebank."""
    upos = uas = las = total = 0
    for sentence in gold:
        found = net.parse(sentence.words)
        total += len(sentence.words)
        upos += sum(map(str.__eq__, found.upos, sentence.upos))
        heads = list(map(int.__eq__, found.heads, sentence.heads))
        uas += sum(heads)
        las += sum(map(bool.__and__, heads, map(str.__eq__, found.deprels, sentence.deprels)))
    return Scores(*(100 * count / max(1, total) for count in (upos, uas, las)))


def score_text(
    analyse: Callable[[str], Sequence[Sentence]], gold: Sequence[Gold], between: str = " "
) -> TextScores:
    """F1 of an analysis from raw text: a word is found where both its borders are.

    Args:
        analyse: sentences of a paragraph.
        gold: sentences; those of a paragraph are joined.
        between: what stands between two sentences of a paragraph.
    """
    counts: Counter[str] = Counter()
    for paragraph in _paragraphs(gold):
        text, expected, borders = _expected(paragraph, between)
        sentences = analyse(text)
        found = {
            (word.start, word.end): (word.upos, _place(sentence, word.head), word.deprel)
            for sentence in sentences
            for word in sentence.words
        }
        counts["found"] += len(found)
        counts["gold"] += len(expected)
        counts["found sentences"] += len(sentences)
        counts["gold sentences"] += len(borders)
        counts["sentences"] += len(borders & {(sentence.start, sentence.end) for sentence in sentences})
        for place, (upos, head, deprel) in found.items():
            if place in expected:
                counts["words"] += 1
                counts["upos"] += upos == expected[place][0]
                counts["uas"] += head == expected[place][1]
                counts["las"] += (head, deprel) == expected[place][1:]
    words = max(1, counts["found"] + counts["gold"])
    sentences_ = max(1, counts["found sentences"] + counts["gold sentences"])
    return TextScores(
        sentences=200 * counts["sentences"] / sentences_,
        words=200 * counts["words"] / words,
        upos=200 * counts["upos"] / words,
        uas=200 * counts["uas"] / words,
        las=200 * counts["las"] / words,
    )


def _paragraphs(gold: Sequence[Gold]) -> Iterator[list[Gold]]:
    paragraph: list[Gold] = []
    for sentence in gold:
        if paragraph and (sentence.begins_paragraph or len(paragraph) == 50):
            yield paragraph
            paragraph = []
        paragraph.append(sentence)
    if paragraph:
        yield paragraph


_Place = tuple[int, int] | None


def _expected(
    paragraph: Sequence[Gold], between: str
) -> tuple[str, dict[tuple[int, int], tuple[str, _Place, str]], set[tuple[int, int]]]:
    """The text, its words by their places, and its sentences."""
    text, words, borders = "", {}, set()
    for sentence in paragraph:
        text += between if text else ""
        spans = [(len(text) + start, len(text) + end) for start, end in word_spans(sentence)]
        borders.add((spans[0][0], spans[-1][1]))
        for place, upos, head, deprel in zip(
            spans, sentence.upos, sentence.heads, sentence.deprels, strict=True
        ):
            words[place] = (upos, spans[head] if head >= 0 else None, deprel)
        text += sentence.text
    return text, words, borders


def _place(sentence: Sentence, head: int) -> _Place:
    return (sentence.words[head].start, sentence.words[head].end) if head >= 0 else None
