"""Emoji and their names."""

from __future__ import annotations

import pytest
from hypothesis import given

from chatwright.text.emoji import EMOJI_RUN, find_emoji
from hard_texts import HARD, MESSAGES


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("退款 please 1 #", []),
        ("😀👍🏽!", ["grinning face", "thumbs up sign"]),
        ("👩‍💻", ["woman, personal computer"]),
        ("❤️", ["heavy black heart"]),
        ("🇨🇳🇬🇧", ["flag CN", "flag GB"]),
    ],
)
def test_each_emoji_has_a_name(text: str, names: list[str]) -> None:
    assert [emoji.name for emoji in find_emoji(text)] == names


@given(MESSAGES)
def test_emoji_lie_in_runs_of_them(text: str) -> None:
    for emoji in find_emoji(text):
        assert EMOJI_RUN.fullmatch(text[emoji.start : emoji.end])
        assert emoji.name


@pytest.mark.parametrize("text", HARD, ids=repr)
def test_hard_texts(text: str) -> None:
    find_emoji(text)
