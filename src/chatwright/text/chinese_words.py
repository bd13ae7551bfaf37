"""Chinese words: jieba's algorithm over arrays, with the words of a project.

The most probable words of the dictionary (Viterbi over all of them), and for the characters left between them
jieba's hidden Markov model of unknown words. Without words of the project the result is jieba's ``cut``.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from chatwright.errors import Location, ProjectError
from chatwright.text.chinese_dictionary import FIRST, IMPOSSIBLE, LAST, TAGS, Dictionary, load_dictionary

__all__ = ["Segmenter", "read_dictionary"]

_SEGMENTED = re.compile(f"([{chr(FIRST)}-{chr(LAST)}]+)")

_START = {"B": -0.26268660809250016, "E": IMPOSSIBLE, "M": IMPOSSIBLE, "S": -1.4652633398537678}
_BEFORE = {
    "B": (("E", -0.5897149736854513), ("S", -0.7211965654669841)),
    "E": (("B", -0.510825623765990), ("M", -0.33344856811948514)),
    "M": (("B", -0.916290731874155), ("M", -1.2603623820268226)),
    "S": (("E", -0.8085250474669937), ("S", -0.6658631448798212)),
}
"""Tag → tags before it, with the logarithm of the step's probability (``jieba.finalseg``)."""

Edges = Mapping[int, Sequence[tuple[int, float]]]
"""Start → ends and weights of the words that begin there."""


class Segmenter:
    """Splits runs of Chinese characters into words.

    Args:
        words: further words of the project; each is as probable as to be kept whole where it stands.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = tuple(dict.fromkeys(words))
        self._own = frozenset(word for word in self.words if _SEGMENTED.fullmatch(word))
        self._weights: dict[str, float] = {}
        lengths: dict[str, set[int]] = defaultdict(set)
        for word in self._own:
            lengths[word[0]].add(len(word))
        self._lengths = {first: sorted(found) for first, found in lengths.items()}
        """First character → lengths of the project's words that begin with it."""

    def cut(self, run: str) -> Iterator[str]:
        """The words of a run, in order; together they are the run."""
        for part in _SEGMENTED.split(run):
            if len(part) > 1 and _SEGMENTED.match(part):
                yield from self._cut(part)
            else:
                yield from part

    def _cut(self, run: str) -> Iterator[str]:
        dictionary = load_dictionary()
        edges = _edges(run, dictionary)
        for start, character in enumerate(run):
            for length in self._lengths.get(character, ()):
                if (word := run[start : start + length]) in self._own:
                    edges[start].append((start + len(word), self._weight(word, dictionary)))
        _, path = _best(len(run), edges, dictionary)
        loose = 0  # start of single characters that may make words unknown to the dictionary
        for start, end in path:
            if end - start > 1:
                yield from _between(run, loose, start, edges, dictionary)
                yield run[start:end]
                loose = end
        yield from _between(run, loose, len(run), edges, dictionary)

    def _weight(self, word: str, dictionary: Dictionary) -> float:
        """A little more than that of its best split (jieba's ``suggest_freq``)."""
        weight = self._weights.get(word)
        if weight is None:
            edges = _edges(word, dictionary)
            edges[0] = [edge for edge in edges[0] if edge[0] != len(word)]
            share, _ = _best(len(word), edges, dictionary)
            count = int(math.exp(share) * dictionary.total) + 1
            weight = self._weights[word] = math.log(count) - math.log(dictionary.total)
        return weight


def read_dictionary(path: Path) -> list[str]:
    """Words of a jieba user dictionary, or of every file in a folder of them: the first thing on each line.

    Raises:
        ProjectError: the path cannot be read.
    """
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    try:
        lines = [line for file in files for line in file.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(
            f"the dictionary cannot be read: {error}",
            fix="correct dictionary_path; the file must be UTF-8",
            location=Location(str(path)),
        ) from error
    return [line.split()[0] for line in lines if line.strip()]


def _edges(run: str, dictionary: Dictionary) -> dict[int, list[tuple[int, float]]]:
    edges: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for start, end, weight in dictionary.words_in(run):
        edges[start].append((end, weight))
    return edges


def _between(run: str, start: int, end: int, edges: Edges, dictionary: Dictionary) -> Iterator[str]:
    """Words of a piece of which the best way took every character by itself."""
    known = any(stop == end for stop, _ in edges.get(start, ()))
    if end - start < 2 or known:  # the dictionary has it, and found it less probable than its characters
        yield from run[start:end]
    else:
        yield from _unknown_words(run[start:end], dictionary)


def _best(length: int, edges: Edges, dictionary: Dictionary) -> tuple[float, list[tuple[int, int]]]:
    """The most probable way through a run, and the logarithm of its probability."""
    alone = -math.log(dictionary.total)
    scores, ends = [0.0] * (length + 1), [0] * length
    for start in range(length - 1, -1, -1):
        ways = [(weight + scores[end], end) for end, weight in edges.get(start, ())]
        scores[start], ends[start] = max(ways) if ways else (alone + scores[start + 1], start + 1)
    path, start = [], 0
    while start < length:
        path.append((start, ends[start]))
        start = ends[start]
    return scores[0], path


def _unknown_words(run: str, dictionary: Dictionary) -> Iterator[str]:
    """Words after the hidden Markov model."""
    columns = dictionary.emissions[:, [ord(character) - FIRST for character in run]].T.tolist()
    scores = {tag: _START[tag] + emission for tag, emission in zip(TAGS, columns[0], strict=True)}
    steps: list[dict[str, str]] = []
    for column in columns[1:]:
        best = {
            tag: max((scores[before] + step + emission, before) for before, step in _BEFORE[tag])
            for tag, emission in zip(TAGS, column, strict=True)
        }
        scores = {tag: score for tag, (score, _) in best.items()}
        steps.append({tag: before for tag, (_, before) in best.items()})
    tag = max((scores[tag], tag) for tag in "ES")[1]
    tags = [tag]
    for step in reversed(steps):
        tag = step[tag]
        tags.append(tag)
    start = 0
    for end, tag in enumerate(reversed(tags), 1):
        if tag in "ES":
            yield run[start:end]
            start = end
