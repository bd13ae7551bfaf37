"""Misspelt names: what is near is found, what is far or meant as it stands is not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.text.fuzzy_names import FuzzyNames, typing_errors
from hard_texts import HARD, MESSAGES

pytest.importorskip("pypinyin")
NAMES = ("北京", "上海", "广州", "呼和浩特", "Shanghai", "New York", "Hamburg", "Köln-Ehrenfeld")
names = FuzzyNames(NAMES)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我要去北经", "北京"),
        ("尚海的天气", "上海"),
        ("胡和好特", "呼和浩特"),
        ("呼和浩持在哪", "呼和浩特"),
        ("to Shanghia please", "Shanghai"),
        ("in new yrok", "New York"),
        ("hamburgh!", "Hamburg"),
        ("ＨＡＭＢＵＲＧＨ", "Hamburg"),
        ("廣洲", "广州"),
    ],
)
def test_a_misspelt_name_is_found(text: str, name: str) -> None:
    (found,) = names.find(text)
    assert found.name == name
    assert 0.5 <= found.likeness < 1


@pytest.mark.parametrize(
    "text", ["北京", "我住上海", "Shanghai", "不要伤害他", "share high", "bing", "", "新约"]
)
def test_exact_names_other_words_and_far_ones_are_not(text: str) -> None:
    assert names.find(text) == []


def test_known_words_are_meant_as_they_stand() -> None:
    assert FuzzyNames(["Chart"]).find("a chat")
    assert not FuzzyNames(["Chart"], ["chat"]).find("a Chat")


@given(MESSAGES)
def test_any_message_has_an_answer_with_spans_in_order(text: str) -> None:
    end = 0
    for found in names.find(text):
        assert end <= found.start < found.end <= len(text)
        assert found.name in NAMES
        end = found.end


@pytest.mark.parametrize("text", HARD, ids=repr)
def test_hard_texts(text: str) -> None:
    names.find(text)


@given(st.sampled_from([name for name in NAMES if name.isascii()]), st.data())
def test_one_typing_error_is_forgiven(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(name) - 2))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    wrong = data.draw(
        st.sampled_from(
            [
                name[:place] + name[place + 1 :],
                name[:place] + letter + name[place:],
                name[:place] + letter + name[place + 1 :],
                name[:place] + name[place + 1] + name[place] + name[place + 2 :],
            ]
        )
    )
    expected = [] if wrong.lower() == name.lower() else [name]
    assert [found.name for found in names.find(wrong)] == expected


WORDS = st.text("abc", max_size=7)


@given(WORDS, WORDS)
def test_typing_errors_are_a_distance(one: str, other: str) -> None:
    errors = typing_errors(one, other, most=20)
    assert errors == typing_errors(other, one, most=20) == _by_recursion(one, other)
    assert (errors == 0) == (one == other)
    for most in range(4):
        assert typing_errors(one, other, most=most) == (
            errors if errors is not None and errors <= most else None
        )


def _by_recursion(one: str, other: str) -> int:
    """The definition."""
    if not one or not other:
        return len(one) + len(other)
    if one[-1] == other[-1]:
        return _by_recursion(one[:-1], other[:-1])
    costs = [
        _by_recursion(one[:-1], other),
        _by_recursion(one, other[:-1]),
        _by_recursion(one[:-1], other[:-1]),
    ]
    if len(one) > 1 and len(other) > 1 and one[-2:] == other[-2:][::-1]:
        costs.append(_by_recursion(one[:-2], other[:-2]))
    return 1 + min(costs)


def test_a_large_table_still_finds_the_name() -> None:
    letters = random.Random(0)
    many = [
        "".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=letters.randint(5, 12)))
        for _ in range(20_000)
    ]
    table = FuzzyNames([*many, "Shanghai"])
    assert "Shanghai" in [found.name for found in table.find("a ticket to Shanghia")]
