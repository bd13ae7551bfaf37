"""ValueExtractor: entities of values under its own names, Duckling's and spaCy's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chatwright.errors import ComponentError
from chatwright.nlu.component import Message
from chatwright.nlu.values import ValueExtractor
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Entity

NOW = datetime(2023, 11, 7, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def extractor(name: str = "ValueExtractor", **options: Any) -> ValueExtractor:
    made = ValueExtractor.from_config({"name": name, **options})
    made.clock = lambda: NOW
    return made


def entities(
    made: ValueExtractor, text: str, before: Sequence[Entity] = (), language: str | None = None
) -> Sequence[Entity]:
    return made.process([Message(text=text, entities=before, language=language)])[0].entities


def values(made: ValueExtractor, text: str) -> list[tuple[str, Any]]:
    return [(entity.entity, entity.value) for entity in entities(made, text)]


def test_every_kind_is_an_entity_of_its_name() -> None:
    assert values(extractor(), "两箱 for $5, 打+86 13800138000") == [
        ("number", 2),
        ("money", 5),
        ("phone", "+8613800138000"),
    ]


def test_entities_that_the_project_names() -> None:
    made = extractor(entities={"size": "number", "delivery": "time"})
    text = "size 9, 明天送, pay $5"
    assert values(made, text) == [("size", 9), ("delivery", "2023-11-08T00:00:00+08:00"), ("size", 5)]


def test_two_entities_of_one_kind() -> None:
    assert values(extractor(entities={"size": "number", "number": "number"}), "9") == [
        ("size", 9),
        ("number", 9),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it's example@rasa.com", ("email", "example@rasa.com", {"type": "value"})),
        ("５", ("number", 5, {"type": "value", "value": 5})),
        ("第三", ("ordinal", 3, {"value": 3})),
        ("12.5元", ("amount-of-money", 12.5, {"value": 12.5, "unit": "CNY"})),
        ("+1 (415) 555-2671", ("phone-number", "(+1)4155552671", {"type": "value"})),
        ("3 hours", ("duration", 3, {"value": 3, "unit": "hour"})),
        ("两公里", ("distance", 2, {"unit": "kilometre"})),
        ("25°C", ("temperature", 25, {"unit": "celsius"})),
        ("2 gallons", ("volume", 2, {"unit": "gallon"})),
        ("www.rasa.com", ("url", "www.rasa.com", {"type": "value"})),
        (
            "明天下午三点",
            (
                "time",
                "2023-11-08T15:00:00+08:00",
                {
                    "type": "value",
                    "value": "2023-11-08T15:00:00+08:00",
                    "grain": "hour",
                    "values": [{"type": "value", "value": "2023-11-08T15:00:00+08:00", "grain": "hour"}],
                },
            ),
        ),
        (
            "from 3 to 5pm",
            (
                "time",
                {"from": "2023-11-07T15:00:00+08:00", "to": "2023-11-07T17:00:00+08:00"},
                {
                    "type": "interval",
                    "from": {"value": "2023-11-07T15:00:00+08:00", "grain": "hour"},
                    "to": {"value": "2023-11-07T17:00:00+08:00", "grain": "hour"},
                },
            ),
        ),
    ],
)
def test_the_names_and_values_of_duckling(text: str, expected: tuple[str, Any, Mapping[str, Any]]) -> None:
    name, value, info = expected
    (entity,) = entities(extractor("DucklingEntityExtractor"), text)
    assert (entity.entity, entity.value) == (name, value)
    assert (entity.confidence, entity.extractor) == (1.0, "DucklingEntityExtractor")
    assert info.items() <= entity.additional_info.items()


def test_dimensions_choose() -> None:
    text = "5 shoes for a@b.com tomorrow"
    assert values(extractor("DucklingEntityExtractor", dimensions=["number", "email"]), text) == [
        ("number", 5),
        ("email", "a@b.com"),
    ]
    assert values(extractor("DucklingEntityExtractor", dimensions=[]), text) == []
    assert values(extractor("SpacyEntityExtractor", dimensions=["PERSON"]), text) == []


def test_spacy_has_the_words_as_values() -> None:
    text = "two tickets at 3pm on Friday, tomorrow another for 5 dollars"
    assert values(extractor("SpacyEntityExtractor"), text) == [
        ("CARDINAL", "two"),
        ("TIME", "3pm on Friday"),
        ("DATE", "tomorrow"),
        ("MONEY", "5 dollars"),
    ]


def test_an_entity_on_the_same_span_is_told_what_it_means() -> None:
    before = (
        Entity(entity="price", value="12块5", start=0, end=4, extractor="EntityTagger", role="highest"),
        Entity(entity="shop", value="的", start=4, end=5, extractor="EntityTagger"),
    )
    price, shop, money = entities(extractor(), "12块5的", before)
    assert (price.value, price.role, price.extractor) == ("12块5", "highest", "EntityTagger")
    assert price.additional_info == {"kind": "money", "type": "value", "value": 12.5, "unit": "CNY"}
    assert shop == before[1]
    assert (money.entity, money.value) == ("money", 12.5)


def test_an_entity_of_the_same_name_and_span_gets_the_value() -> None:
    before = (Entity(entity="number", value="三", start=2, end=3, extractor="EntityTagger", group="1"),)
    (entity,) = entities(extractor(), "我要三件", before)
    assert (entity.value, entity.group, entity.extractor) == (3, "1", "EntityTagger")
    assert entity.processors == ("ValueExtractor",)


def test_where_it_is_today_depends_on_the_time_zone() -> None:
    for timezone in ("Asia/Shanghai", "America/New_York"):
        (entity,) = entities(extractor(timezone=timezone), "today")
        now = datetime.now(ZoneInfo(timezone))
        assert entity.value[:10] == now.date().isoformat()
        assert datetime.fromisoformat(entity.value).utcoffset() == now.replace(hour=0).utcoffset()


def test_the_locale_or_the_language_tells_the_order_of_day_and_month() -> None:
    assert entities(extractor(locale="en_GB"), "9/11", language="en")[0].value.startswith("2023-11-09")
    assert entities(extractor(), "9/11", language="en-GB")[0].value.startswith("2023-11-09")
    assert entities(extractor(), "9/11", language="zh")[0].value.startswith("2023-09-11")


def test_a_message_without_values_stays_as_it_is() -> None:
    message = Message(text="我想退货, please")
    assert extractor().process([message])[0] is message


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    made = extractor(entities={"size": "number"}, timezone="Asia/Shanghai", locale="zh_CN")
    made.fit(NluData(), [])
    made.save(tmp_path)
    assert ValueExtractor.load(tmp_path) == made


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"entities": {"size": "numbr"}}, "number"),
        ({"entities": ["number"]}, "must map"),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ComponentError, match=words):
        ValueExtractor.from_config({"name": "ValueExtractor", **options})
