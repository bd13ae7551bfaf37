"""Augmentation and self-training: more examples from those that there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.errors import ComponentError
from chatwright.nlu.fit_augment import Augmenter, replace_spans
from chatwright.nlu.fit_self_training import SelfTraining
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.nlu_data import LookupTable, NluData, NluExample
from chatwright.schema.understanding import Entity


def annotated(text: str, intent: str, **values: str) -> NluExample:
    entities = []
    for entity, value in values.items():
        start = text.index(value)
        entities.append(Entity(entity=entity, value=value, start=start, end=start + len(value)))
    return NluExample(text, intent, entities=tuple(entities))


TRAVEL = NluData(
    [
        annotated("fly from Paris to Berlin please", "book", start="Paris", city="Berlin"),
        annotated("我要去上海", "book", city="上海"),
        annotated("a ticket to Rome", "book", city="Rome"),
        NluExample("cancel everything", "cancel"),
    ],
    lookups=[LookupTable("city", ("Tokyo", "北京"))],
)


def test_values_are_swapped_with_others_of_their_kind_and_stay_annotated() -> None:
    enlarged = Augmenter(copies=3, methods=("swap_entities",)).enlarge(TRAVEL)
    copies = enlarged.examples[len(TRAVEL.examples) :]
    assert copies
    cities = {"Berlin", "上海", "Rome", "Tokyo", "北京"}
    for copy in copies:
        for entity in copy.entities:
            assert copy.text[entity.start : entity.end] == entity.value
            assert entity.entity == "start" or entity.value in cities
    assert all("Paris" in copy.text for copy in copies if "fly" in copy.text)


def test_mistyped_words_leave_entities_alone() -> None:
    enlarged = Augmenter(copies=4, methods=("mistype",)).enlarge(TRAVEL)
    copies = enlarged.examples[len(TRAVEL.examples) :]
    assert copies
    for copy in copies:
        assert all(copy.text[e.start : e.end] == e.value for e in copy.entities)
    assert {e.text for e in TRAVEL.examples}.isdisjoint(copy.text for copy in copies)


def test_what_has_no_values_to_swap_is_mistyped() -> None:
    plain = NluData([NluExample("thank you very much", "thank")])
    first, copy = Augmenter().enlarge(plain).examples
    assert first == plain.examples[0]
    assert copy.intent == "thank"
    assert copy.text != first.text


def test_words_of_a_thesaurus_stand_for_each_other(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("cancel abort\n要 想\n", "utf-8")
    config = {"methods": ["synonyms"], "thesaurus": "words.txt"}
    enlarged = Augmenter.from_config(config, tmp_path).enlarge(TRAVEL)
    assert {"abort everything", "我想去上海"} <= {e.text for e in enlarged.examples}


def test_a_function_of_the_project_translates_back(tmp_path: Path) -> None:
    (tmp_path / "there_and_back.py").write_text("def again(texts):\n    return [t + ' now' for t in texts]\n")
    enlarged = Augmenter.from_config({"back_translate": "there_and_back.again"}, tmp_path).enlarge(TRAVEL)
    assert NluExample("cancel everything now", "cancel") in enlarged.examples


def test_it_is_the_same_every_time() -> None:
    assert Augmenter(copies=2).enlarge(TRAVEL) == Augmenter(copies=2).enlarge(TRAVEL)


PIECE = st.text(min_size=1, max_size=4)


@given(st.lists(st.tuples(PIECE, PIECE), max_size=5), st.text(max_size=6))
def test_entities_hold_the_same_words_after_replacement_around_them(
    pieces: list[tuple[str, str]], new: str
) -> None:
    """Every second piece is an entity; all between them is replaced."""
    text, entities, changes = "", [], []
    for between, inside in pieces:
        changes.append((len(text), len(text) + len(between), new))
        text += between
        entities.append(Entity(entity="x", value=inside, start=len(text), end=len(text) + len(inside)))
        text += inside
    changed = replace_spans(NluExample(text, "i", entities=tuple(entities)), changes)
    assert changed.text == "".join(new + inside for _, inside in pieces)
    assert [changed.text[e.start : e.end] for e in changed.entities] == [inside for _, inside in pieces]


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"methods": ["swap_entity"]}, "swap_entities"),
        ({"methods": ["synonyms"]}, "thesaurus"),
        ({"thesaurus": "nowhere.txt"}, "nowhere.txt"),
        ({"back_translate": "nowhere.translate"}, "nowhere"),
    ],
)
def test_a_wrong_option_is_explained(config: dict[str, object], word: str) -> None:
    with pytest.raises(ComponentError) as caught:
        Augmenter.from_config(config)
    assert word in f"{caught.value.message} {caught.value.fix}"


GREETINGS = NluData(
    [NluExample(t, "greet") for t in ("hello", "hello there", "hi", "good morning", "good evening")]
    + [NluExample(t, "bye") for t in ("bye", "bye bye", "see you", "good night", "farewell")]
)


def test_what_the_bot_is_sure_of_becomes_an_example(tmp_path: Path) -> None:
    (tmp_path / "logs.txt").write_text("hello hello\nbye bye bye\nquantum chromodynamics\nhello\n", "utf-8")
    config = [
        {"name": "SelfTraining", "unlabelled": "logs.txt", "threshold": 0.4},
        {"name": "MixedTokenizer"},
        {"name": "IntentClassifier"},
    ]
    pipeline = Pipeline.from_config(config, ["en"], project_root=tmp_path)
    reports = pipeline.fit(GREETINGS)
    assert reports[0].component == "SelfTraining"
    assert reports[0].details == {"added": 2}
    assert pipeline.parse(["hello hello"])[0].intent.name == "greet"


def test_a_frequent_intent_does_not_swallow_the_others() -> None:
    texts = (*(f"hello {n}" for n in range(20)), "bye bye now")

    def train(data: NluData):
        pipeline = Pipeline.from_config([{"name": "MixedTokenizer"}, {"name": "IntentClassifier"}], ["en"])
        pipeline.fit(data)
        return pipeline.parse

    enlarged = SelfTraining(texts, threshold=0.3, per_intent=3).enlarge(GREETINGS, train)
    added = [e.intent for e in enlarged.examples[len(GREETINGS.examples) :]]
    assert added.count("greet") == 3
    assert added.count("bye") == 1


def test_messages_must_be_named() -> None:
    with pytest.raises(ComponentError, match="messages"):
        SelfTraining.from_config({})
