"""jieba's dictionary and its model of unknown words, as arrays that load in milliseconds.

jieba itself builds a table of half a million strings in every process and caches it as a ``marshal`` file in
the temporary folder, where anyone may write. Here a word is a 64-bit hash in a sorted array; the arrays are
built once and kept in the user's cache folder.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import logging
import os
import re
import tempfile
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIRST", "IMPOSSIBLE", "KINDS", "LAST", "TAGS", "Dictionary", "load_dictionary"]

logger = logging.getLogger(__name__)

FIRST, LAST = 0x4E00, 0x9FD5
"""Code points that jieba segments; other characters are words by themselves."""

TAGS = "BEMS"
"""A character begins a word, ends it, stands in its middle, is one."""

KINDS = ("", "nr", "ns", "nt", "nz", "n", "v", "a", "m", "t", "i", "l", "j")
"""Kinds of words that are told apart, by jieba's names of parts of speech: names of persons, places,
organisations and others; nouns, verbs, adjectives, numerals, times, idioms, phrases, abbreviations."""

IMPOSSIBLE = -3.14e100
_WORD = re.compile(f"^([{chr(FIRST)}-{chr(LAST)}]+) ([1-9][0-9]*) ([a-z]*)", re.MULTILINE)
_COUNT = re.compile(r"^\S+ ([0-9]+)", re.MULTILINE)
_TABLE = re.compile(r"'([BEMS])': \{([^}]*)\}")
_EMISSION = re.compile(r"'\\u([0-9a-f]{4})': ([-+.0-9e]+)")
_FORMAT = "2"
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Words of Chinese characters with their frequencies."""

    keys: NDArray[np.uint64]
    """Hashes of the words, ascending."""
    weights: NDArray[np.float64]
    """Logarithm of each word's share of all words."""
    kinds: NDArray[np.uint8]
    """Place of each word's kind in ``KINDS``."""
    longest: int
    """Characters of the longest word."""
    total: float
    """Sum of all frequencies."""
    emissions: NDArray[np.float64]
    """Tag × character from ``FIRST`` on: logarithm of the character's probability with the tag."""

    def words_in(self, run: str) -> list[tuple[int, int, float]]:
        """Start, end and weight of every word of the dictionary in a run of Chinese characters, ascending."""
        starts, ends, rows = self._found(run)
        return list(zip(starts.tolist(), ends.tolist(), self.weights[rows].tolist(), strict=True))

    def kinds_in(self, run: str) -> list[tuple[int, int, str]]:
        """Start, end and kind of every word of the dictionary in a run of Chinese characters, ascending."""
        starts, ends, rows = self._found(run)
        kinds = [KINDS[kind] for kind in self.kinds[rows].tolist()]
        return list(zip(starts.tolist(), ends.tolist(), kinds, strict=True))

    def _found(self, run: str) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Start, end and row of every word."""
        hashes = _substring_hashes(run, self.longest)
        places = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        starts, lengths = np.nonzero(self.keys[places] == hashes)
        return starts, starts + lengths + 1, places[starts, lengths]


@functools.cache
def load_dictionary() -> Dictionary:
    """The dictionary of the installed jieba; shared, never changed."""
    spec = importlib.util.find_spec("jieba")  # found, not imported: it takes a while
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jieba is not installed", name="jieba")
    source = Path(spec.origin).parent
    cached = _cache_file(source / "dict.txt")
    if found := _read(cached):
        return found
    built = _build(source)
    _keep(cached, built)
    return built


def _build(source: Path) -> Dictionary:
    text = (source / "dict.txt").read_text("utf-8")
    total = float(sum(map(int, _COUNT.findall(text))))
    found = _WORD.findall(text)
    counts = {word: int(count) for word, count, _ in found}
    kinds = {word: _kind(part) for word, _, part in found}
    by_length: dict[int, list[str]] = defaultdict(list)
    for word in counts:
        by_length[len(word)].append(word)
    keys = np.concatenate([_hashes_of(words, length) for length, words in by_length.items()])
    frequencies = np.array([counts[word] for words in by_length.values() for word in words], np.float64)
    order = np.argsort(keys)
    weights = np.log(frequencies[order]) - np.log(total)
    parts = np.array([kinds[word] for words in by_length.values() for word in words], np.uint8)
    return Dictionary(keys[order], weights, parts[order], max(by_length), total, _read_emissions(source))


def _kind(part_of_speech: str) -> int:
    """``nrt`` and ``nrfg`` are names too; ``vn`` is a verb."""
    known = (part_of_speech[:2], part_of_speech[:1])
    return next((KINDS.index(kind) for kind in known if kind in KINDS), 0)


def _read_emissions(source: Path) -> NDArray[np.float64]:
    """jieba keeps them as a Python literal: ``{'B': {'\\u4e00': -3.65, ...}, ...}``."""
    text = (source / "finalseg" / "prob_emit.py").read_text("utf-8")
    emissions = np.full((len(TAGS), LAST - FIRST + 1), IMPOSSIBLE)
    for tag, table in _TABLE.findall(text):
        row = emissions[TAGS.index(tag)]
        for character, value in _EMISSION.findall(table):
            if FIRST <= (code := int(character, 16)) <= LAST:
                row[code - FIRST] = float(value)
    return emissions


def _hashes_of(words: list[str], length: int) -> NDArray[np.uint64]:
    characters = _code_points("".join(words)).reshape(-1, length)
    hashes = characters[:, 0].copy()
    for column in range(1, length):
        hashes = hashes * _FACTOR + characters[:, column]
    return hashes


def _substring_hashes(text: str, longest: int) -> NDArray[np.uint64]:
    """Start × length - 1 → hash of that piece; pieces that leave the text are hashed with zeros behind it."""
    characters = np.concatenate([_code_points(text), np.zeros(longest, np.uint64)])
    hashes = np.empty((len(text), longest), np.uint64)
    hashes[:, 0] = characters[: len(text)]
    for length in range(1, longest):
        hashes[:, length] = hashes[:, length - 1] * _FACTOR + characters[length : length + len(text)]
    return hashes


def _code_points(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)


def _cache_file(source: Path) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    status = source.stat()
    name = hashlib.sha256(f"{_FORMAT}/{source}/{status.st_size}/{status.st_mtime_ns}".encode()).hexdigest()
    return Path(base) / "chatwright" / f"words-{name[:16]}.npz"


def _read(path: Path) -> Dictionary | None:
    """None where there is none yet, or it is damaged."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            keys, weights, emissions = file["keys"], file["weights"], file["emissions"]
            kinds = file["kinds"]
            longest, total = int(file["longest"]), float(file["total"])
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile):
        return None
    shapes = keys.shape == weights.shape == kinds.shape and emissions.shape == (len(TAGS), LAST - FIRST + 1)
    types = (keys.dtype, weights.dtype, emissions.dtype, kinds.dtype)
    right = types == (np.uint64, np.float64, np.float64, np.uint8) and not (kinds >= len(KINDS)).any()
    if not (shapes and right and keys.size and 0 < longest < 100 and np.all(keys[:-1] < keys[1:])):
        return None
    return Dictionary(keys, weights, kinds, longest, total, emissions)


def _keep(path: Path, dictionary: Dictionary) -> None:
    """Write in one step; without a cache folder, the next process builds again."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        keys=dictionary.keys,
        weights=dictionary.weights,
        kinds=dictionary.kinds,
        emissions=dictionary.emissions,
        longest=dictionary.longest,
        total=dictionary.total,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(buffer.getvalue())
        os.replace(name, path)
    except OSError as error:
        logger.info("the dictionary is not cached: %s", error)
