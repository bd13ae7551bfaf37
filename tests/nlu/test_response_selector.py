"""Which answer of a retrieval intent."""

from __future__ import annotations

from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Understanding

from .shop import shop

CHITCHAT = [
    NluExample("tell me a joke", "chitchat", "chitchat/joke"),
    NluExample("讲个笑话", "chitchat", "chitchat/joke"),
    NluExample("what is your name", "chitchat", "chitchat/name"),
    NluExample("你叫什么名字", "chitchat", "chitchat/name"),
]


def parsed(text: str, *selectors: dict) -> Understanding:
    data = NluData([*shop().examples, *CHITCHAT])
    entries = [{"name": "MixedTokenizer"}, *({"name": "ResponseSelector", **s} for s in selectors)]
    pipeline = Pipeline.from_config(entries, ["zh", "en"])
    pipeline.fit(data)
    return pipeline.parse([text])[0]


def test_one_selector_for_all() -> None:
    found = parsed("讲一个笑话吧", {}).response_selector
    assert found["all_retrieval_intents"] == ["faq", "chitchat"]
    assert found["default"]["response"]["intent_response_key"] == "chitchat/joke"
    assert len(found["default"]["ranking"]) == 4


def test_a_selector_for_each() -> None:
    found = parsed("what's your name", {"retrieval_intent": "faq"}, {"retrieval_intent": "chitchat"})
    selector = found.response_selector
    assert set(selector) == {"all_retrieval_intents", "faq", "chitchat"}
    assert selector["chitchat"]["response"]["utter_action"] == "utter_chitchat/name"
    keys = {entry["intent_response_key"] for entry in selector["faq"]["ranking"]}
    assert keys == {"faq/hours", "faq/parking"}


def test_a_project_without_retrieval_intents_has_no_selector() -> None:
    pipeline = Pipeline.from_config([{"name": "MixedTokenizer"}, {"name": "ResponseSelector"}], ["en"])
    pipeline.fit(NluData([NluExample("hello", "greet")]))
    assert pipeline.parse(["hello"])[0].response_selector == {}
