"""Payloads: messages that say their intent themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.nlu.payload import parse_payload
from chatwright.schema.understanding import Understanding
from hard_texts import HARD, MESSAGES

INTENTS = {"greet", "退款", "faq", "faq/known", "order status"}
ENTITIES = {"city", "城市", "count"}


def parse(text: str) -> Understanding | None:
    return parse_payload(text, INTENTS, ENTITIES)


def understood(text: str) -> tuple[str | None, float, list[tuple[str, Any]]]:
    found = parse(text)
    assert found is not None
    assert found.ranking == (found.intent,)
    return found.intent.name, found.intent.confidence, [(e.entity, e.value) for e in found.entities]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/greet", ("greet", 1.0, [])),
        ("  /greet  ", ("greet", 1.0, [])),
        ("/ greet", ("greet", 1.0, [])),
        ("/greet@0.5", ("greet", 0.5, [])),
        ("/greet@7", ("greet", 1.0, [])),
        ("/greet@1.2.3", ("greet", 1.0, [])),
        ("/order status", ("order status", 1.0, [])),
        ('/greet{"city": "Paris"}', ("greet", 1.0, [("city", "Paris")])),
        ('/greet@0.25{"city": "Paris"}', ("greet", 0.25, [("city", "Paris")])),
        ('/退款{"城市": "北京"}', ("退款", 1.0, [("城市", "北京")])),
        (
            '/greet{"city": ["a", "b"], "count": 3}',
            ("greet", 1.0, [("city", "a"), ("city", "b"), ("count", 3)]),
        ),
        ('/greet{"city": {"name": {"en": "x"}}}', ("greet", 1.0, [("city", {"name": {"en": "x"}})])),
        ('/greet{"city": null, "count": true}', ("greet", 1.0, [("city", None), ("count", True)])),
        ('/greet{"unknown": 1, "city": "x"}', ("greet", 1.0, [("city", "x")])),
        ('/greet {"city": "x"}', ("greet", 1.0, [("city", "x")])),
        ('/greet{"city": "x"} and more', ("greet", 1.0, [("city", "x")])),
        ("/greet{not json}", ("greet", 1.0, [])),
        ('/greet{"city": NaN}', ("greet", 1.0, [])),
        ("/greet{}", ("greet", 1.0, [])),
        ("/greet\nsecond line", None),
        ("/faq/known", ("faq/known", 1.0, [])),
    ],
)
def test_grammar(text: str, expected: tuple | None) -> None:
    if expected is None:
        assert parse(text) is None
    else:
        assert understood(text) == expected


@pytest.mark.parametrize(
    "text", ["", "greet", "/", "//", "/unknown", "/Greet", "/{}", "/@0.5", "a /greet", "／greet"]
)
def test_texts_that_are_none(text: str) -> None:
    assert parse(text) is None


def test_entities_stand_at_the_json() -> None:
    text = ' /greet@0.5{"city": ["x", "y"]} '
    found = parse(text)
    assert found is not None
    assert found.text == text
    assert {text[e.start : e.end] for e in found.entities} == {'{"city": ["x", "y"]}'}
    assert {e.extractor for e in found.entities} == {"RegexMessageHandler"}


def test_a_retrieval_intent_with_its_answer() -> None:
    found = parse("/faq/hours@0.5")
    assert found is not None
    assert (found.intent.name, found.intent.confidence) == ("faq", 0.5)
    chosen = found.response_selector["faq"]["response"]
    assert (chosen["intent_response_key"], chosen["utter_action"]) == ("faq/hours", "utter_faq/hours")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(
    st.sampled_from(sorted(INTENTS - {"faq"})),
    st.none() | st.decimals(0, 1, places=3),
    st.dictionaries(st.sampled_from(sorted(ENTITIES)), VALUES, max_size=3),
)
def test_what_is_written_is_read(intent: str, confidence: Any, entities: dict[str, Any]) -> None:
    written = f"/{intent}" + (f"@{confidence}" if confidence is not None else "") + json.dumps(entities)
    expected = 1.0 if confidence is None else float(confidence)
    assert understood(written) == (intent, expected, list(entities.items()))


@given(MESSAGES, MESSAGES)
def test_any_text_is_read_or_is_none(one: str, other: str) -> None:
    for text in (one, f"/{one}", f"/greet{one}", f"/greet@{one}{{{other}}}"):
        found = parse(text)
        assert found is None or (found.text == text and json.dumps(found.to_json(), allow_nan=False))


@pytest.mark.parametrize("text", [*HARD, "[" * 50_000], ids=lambda text: repr(text[:20]))
def test_hard_texts(text: str) -> None:
    found = parse('/greet{"city": ' + text + "}")
    assert found is None or found.intent.name == "greet"
