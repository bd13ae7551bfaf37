"""Vectors of words from their neighbours in running text: positive pointwise mutual information with the
frequent words directly before and behind, and of the second places, reduced by a truncated singular value
decomposition (Levy, Goldberg, Dagan 2015)."""

from __future__ import annotations

import lzma
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from chatwright.learn.tagger import Tagger
from chatwright.text.analysis.segmentation import segment
from chatwright.text.analysis.word_vectors import WordVectors, vector_key

__all__ = ["fit_context_vectors", "running_text"]

_PLACES = (-2, -1, 1, 2)
_ENGLISH = re.compile(r"n't\b|'(?:s|m|d|re|ve|ll)\b|[^\W\d_]+?(?=n't\b)|[^\W\d_]+|0+(?:[.,]0+)*|([^\w\s])\1*")
"""Near enough to ``english_tokens``, and ten times as fast."""


def running_text(path: Path, characters: int, segmenter: bytes | None = None) -> Iterator[list[str]]:
    """Words of the paragraphs of a text (xz), until so many characters are read.

    Args:
        path: a paragraph a line.
        characters: how many are read.
        segmenter: model of the segmenter, where the text is Chinese.
    """
    tagger = Tagger(segmenter) if segmenter else None
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            characters -= len(line)
            if characters < 0:
                return
            if tagger:
                yield [vector_key(line[start:end]) for start, end in segment(line, tagger=tagger)]
            else:
                yield [found[0] for found in _ENGLISH.finditer(vector_key(line.replace("’", "'")))]


def fit_context_vectors(
    lines: Iterable[Sequence[str]], *, words: int = 25_000, contexts: int = 1500, dimension: int = 64
) -> WordVectors:
    """Vectors of the most frequent words.

    Args:
        lines: sentences or paragraphs, as keys of words (``vector_key``).
        words: how many get a vector.
        contexts: how many of them are looked for beside the others.
        dimension: of the vectors.
    """
    numbers: dict[str, int] = {}
    counts: Counter[str] = Counter()
    stream: list[int] = []
    for line in lines:
        counts.update(line)
        stream += [numbers.setdefault(word, len(numbers)) for word in line]
        stream.append(-1)
    kept = [word for word, _ in counts.most_common(words)]
    ranks = np.full(len(numbers) + 1, -1)
    ranks[[numbers[word] for word in kept]] = np.arange(len(kept))
    table = _counts(ranks[np.array(stream, np.int64)], len(kept), min(contexts, len(kept)))
    left, values, _ = svds(_information(table), k=dimension, rng=0)
    vectors = left * np.sqrt(values)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    scaled = vectors * np.sqrt(dimension) * 127 / 2 / 2
    return WordVectors(kept, np.clip(np.rint(scaled), -127, 127).astype(np.int8))


def _counts(ranks: NDArray[np.intp], words: int, contexts: int) -> sparse.csr_matrix:
    """Word × place and context."""
    total = sparse.csr_matrix((words, contexts * len(_PLACES)), dtype=np.float64)
    for block, place in enumerate(_PLACES):
        here, there = (ranks[-place:], ranks[:place]) if place < 0 else (ranks[:-place], ranks[place:])
        both = (here >= 0) & (there >= 0) & (there < contexts)
        cells = (here[both], there[both] + block * contexts)
        total = total + sparse.csr_matrix((np.ones(len(cells[0])), cells), total.shape)
    return total


def _information(table: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information; contexts smoothed by the power of 0.75."""
    rows = np.asarray(table.sum(1)).ravel()
    columns = np.asarray(table.sum(0)).ravel() ** 0.75
    cells = table.tocoo()
    share = cells.data / rows[cells.row] / (columns[cells.col] / columns.sum())
    values = np.maximum(np.log(share), 0.0)
    return sparse.csr_matrix((values, (cells.row, cells.col)), table.shape)
