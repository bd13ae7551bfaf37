"""RegexEntityExtractor: entities from patterns and lookup tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatwright.errors import ComponentError, Location
from chatwright.nlu.component import Message
from chatwright.nlu.regex_entities import RegexEntityExtractor
from chatwright.project.nlu_data import LookupTable, NluData, NluExample, RegexFeature
from chatwright.schema.understanding import Entity


def data() -> NluData:
    names = ("order", "city", "code")
    annotated = tuple(Entity(entity=name, value="x", start=0, end=1) for name in names)
    return NluData(
        [NluExample("x", "inform", entities=annotated)],
        regexes=[
            RegexFeature("order", r"\d{8}"),
            RegexFeature("code", r"[A-Z]{2}\d+"),
            RegexFeature("greeting", "hello|你好"),
        ],
        lookups=[
            LookupTable("city", ("北京", "北京大学", "New York", "York", "C++", "a.b")),
            LookupTable("animal", ("cat",)),
        ],
    )


def found(text: str, **options: Any) -> list[tuple[str, Any]]:
    made = RegexEntityExtractor.from_config({"name": "RegexEntityExtractor", **options})
    made.fit(data(), [])
    (message,) = made.process([Message(text=text)])
    for entity in message.entities:
        assert text[entity.start : entity.end] == entity.value
        assert (entity.extractor, entity.confidence) == ("RegexEntityExtractor", None)
    return [(entity.entity, entity.value) for entity in message.entities]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order 20231107", [("order", "20231107")]),
        ("我的订单20231107和20231108", [("order", "20231107"), ("order", "20231108")]),
        ("fly to new york", [("city", "new york")]),
        ("我要去北京玩", [("city", "北京")]),
        ("我在北京大学", [("city", "北京")]),  # what stands first in the table
        ("NEW YORK, 北京!", [("city", "NEW YORK"), ("city", "北京")]),
        ("Yorkshire", []),
        ("i like c++ a lot", [("city", "c++")]),
        ("axb", []),
        ("SF20231107", [("order", "20231107"), ("code", "SF20231107")]),  # patterns may overlap
        ("hello cat", []),  # names that no example annotates
        ("", []),
    ],
)
def test_what_is_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_options() -> None:
    text = "SF1 new york 20231107 北京"
    assert found(text, case_sensitive=True) == [("order", "20231107"), ("code", "SF1"), ("city", "北京")]
    assert found(text, use_lookup_tables=False) == [("order", "20231107"), ("code", "SF1")]
    assert found(text, use_regexes=False) == [("city", "new york"), ("city", "北京")]


def test_word_boundaries() -> None:
    assert found("我要去北京玩, Yorkshire", use_word_boundaries=True) == []  # as in Rasa
    assert found("我要去 北京 , York", use_word_boundaries=True) == [("city", "北京"), ("city", "York")]
    assert found("我要去北京玩, Yorkshire", use_word_boundaries=False) == [("city", "北京"), ("city", "York")]


def test_entities_of_others_stay() -> None:
    made = RegexEntityExtractor()
    made.fit(data(), [])
    before = Entity(entity="city", value="北京", start=0, end=2, extractor="EntityTagger")
    (message,) = made.process([Message(text="北京", entities=(before,))])
    assert message.entities[0] == before
    assert len(message.entities) == 2


def test_the_report_names_what_is_never_annotated(tmp_path: Path) -> None:
    made = RegexEntityExtractor()
    details = made.fit(data(), []).details
    assert details["left_out_never_annotated"] == ["animal", "greeting"]
    assert (details["patterns"], details["lookup_entries"]) == (2, 6)


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(ComponentError, match="use_regexes"):
        RegexEntityExtractor.from_config({"name": "RegexEntityExtractor", "use_regexes": "yes"})


def test_a_table_of_100_000_phrases(tmp_path: Path) -> None:
    names = tuple(f"产品{number}" for number in range(100_000))
    example = NluExample("x", "a", entities=(Entity(entity="product", value="x", start=0, end=1),))
    made = RegexEntityExtractor()
    made.fit(NluData([example], lookups=[LookupTable("product", names)]), [])
    made.save(tmp_path)
    loaded = RegexEntityExtractor.load(tmp_path)
    (message,) = loaded.process([Message(text="我要买 产品99999 和 产品7")])
    assert [entity.value for entity in message.entities] == ["产品99999", "产品7"]


@pytest.mark.timeout(20)
def test_a_pattern_without_end_is_stopped(caplog: pytest.LogCaptureFixture) -> None:
    example = NluExample("x", "a", entities=(Entity(entity="code", value="x", start=0, end=1),))
    made = RegexEntityExtractor()
    made.fit(NluData([example], regexes=[RegexFeature("code", r"(a|aa|a?)+$")]), [])
    (message,) = made.process([Message(text="a" * 5_000 + "!")])
    assert message.entities == ()
    assert "(a|aa|a?)+$" in caplog.text


def test_a_broken_pattern_is_named() -> None:
    at = Location("data/nlu.yml", 7)
    broken = NluData(data().examples, regexes=[RegexFeature("code", "(oops", at)])
    with pytest.raises(ComponentError, match=r"'\(oops' of 'code'") as caught:
        RegexEntityExtractor().fit(broken, [])
    assert caught.value.location == at
