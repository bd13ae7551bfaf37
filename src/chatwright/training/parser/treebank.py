"""Reading a treebank of Universal Dependencies (CoNLL-U, plain or gzip)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Gold", "part_of", "read_treebank", "word_spans"]

_FILES = {"en": "ud_en_ewt/en_ewt-ud-{}.conllu.gz", "zh": "ud_zh_gsd/v1.4_zh_gsd_simp-ud-{}.conllu.gz"}
"""Language → file of a part of its treebank, under the data folder: English-EWT; Chinese GSD, release 1.4 in
simplified characters."""


@dataclass(frozen=True, slots=True)
class Gold:
    """An annotated sentence; multi-word tokens and empty nodes are left out."""

    text: str
    words: tuple[str, ...]
    lemmas: tuple[str, ...]
    upos: tuple[str, ...]
    heads: tuple[int, ...]
    """Index of the head, -1 for the root."""
    deprels: tuple[str, ...]
    begins_paragraph: bool = False


def part_of(data: Path, language: str, part: str) -> list[Gold]:
    """``train``, ``dev`` or ``test`` of a language's treebank."""
    return read_treebank(data / _FILES[language].format(part))


def read_treebank(path: Path) -> list[Gold]:
    """All sentences.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line does not have ten columns, or a head is no number.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        return list(_sentences(path, file.read().split("\n")))


def word_spans(gold: Gold) -> list[tuple[int, int]]:
    """Where each word stands in the text."""
    spans, place = [], 0
    for word in gold.words:
        start = gold.text.index(word, place)
        place = start + len(word)
        spans.append((start, place))
    return spans


def _sentences(path: Path, lines: list[str]) -> Iterator[Gold]:
    text, rows = "", []
    begins = False
    for number, line in enumerate([*lines, ""], 1):
        if line.startswith("# text = "):
            text = line.removeprefix("# text = ")
        elif line.startswith("# newpar"):
            begins = True
        elif line and not line.startswith("#"):
            row = line.split("\t")
            if len(row) != 10:
                raise ValueError(f"{path}:{number}: a line of CoNLL-U has ten columns, this one {len(row)}")
            if row[0].isdigit():
                rows.append(row)
        elif not line and rows:
            yield _gold(text, rows, begins)
            text, rows, begins = "", [], False


def _gold(text: str, rows: list[list[str]], begins_paragraph: bool) -> Gold:
    words = tuple(row[1] for row in rows)
    return Gold(
        text=text or "".join(words),
        words=words,
        lemmas=tuple(row[1] if row[2] == "_" and row[1] != "_" else row[2] for row in rows),
        upos=tuple(row[3] for row in rows),
        heads=tuple(int(row[6]) - 1 for row in rows),
        deprels=tuple(row[7] for row in rows),
        begins_paragraph=begins_paragraph,
    )
