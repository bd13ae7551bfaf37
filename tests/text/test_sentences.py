"""Sentences end where a reader would end them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.text.sentences import split_sentences


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Li paid $3.50 at 5.30 p.m. on Monday.", "Then he left."],
        ["I live in the U.S. and like it.", "Do you?"],
        ["It closed at 5 p.m.", "Then he left."],
        ["Use e.g. this one, i.e. that.", "J. K. Rowling wrote it."],
        ["See No. 5 and fig. 3.", "It is."],
        ["1. Open the box.", "2. Close it."],
        ["Wait... what?", "no... yes!!", "😀 Fine"],
        ['"Really?" he said.', 'He said "Go."', "Then she left."],
        ["Read https://example.com/a.b?c=1 first.", "ok"],
        ["今天3.5元。", "明天呢？", "好的！！！", "“你好。”他说。", "“走吧！”", "“好。”"],
        ["我走了……再见。", "Thanks.", "你好。", "Yes!", "好"],
    ],
)
def test_splits(expected: list[str]) -> None:
    chinese = any(character >= "\u4e00" for sentence in expected for character in sentence)
    assert sentences("".join(expected) if chinese else " ".join(expected)) == expected or (
        chinese and sentences(" ".join(expected)) == expected
    )


def test_a_new_line_ends_a_sentence() -> None:
    assert sentences("first line\nsecond line\n\n  第三行  ") == ["first line", "second line", "第三行"]


@pytest.mark.parametrize("text", ["", " \n\t ", "\n"])
def test_nothing(text: str) -> None:
    assert split_sentences(text) == []


@given(st.text(st.sampled_from("a.B!?。！…\"”' \n3我\ud800\x00"), max_size=60))
def test_spans_cover_all_but_white_space(text: str) -> None:
    spans = split_sentences(text)
    place = 0
    for start, end in spans:
        assert not text[place:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        place = end
    assert not text[place:].strip()
