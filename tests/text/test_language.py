"""Which language a message is in, and what does not tell."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.text.language import detect, language_spans
from hard_texts import HARD, MESSAGES

BOTH = ("zh", "en")
LANGUAGES = (None, "zh", "en")


@pytest.mark.parametrize("current", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的 iPhone 订单到哪了", "zh"),
        ("我叫 John", "zh"),
        ("帮我 cancel 一下", "zh"),
        ("退款", "zh"),
        ("谢谢，再见", "zh"),
        ("ok 谢谢", "zh"),
        ("订单20231107到哪了？", "zh"),
        ("what does 退款 mean", "en"),
        ("my name is 张伟", "en"),
        ("I want to 退货 this", "en"),
        ("refund", "en"),
        ("thanks!", "en"),
        ("don’t cancel it", "en"),
        ("where is order 20231107", "en"),
    ],
)
def test_words_decide_whatever_was_spoken_before(text: str, language: str, current: str | None) -> None:
    assert detect(text, current=current, allowed=BOTH) == language


@pytest.mark.parametrize("current", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    "|20231107|3.5|OK|ok!|👍|👨‍👩‍👧|SF1234567890|ann@example.com|"
    "https://example.com/how/to/return|www.example.com/help|"
    "John|John Smith|Zhang Wei|张伟|王小明|Nike Air Max|hmm|?!|  |"
    "こんにちは|한국어|Ж|Привет".split("|"),
)
def test_numbers_names_and_the_like_do_not_tell(text: str, current: str | None) -> None:
    assert detect(text, current=current, allowed=BOTH) is None


@pytest.mark.parametrize("text", ["john smith", "iphone case", "nike air max"])
def test_a_name_in_small_letters_ends_no_chinese_conversation(text: str) -> None:
    assert detect(text, current="zh", allowed=BOTH) is None
    assert detect(text, current="en", allowed=BOTH) == "en"


@pytest.mark.parametrize("text", ["退款 please", "please 退款"])
@pytest.mark.parametrize("current", BOTH)
def test_where_both_weigh_about_the_same_the_conversation_goes_on(text: str, current: str) -> None:
    assert detect(text, current=current, allowed=BOTH) == current


def test_only_allowed_languages_are_given_by_their_own_names() -> None:
    assert detect("我要退款", current=None, allowed=("en",)) is None
    assert detect("i want a refund", current="zh", allowed=("zh",)) is None
    assert detect("我要退款", current=None, allowed=("en", "zh-CN")) == "zh-CN"
    assert detect("i want a refund", current="zh-CN", allowed=("en_GB", "zh-CN")) == "en_GB"
    assert detect("我要退款", current=None, allowed=()) is None


@given(MESSAGES, st.sampled_from(LANGUAGES))
def test_any_text_has_an_allowed_language_or_none(text: str, current: str | None) -> None:
    assert detect(text, current=current, allowed=BOTH) in LANGUAGES


@pytest.mark.parametrize("text", HARD, ids=repr)
def test_hard_texts(text: str) -> None:
    assert detect(text, current="en", allowed=BOTH) in LANGUAGES


@given(MESSAGES)
def test_spans_of_languages_are_the_whole_text(text: str) -> None:
    spans = language_spans(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(one.language != other.language for one, other in pairwise(spans))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("123", [("123", None)]),
        ("Guten Tag", [("Guten Tag", None)]),
        ("我的 iPhone 到哪了", [("我的 iPhone 到哪了", "zh")]),
        ("I live in 北京 now", [("I live in ", "en"), ("北京 ", "zh"), ("now", "en")]),
        ("!! 你好, thank you", [("!! 你好, ", "zh"), ("thank you", "en")]),
        ("👍 refund please 😀", [("👍 refund please 😀", "en")]),
    ],
)
def test_each_part_of_a_message_has_its_language(text: str, spans: list[tuple[str, str | None]]) -> None:
    assert [(text[span.start : span.end], span.language) for span in language_spans(text)] == spans
