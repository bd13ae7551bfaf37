"""EntitySynonymMapper: values that mean the same become one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatwright.nlu.component import Message
from chatwright.nlu.synonyms import EntitySynonymMapper
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Entity


def mapper() -> EntitySynonymMapper:
    made = EntitySynonymMapper.from_config({"name": "EntitySynonymMapper"})
    made.fit(NluData(synonyms={"NYC": "New York", "big apple": "New York", "魔都": "上海", "2": "two"}), [])
    return made


def mapped(value: Any) -> Entity:
    entity = Entity(entity="city", value=value, start=0, end=1, role="to", processors=("First",))
    (message,) = mapper().process([Message(text="x", entities=(entity,))])
    return message.entities[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("NYC", "New York"), ("nyc", "New York"), ("Big Apple", "New York"), ("魔都", "上海"), (2, "two")],
)
def test_a_synonym_is_replaced(value: Any, expected: str) -> None:
    entity = mapped(value)
    assert (entity.value, entity.role) == (expected, "to")
    assert entity.processors == ("First", "EntitySynonymMapper")


@pytest.mark.parametrize("value", ["Berlin", "北京", "NYC!", "the big apple", None, {"a": 1}, 2.5])
def test_other_values_stay(value: Any) -> None:
    entity = mapped(value)
    assert (entity.value, entity.processors) == (value, ("First",))


def test_what_is_the_value_already_is_not_processed() -> None:
    made = EntitySynonymMapper()
    made.fit(NluData(synonyms={"上海": "上海"}), [])
    entity = Entity(entity="city", value="上海", start=0, end=2)
    assert made.process([Message(text="上海", entities=(entity,))])[0].entities == (entity,)


def test_it_finds_nothing_itself(tmp_path: Path) -> None:
    made = mapper()
    message = Message(text="fly to NYC, 魔都")
    assert made.process([message]) == [message]
    made.save(tmp_path)
    assert EntitySynonymMapper.load(tmp_path) == made
