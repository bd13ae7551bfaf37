"""Static vectors of words and sentences, Chinese and English, from plain arrays.

A row a word, and a row a character n-gram for words that the vocabulary lacks. The length of a row is the
weight of the word in a sentence: frequent words are short, so a sentence is the plain sum of its words.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chatwright.text.language import HAN
from chatwright.text.normalise import IN_WORDS, fold, without_marks

__all__ = ["StaticVectors", "house_vectors", "ngrams", "quantise", "units"]

HOUSE_FOLDER = Path(__file__).parents[1] / "weights" / "house-vectors"

MAX_WORD = 40
_UNIT = re.compile(rf"[^\W_](?:[^\W_]|[{IN_WORDS}])*")
_HAN_WORD = re.compile(f"[{HAN}]+")


@lru_cache(maxsize=16_384)
def units(word: str) -> tuple[str, ...]:
    """What a token is looked up as: lower case, split at marks, digits as zeros.

    >>> units("What's"), units("10:30"), units("!")
    (('what', 's'), ('00', '00'), ())
    """
    found = _UNIT.findall(fold(word[: 4 * MAX_WORD]))
    return tuple(re.sub(r"\d", "0", without_marks(unit)[:MAX_WORD]) for unit in found)


def ngrams(unit: str) -> Iterator[str]:
    """The pieces that stand for a word which is not in the vocabulary.

    A Chinese word: its characters and pairs of them, marked at its edges. Another: three to five letters.

    >>> list(ngrams("退款"))
    ['<退', '款>', '退', '款']
    >>> list(ngrams("card"))
    ['<ca', 'car', 'ard', 'rd>', '<car', 'card', 'ard>', '<card', 'card>']
    """
    padded = f"<{unit}>"
    chinese = _HAN_WORD.fullmatch(unit)
    for size in (2,) if chinese else (3, 4, 5):
        for start in range(len(padded) - size + 1):
            piece = padded[start : start + size]
            if not (chinese and piece == unit):
                yield piece
    if chinese:
        yield from unit


class StaticVectors:
    """Vectors of words and sentences.

    Args:
        words: the vocabulary; row ``i`` of ``rows`` is word ``i``.
        pieces: the n-grams (``ngrams``); their rows follow those of the words.
        rows: (N, D) int8.
        scales: (N,) float32; ``rows[i] * scales[i]`` is the vector.
        clusters: (W,) coarse class of each word.
    """

    def __init__(
        self,
        words: Sequence[str],
        pieces: Sequence[str],
        rows: NDArray[np.int8],
        scales: NDArray[np.float32],
        clusters: NDArray[np.uint16],
    ) -> None:
        if not len(words) + len(pieces) == len(rows) == len(scales) or len(words) != len(clusters):
            raise ValueError("words, pieces, rows, scales and clusters do not fit one another")
        self._words = {word: row for row, word in enumerate(words)}
        self._pieces = {piece: row for row, piece in enumerate(pieces, len(words))}
        self._rows, self._scales, self._clusters = rows, scales, clusters
        self.dimension: int = rows.shape[1]
        self.fingerprint = ""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Vectors that ``save`` wrote; the arrays are mapped into memory and shared by processes.

        Raises:
            OSError: a file is missing.
        """
        text = (folder / "vocabulary.txt").read_text("utf-8")
        words, pieces = (part.split("\n") if part else [] for part in text.removesuffix("\n").split("\n\n"))
        arrays = [
            np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ("rows", "scales", "clusters")
        ]
        vectors = cls(words, pieces, *arrays)
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        vectors.fingerprint = manifest["fingerprint"]
        return vectors

    def save(self, folder: Path) -> None:
        """Write vocabulary, arrays and the manifest, which holds the fingerprint of all of them."""
        folder.mkdir(parents=True, exist_ok=True)
        vocabulary = "\n".join(self._words) + "\n\n" + "\n".join(self._pieces) + "\n"
        (folder / "vocabulary.txt").write_text(vocabulary, "utf-8")
        digest = hashlib.sha256(vocabulary.encode())
        for name, array in (("rows", self._rows), ("scales", self._scales), ("clusters", self._clusters)):
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
            digest.update(np.ascontiguousarray(array).tobytes())
        self.fingerprint = digest.hexdigest()
        manifest = {
            "dimension": self.dimension,
            "words": len(self._words),
            "pieces": len(self._pieces),
            "fingerprint": self.fingerprint,
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")

    def word(self, text: str) -> NDArray[np.float32]:
        """(D,) vector of a word, from its n-grams where it is unknown, and zeros where nothing is known."""
        return self._sum(self._known(text))

    def embed(self, words: Sequence[str]) -> NDArray[np.float32]:
        """(D,) vector of a sentence, given its words; of length 1, or zeros where nothing is known."""
        total = self._sum([pair for word in words for pair in self._known(word)])
        return (total / (np.linalg.norm(total) or 1.0)).astype(np.float32)

    def cluster(self, text: str) -> str | None:
        """The coarse class of a word of the vocabulary."""
        row = self._words.get("".join(units(text)))
        return None if row is None else str(self._clusters[row])

    def _known(self, text: str) -> list[tuple[int, float]]:
        """Rows of a token with their share."""
        found: list[tuple[int, float]] = []
        for unit in units(text):
            row = self._words.get(unit)
            if row is not None:
                found.append((row, 1.0))
                continue
            pieces = [self._pieces[piece] for piece in ngrams(unit) if piece in self._pieces]
            found += [(row, 1.0 / len(pieces)) for row in pieces]
        return found

    def _sum(self, known: Sequence[tuple[int, float]]) -> NDArray[np.float32]:
        if not known:
            return np.zeros(self.dimension, np.float32)
        rows = np.array([row for row, _ in known])
        shares = np.array([share for _, share in known], np.float32) * self._scales[rows]
        return (shares @ self._rows[rows].astype(np.float32)).astype(np.float32)


def quantise(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(N, D) int8 and the scale of each row (N,)."""
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-12) / 127
    return np.round(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float32)


@lru_cache(maxsize=1)
def house_vectors() -> StaticVectors | None:
    """The vectors that ship with the package, loaded once a process; None where the install lacks them."""
    return StaticVectors.load(HOUSE_FOLDER) if (HOUSE_FOLDER / "manifest.json").exists() else None
