"""Tokens are slices of the text, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given

from chatwright.schema.understanding import Token
from chatwright.text.chinese_words import Segmenter
from chatwright.text.tokens import mixed_tokens, whitespace_tokens
from hard_texts import HARD, MESSAGES

SEGMENTER = Segmenter()


def texts(tokens: Sequence[Token]) -> list[str]:
    return [token.text for token in tokens]


def check(text: str, tokens: Sequence[Token]) -> None:
    assert all(text[token.start : token.end] == token.text and token.text for token in tokens)
    assert all(a.end <= b.start for a, b in pairwise(tokens))
    assert bool(tokens) == bool(text.strip())


@given(MESSAGES)
def test_tokens_are_slices_in_order(text: str) -> None:
    check(text, mixed_tokens(text, SEGMENTER))
    check(text, whitespace_tokens(text))


@pytest.mark.parametrize("text", HARD, ids=lambda text: repr(text[:30]))
def test_hard_texts(text: str) -> None:
    check(text, mixed_tokens(text, SEGMENTER))
    check(text, whitespace_tokens(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi, I'm at 10'000.00!", ["Hi", "I", "m", "at", "10'000.00"]),
        ("Forecast for LUNCH", ["Forecast", "for", "LUNCH"]),
        ("hey ńöñàśçií how're you?", ["hey", "ńöñàśçií", "how", "re", "you"]),
        ("joke, isn't it?", ["joke", "isn", "t", "it"]),
        ("Arsenal won!!! #winning @home", ["Arsenal", "won", "#winning", "@home"]),
        (
            "https://www.google.com/search?q=a+b&c=%20 is it",
            ["https://www.google.com/search?q=a+b&c=%20", "is", "it"],
        ),
        ("mail ann.lee@example.com.", ["mail", "ann.lee@example.com"]),
        ("it costs 1,200.50 or -5", ["it", "costs", "1,200.50", "or", "-5"]),
        ("well-known, state_of_art", ["well-known", "state_of_art"]),
        ('say "hello" (twice)', ["say", "hello", "twice"]),
        ("👍 good 👍👍", ["good"]),
        ("👍", ["👍"]),
        (":)", [":)"]),
        ("我要退款 please", ["我要退款", "please"]),
    ],
)
def test_whitespace_tokens_as_in_rasa(text: str, expected: list[str]) -> None:
    assert texts(whitespace_tokens(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我的iPhone订单到哪了？", ["我", "的", "iPhone", "订单", "到", "哪", "了"]),
        ("what does 退款 mean?", ["what", "does", "退款", "mean"]),
        ("订单20231107，谢谢！", ["订单", "20231107", "谢谢"]),
        ("退款👍👍", ["退款"]),
        ("联系ann@example.com吧", ["联系", "ann@example.com", "吧"]),
        ("𠮷野家", ["𠮷", "野家"]),
        ("。。。", ["。。。"]),
    ],
)
def test_mixed_tokens(text: str, expected: list[str]) -> None:
    assert texts(mixed_tokens(text, SEGMENTER)) == expected


@pytest.mark.parametrize("text", ["cafe\u0301 noir", "na\u200bïve idea", "so\u00adft hyphen"])
def test_accents_and_invisible_characters_tear_no_word(text: str) -> None:
    assert texts(mixed_tokens(text, SEGMENTER)) == text.split()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["!", "-", ".", "😀", "!a", "#!", "{", "\u0301", "\u200b", "5!", "字", "字a"]
)
def test_time_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    text = piece * (100_000 // len(piece)) + "a"  # in square time: minutes
    check(text, mixed_tokens(text, SEGMENTER))
    check(text, whitespace_tokens(text))
