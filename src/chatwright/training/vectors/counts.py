"""Vectors of words from the words beside them: positive pointwise mutual information, then an SVD.

On corpora of this size as good as skip-gram (Levy, Goldberg, Dagan 2015, "Improving distributional
similarity with lessons learned from word embeddings"), and the same on every run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Text", "read_text", "word_vectors"]

WINDOW = 10
SMOOTHING = 0.75
"""Exponent on the contexts' counts; rare contexts would look too telling."""
EIGENVALUE_POWER = 0.25
CONTEXTS = 20_000
RARE = 1.0
"""Pairs that weigh no more than this are noise."""


@dataclass(frozen=True, slots=True)
class Text:
    """A corpus as numbers."""

    words: list[str]
    """The vocabulary, most frequent first."""
    counts: NDArray[np.int64]
    """(V,) how often each occurs."""
    ids: NDArray[np.int32]
    """(T,) the corpus; -1 is a word outside the vocabulary."""
    sentence: NDArray[np.int32]
    """(T,) number of the sentence of each word, rising."""
    paragraph: NDArray[np.int32]
    """(S,) number of the paragraph of each sentence, rising."""


def read_text(path: Path, size: int, least: int) -> Text:
    """A file of ``prepare``, with the ``size`` most frequent words that occur ``least`` times."""
    with path.open(encoding="utf-8") as lines:
        counted = Counter(word for line in lines for word in line.split())
    kept = [
        (word, n) for word, n in sorted(counted.items(), key=lambda item: (-item[1], item[0])) if n >= least
    ]
    index = {word: number for number, (word, _) in enumerate(kept[:size])}
    ids: list[NDArray[np.int32]] = []
    paragraph: list[int] = []
    number = 0
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if words := line.split():
                ids.append(np.array([index.get(word, -1) for word in words], np.int32))
                paragraph.append(number)
            else:
                number += 1
    sentence = np.repeat(np.arange(len(ids), dtype=np.int32), [len(row) for row in ids])
    counts = np.array([n for _, n in kept[:size]], np.int64)
    return Text(list(index), counts, np.concatenate(ids), sentence, np.array(paragraph, np.int32))


def word_vectors(text: Text, dimension: int, seed: int = 0) -> NDArray[np.float32]:
    """(V, dimension) vectors of length 1."""
    from scipy.sparse import diags
    from sklearn.utils.extmath import randomized_svd

    pairs = _information(_pairs(text))
    iterations: Any = 2  # typed as text in scikit-learn
    left, values, _ = randomized_svd(pairs, dimension, n_iter=iterations, random_state=seed)
    vectors = left @ diags(values**EIGENVALUE_POWER)
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _pairs(text: Text) -> Any:
    """(V, C) sparse weights of words and contexts that stand close; nearer ones weigh more."""
    from scipy.sparse import csr_matrix

    size, contexts = len(text.words), min(CONTEXTS, len(text.words))
    total: Any = csr_matrix((size, contexts), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        left, right = text.ids[:-distance], text.ids[distance:]
        near = (text.sentence[:-distance] == text.sentence[distance:]) & (left >= 0) & (right >= 0)
        for word, context in ((left, right), (right, left)):
            kept = near & (context < contexts)
            weights = np.full(int(kept.sum()), 1.0 / distance, np.float32)
            total = total + csr_matrix((weights, (word[kept], context[kept])), shape=(size, contexts))
    return total


def _information(pairs: Any) -> Any:
    """Positive pointwise mutual information of the pairs."""
    from scipy.sparse import csr_matrix

    pairs = pairs.tocoo()
    kept = pairs.data > RARE
    rows, columns, data = pairs.row[kept], pairs.col[kept], pairs.data[kept]
    of_word = np.asarray(pairs.sum(axis=1)).ravel()
    of_context = np.asarray(pairs.sum(axis=0)).ravel() ** SMOOTHING
    share = of_context / of_context.sum()
    information = np.log(data / (of_word[rows] * share[columns]))
    good = information > 0
    return csr_matrix((information[good].astype(np.float32), (rows[good], columns[good])), shape=pairs.shape)
