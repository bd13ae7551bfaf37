"""What learned policies see of a state: the names of its parts, and the words of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from chatwright.dialogue.states import State
from chatwright.lm.static_vectors import ngrams, units
from chatwright.text.language import HAN
from chatwright.text.tokens import whitespace_tokens

__all__ = ["MAX_LETTERS", "parts_of", "words_of"]

MAX_LETTERS, MAX_WORDS = 1000, 80
"""Of a text; what comes after them is not looked at."""
_CHINESE = re.compile(f"[{HAN}]")


def parts_of(state: State) -> Iterator[str]:
    """``after=utter_greet``, ``intent=inform``, ``slot=city=(1.0,)`` and the like."""
    yield f"after={state.previous}"
    if state.intent:
        yield f"intent={state.intent}"
    if state.text:
        yield f"text={state.text}"
    for label in state.entities:
        yield f"entity={label}"
    for name, value in state.slots:
        yield f"slot={name}={value}"
    if state.loop:
        yield f"loop={state.loop}"


def words_of(text: str) -> tuple[str, ...]:
    """Words in lower case with digits as zeros, and pairs of neighbours; of Chinese, characters and pairs.

    >>> words_of("Book it!"), words_of("退款")
    (('book', 'it', 'book it'), ('<退', '款>', '退', '款'))
    """
    return _words_of(text[:MAX_LETTERS])


@lru_cache(maxsize=8192)
def _words_of(text: str) -> tuple[str, ...]:
    plain: list[str] = []
    chinese: list[str] = []
    for word in [word for token in whitespace_tokens(text) for word in units(token.text)][:MAX_WORDS]:
        if _CHINESE.search(word):
            chinese += ngrams(word)
        else:
            plain.append(word)
    pairs = [f"{first} {second}" for first, second in pairwise(plain)]
    return (*plain, *pairs, *chinese[: 2 * MAX_WORDS])
