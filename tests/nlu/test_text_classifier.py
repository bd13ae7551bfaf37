"""What the intent classifier and the response selector have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatwright.errors import ComponentError
from chatwright.lm.static_vectors import house_vectors
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Understanding

from .shop import shop

TOKENIZER = {"name": "MixedTokenizer"}


def fitted(data: NluData, *entries: dict[str, Any]) -> Pipeline:
    pipeline = Pipeline.from_config([TOKENIZER, *entries], ["zh", "en"])
    pipeline.fit(data)
    return pipeline


def without_evidence(found: Understanding) -> str:
    """The text without the words that are named as evidence."""
    text = found.text
    spans = [(e.data["start"], e.data["end"]) for e in found.evidence if e.kind == "token"]
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + " " + text[end:]
    return text


@pytest.mark.parametrize("entries", [[], [{"name": "HouseVectorsFeaturizer"}]])
def test_the_named_evidence_carries_the_decision(entries: list[dict[str, Any]]) -> None:
    pipeline = fitted(shop(), *entries, {"name": "IntentClassifier"})
    asked = [
        "where is my parcel now",
        "给我退钱吧",
        "what are your opening hours",
        "停车场在哪里",
        "hi, good morning",
    ]
    for found in pipeline.parse(asked):
        after = pipeline.parse([without_evidence(found)])[0]
        assert after.intent.name != found.intent.name or after.intent.confidence < found.intent.confidence


def test_what_confidence_rests_on_is_said() -> None:
    found = fitted(shop(), {"name": "IntentClassifier"}).parse(["where is my order"])[0]
    reason = next(e for e in found.evidence if e.kind == "calibration")
    assert "held-out examples" in reason.summary
    assert reason.score == pytest.approx(found.in_scope, abs=1e-3)


def test_an_intent_for_everything_else_takes_what_the_others_leave() -> None:
    foreign = [
        "who won the game",
        "how tall is the tower",
        "what is the capital of peru",
        "谁写了红楼梦",
        "宇宙有多大",
    ]
    data = NluData([*shop().examples, *(NluExample(text, "elsewhere") for text in foreign)])
    pipeline = fitted(
        data, {"name": "IntentClassifier", "out_of_scope_intent": "elsewhere", "ranking_length": 0}
    )
    for found in pipeline.parse(["where is my order", "who won the race", "zxcv"]):
        assert sum(score.confidence for score in found.ranking) == pytest.approx(1, abs=1e-4)
        left = next(score.confidence for score in found.ranking if score.name == "elsewhere")
        assert found.in_scope == pytest.approx(1 - left, abs=1e-4)
    assert [u.intent.name for u in pipeline.parse(["我要退款", "who won the cup"])] == ["refund", "elsewhere"]


def test_intents_of_several_parts_learn_from_their_parts() -> None:
    texts = {
        "affirm": ["yes", "yes please", "of course", "sure"],
        "ask_price": ["how much is it", "what does it cost", "the price please"],
        "deny": ["no", "no thanks", "never"],
        "affirm+ask_price": ["okay what do i pay"],
    }
    data = NluData([NluExample(text, intent) for intent, all_of_it in texts.items() for text in all_of_it])
    text = "of course, what does it cost"
    sure = []
    for flag in (False, True):
        split = {**TOKENIZER, "intent_tokenization_flag": flag, "intent_split_symbol": "+"}
        pipeline = Pipeline.from_config([split, {"name": "IntentClassifier"}], ["en"])
        pipeline.fit(data)
        ranking = pipeline.parse([text])[0].ranking
        assert {score.name for score in ranking} == set(texts)
        sure.append(next(s.confidence for s in ranking if s.name == "affirm+ask_price"))
    assert sure[1] > sure[0]


def test_answers_are_found_by_what_they_say() -> None:
    examples = [
        NluExample("one", "faq", "faq/a1"),
        NluExample("uno", "faq", "faq/a1"),
        NluExample("two", "faq", "faq/a2"),
        NluExample("dos", "faq", "faq/a2"),
    ]
    answers = {"faq/a1": ["We are open from nine to five."], "faq/a2": ["Parking behind the house is free."]}

    def sure_of_parking(**options: object) -> float:
        pipeline = fitted(NluData(examples, answers=answers), {"name": "ResponseSelector", **options})
        found = pipeline.parse(["is parking free"])[0].response_selector["default"]["ranking"]
        chances = {entry["intent_response_key"]: entry["confidence"] for entry in found}
        return chances["faq/a2"] - chances["faq/a1"]

    assert sure_of_parking() > 0
    assert sure_of_parking() > sure_of_parking(use_text_as_label=False)


@pytest.mark.skipif(house_vectors() is None, reason="the install lacks the house vectors")
def test_words_never_seen_are_understood_by_their_kin(tmp_path: Path) -> None:
    data = NluData(
        [
            NluExample("apple", "food"),
            NluExample("bread", "food"),
            NluExample("cheese", "food"),
            NluExample("doctor", "health"),
            NluExample("hospital", "health"),
            NluExample("medicine", "health"),
        ]
    )
    pipeline = fitted(data, {"name": "HouseVectorsFeaturizer"}, {"name": "IntentClassifier"})
    pipeline.save(tmp_path)
    found = [made.parse(["surgeon"])[0] for made in (pipeline, Pipeline.load(tmp_path))]
    assert found[0].intent.name == "health"
    assert found[0].ranking == found[1].ranking


@pytest.mark.parametrize("length", [-1, "many", True])
def test_an_impossible_ranking_is_refused(length: object) -> None:
    with pytest.raises(ComponentError, match="ranking_length"):
        Pipeline.from_config([TOKENIZER, {"name": "IntentClassifier", "ranking_length": length}], ["en"])
