"""Units, tags, and how tags become entities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.learn.tagger import Tagged
from chatwright.nlu.component import Message
from chatwright.nlu.entity_tagger import EntityTagger, join_tags
from chatwright.nlu.fit_entity_tagger import tags_of
from chatwright.nlu.pipeline import Pipeline
from chatwright.nlu.tag_features import units_of
from chatwright.project.nlu_data import LookupTable, NluData, NluExample, RegexFeature
from chatwright.schema.understanding import Entity

from .shop import shop


def entity(text: str, value: str, kind: str, **more: str) -> Entity:
    start = text.index(value)
    return Entity(entity=kind, value=value, start=start, end=start + len(value), **more)


@given(st.text(max_size=60))
def test_units_are_slices_in_order(text: str) -> None:
    place = 0
    for unit in units_of(text):
        assert text[unit.start : unit.end] == unit.text
        assert unit.start >= place
        place = unit.end


def test_units_of_both_languages() -> None:
    assert [u.text for u in units_of("我要买iPhone15, at 10:30!")] == (
        ["我", "要", "买", "iPhone", "15", ",", "at", "10", ":", "30", "!"]
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("fly to New York City now", "New York City"),
        ("去乌鲁木齐的票", "乌鲁木齐"),
        ("it is $12.50 now", "$12.50"),
    ],
)
def test_tags_and_back(text: str, value: str) -> None:
    wanted = entity(text, value, "thing", role="r", group="1")
    units = units_of(text)
    tags, aligned = tags_of(NluExample(text, entities=(wanted,)), units)
    assert aligned
    (found,) = join_tags(text, units, [Tagged(tag, 0.8, 0.9) for tag in tags])
    assert (found.start, found.end, found.value) == (wanted.start, wanted.end, value)
    assert (found.entity, found.role, found.group) == ("thing", "r", "1")
    assert (found.confidence, found.confidence_role, found.confidence_group) == (0.9, 0.8, 0.8)


def test_an_annotation_that_cuts_a_word_is_told() -> None:
    text = "unbelievable"
    tags, aligned = tags_of(NluExample(text, entities=(entity(text, "believ", "x"),)), units_of(text))
    assert not aligned
    assert tags != ["O"]


@pytest.mark.parametrize(
    ("text", "tags", "split", "values"),
    [
        ("New York", "B-c L-c", True, ["New York"]),
        ("New York", "I-c L-c", True, ["New York"]),
        ("New York", "U-c U-c", True, ["New", "York"]),
        ("New York", "L-c B-c", True, ["New", "York"]),
        ("New York", "B-c B-c", True, ["New York"]),
        ("New  York", "B-c L-c", True, ["New", "York"]),
        ("New York", "B-c L-d", True, ["New", "York"]),
        ("New-York", "B-c O L-c", True, ["New-York"]),
        ("Rome, Oslo", "I-c O I-c", True, ["Rome", "Oslo"]),
        ("Rome, Oslo", "I-c O I-c", False, ["Rome, Oslo"]),
        ("Rome and Oslo", "I-c O I-c", False, ["Rome", "Oslo"]),
        ("北京上海", "B-c L-c B-c L-c", True, ["北京", "上海"]),
        ("北京，上海", "B-c I-c O I-c L-c", True, ["北京，上海"]),
    ],
)
def test_joining_follows_rasa(text: str, tags: str, split: bool, values: list[str]) -> None:
    units = units_of(text)
    tagged = [Tagged(t if t == "O" else f"{t}\t\t", 1.0, 1.0) for t in tags.split()]
    assert [e.value for e in join_tags(text, units, tagged, split)] == values
    assert [e.value for e in join_tags(text, units, tagged, {"c": split})] == values


def test_a_change_of_role_begins_an_entity() -> None:
    text = "Oslo Rome"
    tags = [Tagged("I-c\tfrom\t", 1.0, 1.0), Tagged("I-c\tto\t", 1.0, 1.0)]
    assert [(e.value, e.role) for e in join_tags(text, units_of(text), tags)] == [
        ("Oslo", "from"),
        ("Rome", "to"),
    ]


def test_patterns_and_lookup_tables_are_evidence() -> None:
    codes = ("AB1234", "XY9988", "QQ4711")
    texts = [f"{word} {code}" for code in codes for word in ("parcel", "see", "about", "包裹")]
    examples = [NluExample(t, entities=(entity(t, t.split()[1], "code"),)) for t in texts]
    examples += [NluExample(f"{word} them") for word in ("parcel", "see", "about")]
    fruits = ("apple", "pear", "苹果", "梨子")
    texts = [f"{word} {fruit}" for fruit in fruits[:1] + fruits[2:3] for word in ("eat", "buy", "买", "吃")]
    examples += [NluExample(t, entities=(entity(t, t.split()[1], "fruit"),)) for t in texts]
    data = NluData(
        examples,
        regexes=[RegexFeature("code", r"[A-Z]{2}\d{4}")],
        lookups=[LookupTable("fruit", fruits)],
    )
    pipeline = Pipeline.from_config([{"name": "MixedTokenizer"}, {"name": "EntityTagger"}], ["en"])
    pipeline.fit(data)
    for text, kind, value in (
        ("take ZZ0001", "code", "ZZ0001"),
        ("buy pear", "fruit", "pear"),
        ("买 梨子", "fruit", "梨子"),
    ):
        assert [(e.entity, e.value) for e in pipeline.parse([text])[0].entities] == [(kind, value)]


FRUITS = ("apple", "pear", "banana", "peach", "plum", "grape", "苹果", "梨子", "香蕉", "桃子", "李子", "葡萄")
BUYING = ("I would like to buy a {} today", "how much is the {} ?", "我想买{}", "{}多少钱一斤")


def market() -> NluData:
    """Every value stands in the lookup table."""
    texts = [
        (template.format(fruit), fruit)
        for template in BUYING
        for fruit in FRUITS
        if template.isascii() == fruit.isascii()
    ]
    examples = [NluExample(text, "buy", entities=(entity(text, fruit, "fruit"),)) for text, fruit in texts]
    plain = (
        "hello there",
        "good morning to you",
        "are you open today",
        "thanks a lot",
        "你好",
        "你们几点开门",
    )
    examples += [NluExample(text, "other") for text in plain]
    return NluData(examples, lookups=[LookupTable("fruit", FRUITS)])


def test_values_that_the_lookup_table_lacks_are_found_by_their_context() -> None:
    pipeline = Pipeline.from_config(None, ["en", "zh"])
    pipeline.fit(market())
    for text, value in (
        ("how much is the mango ?", "mango"),
        ("I would like to buy a cherry today", "cherry"),
        ("我想买樱桃", "樱桃"),
        ("石榴多少钱一斤", "石榴"),
        ("how much is the pear ?", "pear"),
    ):
        assert [e.value for e in pipeline.parse([text])[0].entities] == [value]
    for text in ("hello Wilhelmina", "zorp frobnicates", "are you open on holidays", "你们在哪里"):
        assert not pipeline.parse([text])[0].entities


def test_the_intent_tells_entities_apart() -> None:
    names = ("Anna", "Otto", "Ines", "Emil", "Ida", "Karl")
    texts = [("call", "caller", f"ring them up right now please {name}") for name in names]
    texts += [("play", "artist", f"sing me a song right now please {name}") for name in names]
    examples = [NluExample(t, intent, entities=(entity(t, t.split()[-1], e),)) for intent, e, t in texts]
    pipeline = Pipeline.from_config(None, ["en"])
    pipeline.fit(NluData(examples))
    for text, kind in (("ring right now please Otto", "caller"), ("a song right now please Otto", "artist")):
        assert [(e.entity, e.value) for e in pipeline.parse([text])[0].entities] == [(kind, "Otto")]


def test_entities_carry_the_name_of_the_configuration() -> None:
    pipeline = Pipeline.from_config([{"name": "WhitespaceTokenizer"}, {"name": "CRFEntityExtractor"}], ["en"])
    pipeline.fit(shop())
    found = pipeline.parse(["a ticket from Berlin to Paris"])[0].entities
    assert {e.extractor for e in found} == {"CRFEntityExtractor"}


def test_two_annotations_on_one_span_count_once() -> None:
    text = "large pizza"
    both = (entity(text, text, "size"), entity(text, text, "food"))
    tags, _ = tags_of(NluExample(text, entities=both), units_of(text))
    assert [tag.split("\t")[0] for tag in tags] == ["B-size", "L-size"]


def test_an_untrained_tagger_finds_nothing() -> None:
    assert EntityTagger.from_config({"name": "EntityTagger"}).find(Message(text="to Oslo")) == []
