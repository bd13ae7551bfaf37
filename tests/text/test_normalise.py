"""Folding moves nothing, and makes one of what means the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.text.normalise import fold, simplified, without_marks
from hard_texts import HARD, MESSAGES


@given(MESSAGES, MESSAGES)
def test_every_character_stays_in_its_place(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)
    assert len(fold(one)) == len(one)


@given(MESSAGES)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("text", HARD, ids=repr)
def test_hard_texts_keep_their_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("，。！：", ",。!:"),
        ("Café ÀÉÎÕÜ", "cafe aeiou"),
        ("İ", "i"),
        ("①②", "12"),
        ("a\x00b\tc\u3000d\u202ee", "a b c d e"),
        ("が한", "が한"),
        ("½ﬁ", "½ﬁ"),
        ("退款𠮷", "退款𠮷"),
    ],
)
def test_what_means_the_same(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(alphabet="abcéàüñçÅ ", max_size=20))
def test_accents_are_the_same_written_either_way(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert without_marks(fold(composed)) == without_marks(fold(decomposed))


def test_invisible_characters_hide_no_word() -> None:
    assert without_marks(fold("re\u200bf\u00adu\u2060nd\ufeff")) == "refund"
    assert without_marks(fold("退\u200d款")) == "退款"


@given(MESSAGES)
def test_simplifying_keeps_every_place_and_is_done_once(text: str) -> None:
    assert len(simplified(text)) == len(text)
    assert simplified(simplified(text)) == simplified(text)


@pytest.mark.parametrize(
    ("traditional", "simple"),
    [
        ("我想訂兩張後天去臺北的車票", "我想订两张后天去台北的车票"),
        ("請問退貨運費誰付", "请问退货运费谁付"),
        ("看著名著", "看著名著"),  # 著 stays: it may be 着 or 著
        ("refund 退款", "refund 退款"),
    ],
)
def test_traditional_characters_become_simplified_ones(traditional: str, simple: str) -> None:
    assert simplified(traditional) == simple
