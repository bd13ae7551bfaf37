"""FuzzyEntityExtractor: misspelt names get the values of the lookup tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import LookupTable, NluData, NluExample
from chatwright.schema.understanding import Entity, Understanding

pytest.importorskip("pypinyin")


def pipeline(*more: str) -> Pipeline:
    city = Entity(entity="city", value="北京", start=3, end=5)
    data = NluData(
        [NluExample("我要去北京", "travel", entities=(city,)), NluExample("hello Sharon", "greet")],
        lookups=[
            LookupTable("city", ("北京", "上海", "Shanghai", "Charon")),
            LookupTable("never_annotated", ("Hamburg",)),
        ],
    )
    entries = [
        {"name": "MixedTokenizer"},
        *({"name": name} for name in more),
        {"name": "FuzzyEntityExtractor"},
    ]
    made = Pipeline.from_config(entries, ["zh", "en"])
    made.fit(data)
    return made


def cities(understood: Understanding) -> list[tuple[str, str, str | None]]:
    return [
        (understood.text[entity.start : entity.end], str(entity.value), entity.extractor)
        for entity in understood.entities
    ]


def test_the_value_is_the_name_as_it_should_be() -> None:
    for text, written, value in (("我要去北经", "北经", "北京"), ("to Shanghia", "Shanghia", "Shanghai")):
        assert cities(pipeline().parse([text])[0]) == [(written, value, "FuzzyEntityExtractor")]


def test_words_of_the_examples_and_tables_of_no_entity_are_left_alone() -> None:
    assert cities(pipeline().parse(["Sharon in Hamburgh"])[0]) == []


def test_what_another_extractor_found_is_not_found_again() -> None:
    (understood,) = pipeline("RegexEntityExtractor").parse(["从上海到北经"])
    assert cities(understood) == [
        ("上海", "上海", "RegexEntityExtractor"),
        ("北经", "北京", "FuzzyEntityExtractor"),
    ]


def test_it_is_the_same_after_loading(tmp_path: Path) -> None:
    made = pipeline()
    made.save(tmp_path)
    text = "from Shanghia to 北经"
    assert Pipeline.load(tmp_path).parse([text])[0].to_json() == made.parse([text])[0].to_json()
