"""Running text → sentences of words, one a line; a blank line ends a paragraph."""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator
from pathlib import Path

from chatwright.lm.static_vectors import units
from chatwright.text.chinese_words import Segmenter
from chatwright.text.tokens import mixed_tokens

__all__ = ["prepare", "sentences"]

_END = re.compile(r"(?<=[。！？；!?])|(?<=[.;])\s+(?=[\"'“‘(]?[A-Z0-9])")
MIN_WORDS = 3
MAX_CHARACTERS = 2000
"""A longer sentence is a table or a list without stops."""


def sentences(paragraph: str, segmenter: Segmenter) -> Iterator[list[str]]:
    """The words of each sentence, as the run time would look them up."""
    for sentence in _END.split(paragraph):
        tokens = mixed_tokens(sentence[:MAX_CHARACTERS], segmenter)
        words = [unit for token in tokens for unit in units(token.text)]
        if len(words) >= MIN_WORDS:
            yield words


def prepare(source: Path, target: Path) -> None:
    """Write the words of an ``.xz`` text (a paragraph a line); a finished target is kept."""
    if target.exists():
        return
    segmenter = Segmenter()
    partial = target.with_suffix(".partial")
    with lzma.open(source, "rt", encoding="utf-8") as lines, partial.open("w", encoding="utf-8") as out:
        for line in lines:
            found = [" ".join(words) for words in sentences(line.strip(), segmenter)]
            if found:
                out.write("\n".join(found) + "\n\n")
    partial.rename(target)
