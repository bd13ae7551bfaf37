"""Vectors of short texts that are near where the texts mean the same: for clusters and for choosing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatwright.lm.static_vectors import house_vectors
from chatwright.text.chinese_words import Segmenter
from chatwright.text.normalise import fold, without_marks
from chatwright.text.tokens import mixed_tokens

__all__ = ["text_vectors", "words_of"]

DIMENSIONS = 100
SAMPLE = 20_000
"""The reduction is learnt on so many texts; the others are only projected."""
MAX_CHARACTERS = 400
"""What a longer message is about has been said by then."""
CHARACTER_SHARE = 0.7
HOUSE_SHARE = 1.0
"""Weight of the house vectors beside the counted ones."""
SEED = 42


def words_of(text: str, segmenter: Segmenter) -> list[str]:
    """The words of a text, in one form."""
    return [without_marks(fold(token.text)) for token in mixed_tokens(text[:MAX_CHARACTERS], segmenter)]


def text_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """(N, D) rows of length 1 (0 where nothing is known).

    Words and characters by TF-IDF, reduced to ``DIMENSIONS`` (latent semantic analysis, Deerwester et al.
    1990), beside the house vectors where the install has them.
    """
    segmenter = Segmenter()
    words = [words_of(text, segmenter) for text in texts]
    views = [_counted(words)]
    if (house := house_vectors()) is not None:
        views.append(HOUSE_SHARE * np.stack([house.embed(line) for line in words]).astype(np.float32))
    return _to_length_one(np.hstack(views))


def _counted(words: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    from scipy.sparse import hstack
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    least = 2 if len(words) > 20 else 1
    common: dict[str, Any] = {
        "min_df": least,
        "sublinear_tf": True,
        "dtype": np.float32,
        "max_features": 50_000,
    }
    lines = [" ".join(line) for line in words]
    blocks = []
    for share, options in (
        (1.0, {"token_pattern": r"\S+", "ngram_range": (1, 2)}),
        (CHARACTER_SHARE, {"analyzer": "char_wb", "ngram_range": (2, 4)}),
    ):
        try:
            blocks.append(share * TfidfVectorizer(**common, **options).fit_transform(lines))
        except ValueError:  # no term occurs often enough
            continue
    if not blocks:
        return np.zeros((len(words), 1), np.float32)
    matrix: Any = hstack(blocks).tocsr()
    size = min(DIMENSIONS, matrix.shape[1] - 1, len(words) - 1)
    if size < 2:
        return _to_length_one(matrix.toarray().astype(np.float32))
    chosen = np.random.default_rng(SEED).permutation(len(words))[:SAMPLE]
    with np.errstate(divide="ignore", invalid="ignore"):  # of texts that are all the same
        reduction = TruncatedSVD(size, random_state=SEED).fit(matrix[np.sort(chosen)])
    return _to_length_one(reduction.transform(matrix).astype(np.float32))


def _to_length_one(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
