"""Every component keeps the same promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatwright.nlu.component import Component
from chatwright.nlu.joint_classifier import can_train
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluData, NluExample

from .shop import shop

NAMES = (
    "MixedTokenizer",
    "JiebaTokenizer",
    "WhitespaceTokenizer",
    "IntentClassifier",
    "DIETClassifier",
    "KeywordIntentClassifier",
    "EntityTagger",
    "FuzzyEntityExtractor",
    "RegexEntityExtractor",
    "ValueExtractor",
    "EntitySynonymMapper",
    "EmotionClassifier",
    "ResponseSelector",
    "FallbackClassifier",
    pytest.param("JointClassifier", marks=pytest.mark.skipif(not can_train(), reason="needs PyTorch")),
)
OPTIONS = {"JointClassifier": {"passes": 5, "net": {"hidden": 16}}}
NEEDS_INTENT = {"FallbackClassifier"}
TEXTS = (
    "where is my order",
    "我的订单到哪了",
    "a ticket from Hamburg to 杭州 please",
    "",
    "   \n ",
    "😀👍🏽",
    "?!…",
    "word " * 5_000,
    "字" * 10_000,
    "ﬁ İstanbul ①②③ ａｂｃ \u200b\u202e\x00",
    "\ud800 a lone surrogate",
)


def entries(name: str) -> list[dict]:
    before = [] if name.endswith("Tokenizer") else [{"name": "MixedTokenizer"}]
    before += [{"name": "IntentClassifier"}] if name in NEEDS_INTENT else []
    return [*before, {"name": name, **OPTIONS.get(name, {})}]


def trained(name: str, data: NluData) -> Pipeline:
    pipeline = Pipeline.from_config(entries(name), ["en"])
    pipeline.fit(data)
    return pipeline


def parsed(pipeline: Pipeline) -> list[dict]:
    return [understanding.to_json() for understanding in pipeline.parse(TEXTS)]


@pytest.mark.parametrize("name", NAMES)
def test_a_component_keeps_the_protocol(name: str) -> None:
    assert all(isinstance(c, Component) for c in Pipeline.from_config(entries(name), ["en"]).components)


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_component_answers_like_the_trained_one(name: str, tmp_path: Path) -> None:
    pipeline = trained(name, shop())
    pipeline.save(tmp_path)
    assert parsed(Pipeline.load(tmp_path)) == parsed(pipeline)


@pytest.mark.parametrize("name", NAMES)
def test_one_message_is_understood_alone_as_among_others(name: str) -> None:
    pipeline = trained(name, shop())
    together = parsed(pipeline)
    assert [pipeline.parse([text])[0].to_json() for text in TEXTS] == together


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "data",
    [
        NluData(),
        NluData([NluExample("hello", "greet")]),
        NluData([NluExample("", "empty"), NluExample("hello", "greet")]),
        NluData([e for e in shop().examples if e.intent == "book"]),
        NluData([NluExample(e.text, entities=e.entities) for e in shop().examples if e.entities]),
    ],
    ids=["nothing", "one example", "an empty text", "one intent", "no intents"],
)
def test_little_data_is_no_error(name: str, data: NluData, tmp_path: Path) -> None:
    pipeline = trained(name, data)
    pipeline.save(tmp_path)
    assert parsed(Pipeline.load(tmp_path)) == parsed(pipeline)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_data_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    written = []
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        trained(name, shop()).save(tmp_path / run)
        files = sorted(p for p in (tmp_path / run).rglob("*") if p.is_file())
        written.append({str(p.relative_to(tmp_path / run)): p.read_bytes() for p in files})
    assert written[0] == written[1]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_understood_is_json(name: str) -> None:
    for understanding in parsed(trained(name, shop())):
        assert json.loads(json.dumps(understanding)) == understanding
