"""Tokens of a text in Chinese, English, or both; each is a slice of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatwright.schema.understanding import Token
from chatwright.text.chinese_words import Segmenter
from chatwright.text.emoji import EMOJI_RUN
from chatwright.text.language import HAN
from chatwright.text.normalise import IN_WORDS, simplified

__all__ = ["mixed_tokens", "whitespace_tokens"]

_RUNS = re.compile(f"[{HAN}]+|[^{HAN}]+")
_KEPT_AT_EDGES = "#@&"
_KEPT_INSIDE = re.escape("._~:/?#[]()@!$&*+,;=-")
_EDGE = rf"[^\w\s{IN_WORDS}{_KEPT_AT_EDGES}]"
_AT_END = re.compile(rf"(?<!{_EDGE}){_EDGE}+(?=\s|$)")  # only whole runs are tried, so that time is linear
_AT_START = re.compile(rf"(?:(?<=\s)|^){_EDGE}+(?=[^\d\s])")
_BETWEEN = re.compile(rf"(?<=[^0-9\s])[^\w\s{IN_WORDS}{_KEPT_INSIDE}]+(?=[^0-9\s])")
_WORD = re.compile(r"\S+")


def whitespace_tokens(text: str) -> list[Token]:
    """Words between spaces without the punctuation around them (Rasa's WhitespaceTokenizer).

    Numbers, addresses and URLs stay whole; words of emoji alone are left out. A text without any word is
    one token.

    >>> [token.text for token in whitespace_tokens("Hi, I'm at 10'000.00!")]
    ['Hi', 'I', 'm', 'at', "10'000.00"]
    """
    tokens = list(_words(text, 0))
    if not tokens and text.strip():
        return [Token(text, 0, len(text))]
    return tokens


def mixed_tokens(text: str, segmenter: Segmenter) -> list[Token]:
    """Chinese words and words between spaces, in one text.

    >>> [token.text for token in mixed_tokens("我的iPhone订单呢?", Segmenter())]
    ['我', '的', 'iPhone', '订单', '呢']
    """
    tokens: list[Token] = []
    for run in _RUNS.finditer(text):
        start = run.start()
        if re.match(f"[{HAN}]", run[0]):
            for word in segmenter.cut(simplified(run[0])):
                end = start + len(word)
                tokens.append(Token(text[start:end], start, end))
                start = end
        else:
            tokens += _words(run[0], start)
    if not tokens and text.strip():
        return [Token(text, 0, len(text))]
    return tokens


def _words(text: str, offset: int) -> Iterator[Token]:
    blanked = text
    for pattern in (_AT_END, _AT_START, _BETWEEN):
        blanked = pattern.sub(lambda found: " " * len(found[0]), blanked)
    for found in _WORD.finditer(blanked):
        if not EMOJI_RUN.fullmatch(found[0]):
            start, end = found.span()
            yield Token(text[start:end], offset + start, offset + end)
