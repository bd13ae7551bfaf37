"""Whatever is typed, pasted or sent by a machine: an Understanding, not an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwright.errors import ComponentError
from chatwright.nlu.pipeline import Pipeline
from chatwright.nlu.registry import DEFAULT_PIPELINE
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Understanding

from .shop import shop

MEANINGLESS = {
    "nothing": "",
    "spaces": " \t\n\u3000 ",
    "emoji": "😀👨‍👩‍👧‍👦🇨🇳✈️",
    "zero width": "\u200b\u200d\ufeff\u2060",
    "control": "\x00\x01\x07\x1b[31m\x7f",
    "lone surrogates": "\ud83d \udc00",
    "marks": "？！…—「」",
    "other scripts": "مرحبا بالعالم שלום עולם",
    "direction marks": "\u202eolleh\u202c",
    "combining marks": "\u0301" * 5000,
    "one letter": "x" * 100_000,
    "one word": "zq " * 33_000,
    "brackets": "(" * 50_000,
    "digits": "9" * 100_000,
}
LONG = {"english": "where is my order " * 6000, "chinese": "我的订单到哪了" * 15_000}


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    made = Pipeline.from_config(None, ["zh", "en"])
    made.fit(shop())
    return made


def sound(found: Understanding, text: str) -> bool:
    """Whether offsets and confidences are possible ones."""
    spans = [(t.start, t.end) for t in found.tokens] + [(e.start, e.end) for e in found.entities]
    return (
        found.text == text
        and all(0 <= start < end <= len(text) for start, end in spans)
        and all(0.0 <= score.confidence <= 1.0 for score in [found.intent, *found.ranking])
    )


@pytest.mark.parametrize("name", MEANINGLESS)
def test_what_means_nothing_is_not_believed(pipeline: Pipeline, name: str) -> None:
    found = pipeline.parse([MEANINGLESS[name]])[0]
    assert sound(found, MEANINGLESS[name])
    assert found.intent.name in (None, "nlu_fallback") or found.intent.confidence < 0.5
    found.to_json()


@pytest.mark.parametrize("name", LONG)
def test_what_is_long_is_read(pipeline: Pipeline, name: str) -> None:
    found = pipeline.parse([LONG[name]])[0]
    assert sound(found, LONG[name])
    assert found.ranking


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(codec=None), max_size=60)
    | st.sampled_from(["我的订单\ud800", "refund\u200b", "ｒｅｆｕｎｄ"])
)
def test_any_text_gives_an_understanding(pipeline: Pipeline, text: str) -> None:
    assert sound(pipeline.parse([text])[0], text)


@pytest.mark.parametrize(
    "examples",
    [
        [],
        [NluExample("hello", "greet")],
        [NluExample("hello", "greet"), NluExample("hello", "greet")],
        [NluExample("hello", "greet"), NluExample("hello", "bye")],
        [NluExample("", "greet"), NluExample("  ", "bye")],
        [NluExample("\u200b", "greet"), NluExample("你好", "greet"), NluExample("hi", "greet")],
        [NluExample("hi", "greet"), NluExample("x", "out_of_scope")],
        [NluExample("x", "out_of_scope"), NluExample("y z", "out_of_scope")],
        [NluExample("hello"), NluExample("where", "faq", "faq/where")],
    ],
)
def test_little_or_odd_data_is_learnt_from(examples: list[NluExample]) -> None:
    made = Pipeline.from_config(None, ["zh", "en"])
    made.fit(NluData(examples))
    for text in ("hello", "你好", "", "zxcv"):
        assert sound(made.parse([text])[0], text)


def test_an_out_of_scope_intent_without_examples_is_named() -> None:
    entries = [
        {**e, "out_of_scope_intent": "of_scope"} if e["name"] == "IntentClassifier" else e
        for e in DEFAULT_PIPELINE
    ]
    data = NluData([*shop().examples, NluExample("the moon", "out_of_scope")])
    with pytest.raises(ComponentError) as raised:
        Pipeline.from_config(entries, ["en"]).fit(data)
    assert "of_scope" in raised.value.message
    assert "out_of_scope" in (raised.value.fix or "")
