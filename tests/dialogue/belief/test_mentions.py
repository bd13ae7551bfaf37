"""Words, schemas, and the values that a text mentions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.dialogue.belief.mentions import Mention, Span, find_mentions
from chatwright.dialogue.belief.schema import Schema, SlotSchema
from chatwright.dialogue.belief.spans import free_spans
from chatwright.dialogue.belief.spelling import Speller
from chatwright.dialogue.belief.words import words

FOOD = SlotSchema(
    "restaurant", "food", "cuisine", {"chinese": [], "modern european": [], "european": [], "川菜": []}
)
AREA = SlotSchema("restaurant", "area", "part of town", {"centre": ["middle"], "north": []}, closed=True)
PRICE = SlotSchema("hotel", "price range", "", {"moderate": [], "cheap": []}, closed=True)
NAME = SlotSchema("hotel", "name", open=True)
SCHEMA = Schema([FOOD, AREA, PRICE, NAME])


def mentions(text: str, *spans: Span) -> list[tuple[str, str, str]]:
    told = words(text)
    return [
        (" ".join(word.text for word in told[m.first : m.last]), m.kind, m.value)
        for m in find_mentions(told, SCHEMA, spans, Speller(SCHEMA).find(text))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't care", ["i", "do", "not", "care"]),
        ("it does n't matter", ["it", "does", "not", "matter"]),
        ("I can’t at 17:30?", ["i", "ca", "not", "at", "17:30", "?"]),
        ("随便，3星的吧？", ["随", "便", "3", "星", "的", "吧", "?"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert [word.text for word in words(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("modern European food", [("modern european", "exact", "modern european")]),
        ("in the middle", [("middle", "exact", "centre")]),
        ("moderately priced", [("moderately", "form", "moderate")]),
        ("some chineese food", [("chineese", "form", "chinese")]),
        ("想吃川菜，要CHEAP的", [("川 菜", "exact", "川菜"), ("cheap", "exact", "cheap")]),
        ("the northern line", [("northern", "form", "north")]),
        ("nothing of that kind", []),
    ],
)
def test_known_values_are_found(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert mentions(text) == expected


def test_a_value_of_several_slots_names_them_all() -> None:
    day = {"monday": []}
    schema = Schema([SlotSchema("hotel", "day", values=day), SlotSchema("train", "day", values=day)])
    found = find_mentions(words("on Monday"), schema)
    assert found == [Mention(1, 2, "exact", "monday", frozenset({("hotel", "day"), ("train", "day")}))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a table at Saap Ver at 1:15 pm for 2", {"Saap Ver", "1:15 pm", "2"}),
        ("Book the Hotel of the North", {"Hotel of the North"}),
        ("我要订“老舍茶馆”，两个人", {"老舍茶馆", "2"}),
        ("Hello there", set()),
    ],
)
def test_names_numbers_and_times_stand_out(text: str, expected: set[str]) -> None:
    assert expected <= {span.value for span in free_spans(text)}
    if not expected:
        assert free_spans(text) == []


def test_a_schema_survives_its_json() -> None:
    again = Schema.from_json(SCHEMA.to_json())
    assert again.slots == SCHEMA.slots
    assert again.written == SCHEMA.written


def test_words_that_tell_slots_apart() -> None:
    assert SCHEMA.telling_terms["cuisine"] == {FOOD.key}
    assert "of" not in SCHEMA.telling_terms
    assert SCHEMA.service_terms == {"restaurant": {"restaurant"}, "hotel": {"hotel"}}


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    told = words(text)
    assert all(text[word.start : word.end] for word in told)
    for mention in find_mentions(told, SCHEMA, free_spans(text)):
        assert 0 <= mention.first < mention.last <= len(told)
