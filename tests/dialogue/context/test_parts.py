"""The shapes of messages, lists, pronouns, requests and the stack of forms, without a trained bot."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.dialogue.context.choices import find_choice
from chatwright.dialogue.context.clauses import split_requests
from chatwright.dialogue.context.focus import Focus, Option, Question, listed_options
from chatwright.dialogue.context.follow_ups import FollowUps
from chatwright.dialogue.context.rewrite import put_in
from chatwright.dialogue.context.schema import IntentSchema
from chatwright.dialogue.context.shape import shape_of
from chatwright.dialogue.context.words import kind_of
from chatwright.dialogue.tracker import Tracker
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.project.read_domain import domain_from_json
from chatwright.schema.events import ActiveLoop, Restarted
from chatwright.schema.understanding import Entity, IntentScore, Understanding


def entity(text: str, value: str, name: str = "city", role: str | None = None) -> Entity:
    start = text.index(value)
    return Entity(entity=name, role=role, value=value, start=start, end=start + len(value))


@pytest.mark.parametrize(
    ("text", "value", "follows_up", "corrects", "rest"),
    [
        ("and in Rome?", "Rome", True, False, ""),
        ("what about Rome then", "Rome", True, False, ""),
        ("no, I meant Rome", "Rome", False, True, ""),
        ("那罗马呢？", "罗马", True, False, ""),
        ("不是，是罗马", "罗马", False, True, ""),
        ("is Rome nice", "Rome", False, False, "nice"),
        ("罗马热闹", "罗马", False, False, "热闹"),
    ],
)
def test_how_a_message_leans(text: str, value: str, follows_up: bool, corrects: bool, rest: str) -> None:
    shape = shape_of(text, [entity(text, value)])
    assert (shape.follows_up, shape.corrects, shape.rest) == (follows_up, corrects, rest)


def test_what_is_ruled_out_is_not_meant() -> None:
    text = "not the radio, the TV"
    shape = shape_of(text, [entity(text, "radio", "device"), entity(text, "TV", "device")])
    assert [value.value for value in shape.values] == ["TV"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("how much is it?", ["thing"]),
        ("is he in?", ["person"]),
        ("can I park there?", ["place"]),
        ("那里多少度", ["place"]),
        ("它多少钱", ["thing"]),
        ("play that song", []),
        ("我应该怎么办", []),
    ],
)
def test_words_that_stand_for_others(text: str, kinds: list[str]) -> None:
    assert [pronoun.kind for pronoun in shape_of(text, []).pronouns] == kinds


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("1. Arc 2. Beam 3. Globe", ["Arc", "Beam", "Globe"]),
        ("We have:\n- Arc\n- Beam", ["Arc", "Beam"]),
        ("有：红色、蓝色和绿色。", ["红色", "蓝色", "绿色"]),
        ("Choose one: red, blue or green?", ["red", "blue", "green"]),
        ("It costs 1.50 euros.", []),
        ("All is well.", []),
        ("", []),
    ],
)
def test_what_a_text_lists(text: str, titles: list[str]) -> None:
    assert [option.title for option in listed_options(text)] == titles


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("the second one", "B"),
        ("I'll take the last one", "C"),
        ("number 3 please", "C"),
        ("the 1st", "A"),
        ("第二个多少钱", "B"),
        ("最后一家怎么走", "C"),
        ("the fourth one", None),
        ("one second please, first let me look", "A"),
        ("第十二个", None),
        ("how much is it", None),
    ],
)
def test_which_of_them_is_meant(text: str, title: str | None) -> None:
    choice = find_choice(text, [Option("A"), Option("B"), Option("C")])
    assert (choice.option.title if choice else None) == title


def test_nothing_is_chosen_where_nothing_was_listed() -> None:
    assert find_choice("the second one", []) is None


@given(st.text(max_size=40))
def test_any_text_has_a_shape(text: str) -> None:
    shape = shape_of(text, [])
    assert 0 <= shape.phrase[0] <= len(text)
    assert shape.phrase[1] <= len(text)
    listed_options(text)
    find_choice(text, [Option("A"), Option("B")])


@given(st.text(max_size=20), st.text(max_size=5), st.data())
def test_what_is_put_in_stands_where_it_says(text: str, words: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    written, spans = put_in(text, [(start, end, words)])
    assert written == text[:start] + words + text[end:]
    assert written[slice(*spans[0])] == words


@pytest.mark.parametrize(
    ("name", "kind"),
    [("city", "place"), ("departureCity", "place"), ("doctor_name", "person"), ("门店", "place"),
     ("due_date", "time"), ("color", "thing"), ("商品", "thing")],
)  # fmt: skip
def test_the_kind_of_an_entity_by_its_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def schema() -> IntentSchema:
    def example(text: str, intent: str, **values: str) -> NluExample:
        found = []
        for label, value in values.items():
            name, _, role = label.partition("__")
            found.append(entity(text, value, name, role or None))
        return NluExample(text, intent, entities=tuple(found))

    return IntentSchema.from_data(
        NluData(
            [
                example("flights from Rome to Oslo", "fly", city__from="Rome", city__to="Oslo"),
                example("flights to Rome", "fly", city__to="Rome"),
                example("weather in Rome", "weather", city="Rome"),
                example("weather in Oslo today", "weather", city="Oslo", date="today"),
                example("Rome", "inform", city="Rome"),
                example("thanks", "thanks"),
            ]
        )
    )


def test_what_training_data_say_of_intents() -> None:
    found = schema()
    assert found.core("fly") == "city:to"
    assert found.core("thanks") is None
    assert found.bare == {"inform"}
    assert found.go_together("date", "city")
    assert not found.go_together("date", "city:to")
    there = Entity(entity="city", role="to", value="Rome", start=0, end=0)
    assert found.label_in("weather", there) == "city"
    assert found.label_in("fly", Entity(entity="city", value="Rome", start=0, end=0)) == "city:to"
    assert found.label_in("thanks", there) is None
    assert IntentSchema.from_json(found.to_json()) == found


@given(
    st.text(max_size=30),
    st.text(max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=3),
    st.sampled_from(["fly", "weather", "inform", "thanks", "nlu_fallback"]),
    st.floats(0, 1),
)
def test_any_message_after_any_other_can_be_read(
    before: str, text: str, spans: list[tuple[int, int]], intent: str, confidence: float
) -> None:
    def understand(words: str) -> Understanding:
        names = itertools.cycle([("city", "to"), ("date", None), ("city", None)])
        found = tuple(
            Entity(entity=name, role=role, value=words[start:end], start=start, end=end)
            for (start, end), (name, role) in zip(spans, names, strict=False)
            if start < end <= len(words)
        )
        score = IntentScore(intent, confidence)
        return Understanding(text=words, intent=score, ranking=(score,), entities=found)

    said = understand(before)
    asked = Question(before, said.intent.name, confidence, said.entities)
    focus = Focus([asked], listed_options(before))
    heard = understand(text)
    found = FollowUps(schema()).resolve(heard, focus, understand)
    if found is not None:
        applied = found.applied(heard)
        assert applied.text == text
        assert Understanding.from_json(applied.to_json()).intent == found.intent
        for one in found.placed:
            assert 0 <= one.start <= one.end <= len(found.rewritten)
    split_requests(heard, understand)


ANSWERS = {
    "cancel my order": ("cancel", 0.95),
    "tell me the opening hours": ("hours", 0.9),
    "cancel my order and tell me the opening hours": ("cancel", 0.5),
    "pick it up": ("hours", 0.4),
    "cancel my order and pick it up": ("cancel", 0.9),
}


def answer(text: str) -> Understanding:
    name, confidence = ANSWERS.get(text, ("other", 0.2))
    ranking = tuple(IntentScore(other, 0.1) for other in ("cancel", "hours", "other") if other != name)
    intent = IntentScore(name, confidence)
    return Understanding(text=text, intent=intent, ranking=(intent, *ranking))


def test_only_sure_requests_are_taken_apart() -> None:
    parts = split_requests(answer("cancel my order and tell me the opening hours"), answer)
    assert [part.text for part in parts] == ["cancel my order", "tell me the opening hours"]
    assert split_requests(answer("cancel my order and pick it up"), answer) == []
    assert split_requests(answer("cancel my order"), answer) == []
    assert split_requests(answer("/cancel and /hours, please, now"), answer) == []


def forms(*names: str) -> Tracker:
    return Tracker("ann", domain_from_json({"forms": {name: {"required_slots": []} for name in names}}))


def test_the_stack_of_interrupted_forms() -> None:
    tracker = forms("a", "b", "c")
    for name, stack in (("a", ()), ("b", ("a",)), ("c", ("a", "b")), ("a", ("b", "c")), (None, ("b", "c"))):
        tracker.update(ActiveLoop(name=name))
        assert tracker.suspended == stack
    again = Tracker.restore("ann", tracker.domain, tracker.snapshot())
    assert again.suspended == ("b", "c")
    tracker.update(Restarted())
    assert tracker.suspended == ()
