"""Training and scoring of the Chinese segmenter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatwright.learn.fit_tagger import fit_tagger
from chatwright.text.analysis.segmentation import features, units
from chatwright.training.parser.treebank import Gold, word_spans

__all__ = ["fit_segmenter", "word_f1"]


def fit_segmenter(gold: Sequence[Gold], *, l1: float = 1.0, l2: float = 0.05, iterations: int = 120) -> bytes:
    """A model for ``chatwright.text.analysis.segmentation``."""
    sequences = []
    for sentence in gold:
        spans = units(sentence.text)
        sequences.append((features(sentence.text, spans), _tags(spans, word_spans(sentence))))
    return fit_tagger(sequences, l1=l1, l2=l2, iterations=iterations)


def word_f1(found: Iterable[Sequence[tuple[int, int]]], gold: Iterable[Sequence[tuple[int, int]]]) -> float:
    """F1 of words in percent: both borders must be right."""
    right = wrong = missed = 0
    for ours, theirs in zip(found, gold, strict=True):
        right += (both := len(set(ours) & set(theirs)))
        wrong += len(ours) - both
        missed += len(theirs) - both
    return 200 * right / max(1, 2 * right + wrong + missed)


def _tags(spans: Sequence[tuple[int, int]], words: Sequence[tuple[int, int]]) -> list[str]:
    """``BMES`` of each unit; where the treebank divides a unit, the unit is a word."""
    begins, ends = {start for start, _ in words}, {end for _, end in words}
    tags = []
    for start, end in spans:
        opens, closes = start in begins, end in ends
        tags.append("S" if opens and closes else "B" if opens else "E" if closes else "M")
    return tags
