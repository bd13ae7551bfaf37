"""The features of a message that tell how its writer feels.

Unlike those of an intent they keep punctuation, emoji, drawn-out letters and capitals. Three blocks: words
(one to three in a row, so that ``not happy`` is not ``happy``), characters (marks and emoji among them), and
manners: ``!!!``, SHOUTING, ``sooooo``, the length.
"""

from __future__ import annotations

import re

from chatwright.text.chinese_words import Segmenter
from chatwright.text.language import HAN
from chatwright.text.normalise import fold

__all__ = ["BLOCK_WEIGHTS", "emotion_features"]

BLOCK_WEIGHTS = (1.0, 1.0, 0.3)
"""Words, characters, manners."""
MAX_CHARACTERS = 1_000
"""A longer message is cut: what its writer feels has been said by then."""

_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*|[^\w\s]|_")
_HAN_RUN = re.compile(f"[{HAN}]")
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_MARKS = {"!": "!", "！": "!", "?": "?", "？": "?", "…": "…", "。": "。", "~": "~", "～": "~"}
_LENGTHS = (3, 8, 16, 32, 64, 128)


def emotion_features(text: str, segmenter: Segmenter) -> list[list[str]]:
    """Names of the features, block by block."""
    text = text[:MAX_CHARACTERS]
    folded = _REPEATED.sub(r"\1\1\1", fold(text))  # sooooo and soooooooo are the same cry
    pieces: list[str] = []
    characters: list[str] = []
    for found in _RUN.finditer(folded):
        piece = found.group()
        if _HAN_RUN.match(piece):
            pieces += segmenter.cut(piece)
        else:
            word = piece.replace("’", "'")
            pieces.append("0" if word.isdigit() else word)
            if len(word) > 1:
                padded = f" {word} "
                characters += [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]
    words = [" ".join(pieces[i : i + n]) for n in (1, 2, 3) for i in range(len(pieces) - n + 1)]
    for run in re.split(r"\s+|[0-9a-z']{2,}", folded):
        characters += [run[i : i + n] for n in (1, 2, 3, 4) for i in range(len(run) - n + 1)]
    return [words, characters, _manners(text)]


def _manners(text: str) -> list[str]:
    found = [f"length {sum(len(text) > limit for limit in _LENGTHS)}"]
    counts: dict[str, int] = {}
    for character in text:
        if mark := _MARKS.get(character):
            counts[mark] = counts.get(mark, 0) + 1
    found += [f"{mark} {min(count, 4)}" for mark, count in counts.items()]
    if _REPEATED.search(text):
        found.append("drawn out")
    if shouted := len(_SHOUTED.findall(text)):
        found.append(f"shouted {min(shouted, 3)}")
    return found
