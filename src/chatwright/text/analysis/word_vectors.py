"""What stands beside a word in running text, as a vector: words of a kind lie together, also those that the
treebank lacks. Made by ``chatwright.training.parser.context_vectors``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["WordVectors", "vector_key"]

_DIGIT = re.compile(r"\d")


def vector_key(word: str) -> str:
    """What is looked up: lower case, digits as zeros."""
    return _DIGIT.sub("0", word.lower())


class WordVectors:
    """A vector for each frequent word.

    Args:
        words: keys (``vector_key``) of the rows, the most frequent first.
        rows: (V, D) in int8; 127 stands for 2.
    """

    def __init__(self, words: Sequence[str], rows: NDArray[np.int8]) -> None:
        self.words, self.rows = list(words), rows
        self._places = {word: place for place, word in enumerate(self.words)}
        self.dimension = rows.shape[1]

    def of(self, words: Sequence[str]) -> NDArray[np.float32]:
        """(T, D) vectors; zeros for words that are not known."""
        found = np.zeros((len(words), self.dimension), np.float32)
        for place, word in enumerate(words):
            row = self._places.get(vector_key(word))
            if row is not None:
                found[place] = self.rows[row]
        return found * np.float32(2 / 127)

    @classmethod
    def load(cls, folder: Path) -> WordVectors:
        """The inverse of ``save``.

        Raises:
            OSError: a file is missing.
        """
        words = (folder / "vocabulary.txt").read_text("utf-8").split("\n")
        return cls(words, np.load(folder / "vectors.npy", allow_pickle=False))

    def save(self, folder: Path) -> None:
        """Write ``vocabulary.txt`` and ``vectors.npy``."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vocabulary.txt").write_text("\n".join(self.words), "utf-8")
        np.save(folder / "vectors.npy", self.rows, allow_pickle=False)
