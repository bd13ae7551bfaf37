"""Filling slots from messages, mapping by mapping (Rasa's action_extract_slots)."""
# ruff: noqa: E501 - a slot or a story in YAML reads best on one line

from collections.abc import Iterable
from typing import Any

import pytest

from chatwright.dialogue.slot_mappings import extract_slots, slots_for_entities
from chatwright.schema.events import Event, UserUttered
from chatwright.schema.understanding import Emotion, Entity, IntentScore, Understanding

from .talking import Bot, events, said

DOMAIN = """
intents: [greet, inform, deny, book, 告知, chitchat]
entities:
- city: {roles: [from, to]}
- size: {groups: ["1", "2"]}
- 城市
- tag
slots:
"""


def filled(slots: str, *lines: str | Iterable[Event], forms: str = "") -> dict[str, Any]:
    bot = Bot(DOMAIN + slots + forms)
    found = extract_slots(bot.after(*lines), bot.domain)
    names = [event.name for event in found.events]
    assert len(names) == len(set(names))
    return {event.name: event.value for event in found.events}


TRIP = """
  start: {type: text, mappings: [{type: from_entity, entity: city, role: from}]}
  any_city: {type: text, mappings: [{type: from_entity, entity: city}]}
"""


def test_an_entity_fills_the_slot_of_its_role_only() -> None:
    assert filled(TRIP, "> inform city#from=Rome") == {"start": "Rome"}
    assert filled(TRIP, "> inform city=Rome") == {"any_city": "Rome"}


def test_an_entity_fills_the_slot_of_its_group_only() -> None:
    slots = '  first: {type: text, mappings: [{type: from_entity, entity: size, group: "1"}]}'
    grouped = Entity(entity="size", value="L", start=0, end=1, group="1")
    heard = Understanding(text="L", intent=IntentScore("inform", 1.0), entities=(grouped,))
    assert filled(slots, [UserUttered(text="L", understanding=heard)]) == {"first": "L"}
    assert filled(slots, "> inform size=L") == {}


def test_the_last_of_several_values_wins_and_a_list_slot_takes_all() -> None:
    slots = """
  one: {type: text, mappings: [{type: from_entity, entity: tag}]}
  all: {type: list, mappings: [{type: from_entity, entity: tag}]}
"""
    assert filled(slots, "> inform tag=红 tag=蓝") == {"one": "蓝", "all": ["红", "蓝"]}
    assert filled(slots, "> inform tag=红") == {"one": "红", "all": ["红"]}


def test_an_entity_that_is_not_in_the_domain_fills_nothing() -> None:
    assert (
        filled("  x: {type: text, mappings: [{type: from_entity, entity: nothing}]}", "> inform nothing=1")
        == {}
    )


def test_the_first_mapping_that_gives_a_value_wins() -> None:
    slots = """
  x:
    type: text
    mappings: [{type: from_entity, entity: city}, {type: from_intent, intent: deny, value: none}, {type: from_text}]
"""
    assert filled(slots, '> inform "to Rome" city=Rome') == {"x": "Rome"}
    assert filled(slots, '> deny "no thanks"') == {"x": "none"}
    assert filled(slots, '> inform "随便"') == {"x": "随便"}


def test_from_text_without_conditions_fills_on_every_message() -> None:
    slots = "  x: {type: text, mappings: [{type: from_text}]}"
    assert filled(slots, '> greet "你好"', "utter_x", '> inform "again"') == {"x": "again"}


def test_from_text_gives_a_list_slot_a_list() -> None:
    assert filled("  x: {type: list, mappings: [{type: from_text}]}", '> greet "hi"') == {"x": ["hi"]}


def test_intents_and_refused_intents() -> None:
    slots = """
  a: {type: text, mappings: [{type: from_text, intent: [inform, 告知]}]}
  b: {type: text, mappings: [{type: from_text, not_intent: chitchat}]}
"""
    assert filled(slots, '> 告知 "x"') == {"a": "x", "b": "x"}
    assert filled(slots, '> chitchat "x"') == {}


def test_from_intent_with_an_empty_value_only_empties_a_filled_slot() -> None:
    slots = "  x: {type: bool, mappings: [{type: from_intent, intent: deny, value: null}]}"
    assert filled(slots, "> deny") == {}
    assert filled(slots, "= x=true", "> deny") == {"x": None}


def test_false_is_a_value() -> None:
    slots = "  x: {type: bool, mappings: [{type: from_intent, intent: deny, value: false}]}"
    assert filled(slots, "> deny") == {"x": False}


CONDITIONAL = """
  city: {type: text, mappings: [{type: from_text, conditions: [{active_loop: trip_form, requested_slot: city}]}]}
  note: {type: text, mappings: [{type: from_text, conditions: [{active_loop: trip_form}, {active_loop: 订票表单}]}]}
  free: {type: text, mappings: [{type: from_text, conditions: [{active_loop: null}]}]}
"""
FORMS = """
forms:
  trip_form: {required_slots: [city]}
  订票表单: {required_slots: [note]}
"""


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ((), {"free": "x"}),
        (("loop trip_form", "= requested_slot=city"), {"city": "x", "note": "x"}),
        (("loop trip_form", "= requested_slot=note"), {"note": "x"}),
        (("loop 订票表单",), {"note": "x"}),
    ],
)
def test_conditions_are_alternatives(before: tuple[str, ...], expected: dict[str, str]) -> None:
    assert filled(CONDITIONAL, *before, '> inform "x"', forms=FORMS) == expected


def test_a_form_that_declined_leaves_its_requested_slot_alone() -> None:
    before = ("> book", "trip_form", "loop trip_form", "= requested_slot=city", "> chitchat", "! trip_form")
    assert filled(CONDITIONAL, *before, "utter_chitchat", '> inform "x"', forms=FORMS) == {"note": "x"}


def test_ignored_intents_of_the_active_form_fill_nothing() -> None:
    slots = """
  city: {type: text, mappings: [{type: from_text}]}
  mood: {type: text, mappings: [{type: from_text, intent: chitchat}]}
"""
    forms = "\nforms: {trip_form: {required_slots: [city], ignored_intents: [chitchat]}}"
    assert filled(slots, "loop trip_form", '> inform "x"', forms=forms) == {"city": "x"}
    assert filled(slots, "loop trip_form", '> chitchat "x"', forms=forms) == {"mood": "x"}
    assert filled(slots, '> chitchat "x"', forms=forms) == {"city": "x", "mood": "x"}


TWO_CITIES = """
  start: {type: text, mappings: [{type: from_entity, entity: city, role: from}, {type: from_entity, entity: city}]}
  goal: {type: text, mappings: [{type: from_entity, entity: city, role: to}, {type: from_entity, entity: city}]}
  other: {type: text, mappings: [{type: from_entity, entity: city}]}
"""
TRIP_FORM = "\nforms: {trip_form: {required_slots: [start, goal]}}"


def test_in_a_form_an_ambiguous_entity_fills_the_requested_slot_only() -> None:
    asked = ("loop trip_form", "= requested_slot=start")
    assert filled(TWO_CITIES, *asked, "> inform city=Rome", forms=TRIP_FORM) == {
        "start": "Rome",
        "other": "Rome",
    }
    assert filled(TWO_CITIES, *asked, "> inform city#to=Rome", forms=TRIP_FORM) == {"goal": "Rome"}
    assert filled(TWO_CITIES, "> inform city=Rome", forms=TRIP_FORM) == dict.fromkeys(
        ("start", "goal", "other"), "Rome"
    )


def test_mappings_with_different_conditions_are_different_mappings() -> None:
    slots = """
  a: {type: text, mappings: [{type: from_entity, entity: city, conditions: [{active_loop: f}]}]}
  b: {type: text, mappings: [{type: from_entity, entity: city, not_intent: deny, conditions: [{active_loop: f}]}]}
"""
    forms = "\nforms: {f: {required_slots: [a, b]}}"
    asked = ("loop f", "= requested_slot=a")
    assert filled(slots, *asked, "> inform city=Rome", forms=forms) == {"a": "Rome", "b": "Rome"}


def test_from_trigger_intent_needs_an_active_loop() -> None:
    slots = """
  a: {type: text, mappings: [{type: from_trigger_intent, intent: book, value: yes}]}
  b: {type: text, mappings: [{type: from_trigger_intent, intent: book, value: yes, conditions: [{active_loop: g}]}]}
"""
    forms = "\nforms: {f: {required_slots: [a]}, g: {required_slots: [b]}}"
    assert filled(slots, "> book", forms=forms) == {}
    assert filled(slots, "> book", "loop f", forms=forms) == {"a": "yes"}
    assert filled(slots, "> book", "loop g", forms=forms) == {"a": "yes", "b": "yes"}
    assert filled(slots, "> greet", "loop f", forms=forms) == {}


def test_custom_mappings_name_each_action_once() -> None:
    bot = Bot(
        DOMAIN
        + """
  a: {type: text, mappings: [{type: custom, action: action_look}]}
  b: {type: text, mappings: [{type: custom, action: action_look}, {type: from_text}]}
  c: {type: text, mappings: [{type: custom}]}
  d: {type: text, mappings: [{type: custom, action: action_other, intent: deny}]}
actions: [action_look, action_other]
"""
    )
    found = extract_slots(bot.after('> greet "hi"'), bot.domain)
    assert found.custom_actions == ("action_look",)
    assert [(event.name, event.value) for event in found.events] == [("b", "hi")]


def test_nothing_is_filled_before_anyone_spoke() -> None:
    assert filled("  x: {type: text, mappings: [{type: from_text}]}") == {}


def test_the_requested_slot_is_never_filled_by_a_mapping() -> None:
    slots = "  requested_slot: {type: text, mappings: [{type: from_text}]}"
    assert filled(slots, '> greet "hi"') == {}


def test_entities_in_stories_fill_slots_by_all_mappings_without_a_loop() -> None:
    bot = Bot(
        DOMAIN
        + """
  a: {type: text, mappings: [{type: from_entity, entity: city, role: from}, {type: from_entity, entity: 城市}]}
  b: {type: list, mappings: [{type: from_entity, entity: 城市}]}
  c: {type: text, mappings: [{type: from_entity, entity: 城市, conditions: [{active_loop: f}]}]}
forms: {f: {required_slots: [c]}}
"""
    )
    entities = said("inform 城市=北京 city#from=Rome 城市=上海").understanding.entities
    assert {e.name: e.value for e in slots_for_entities(bot.domain, entities)} == {
        "a": "上海",
        "b": ["北京", "上海"],
    }


def test_entities_in_stories_fill_nothing_where_the_domain_says_so() -> None:
    bot = Bot(DOMAIN + TRIP + "\nconfig: {store_entities_as_slots: false}")
    assert slots_for_entities(bot.domain, said("inform city=Rome").understanding.entities) == []


def test_events_of_the_dsl_read_like_a_conversation() -> None:
    told = events("> greet", "utter_greet", "= n=1", "loop f", "loop", "! f")
    assert [event.type_name for event in told] == [
        "action", "user", "action", "slot", "active_loop", "active_loop", "action_execution_rejected",
    ]  # fmt: skip


def moody(slots: str, label: str | None, intensity: int = 0) -> dict[str, Any]:
    """What a message with that emotion fills after one that was angry."""
    return filled(slots, [_felt("anger", 3)], "action_listen", [_felt(label, intensity)])


def _felt(label: str | None, intensity: int) -> UserUttered:
    emotion = label and Emotion(
        label=label, confidence=0.9, intensity=intensity, sentiment="neutral", sentiment_confidence=0.9
    )
    heard = Understanding(text="x", intent=IntentScore("inform", 1.0), emotion=emotion or None)
    return UserUttered(text="x", understanding=heard)


def test_an_emotion_fills_a_slot() -> None:
    slots = "  mood: {type: text, mappings: [{type: from_emotion}]}"
    assert moody(slots, "fear", 1) == {"mood": "fear"}
    assert moody(slots, "neutral") == {}
    assert moody(slots, None) == {}


def test_an_emotion_counts_from_an_intensity_on() -> None:
    slots = "  upset: {type: bool, mappings: [{type: from_emotion, emotion: [anger, fear], min_intensity: 2, value: true}]}"
    assert moody(slots, "anger", 2) == moody(slots, "fear", 3) == {"upset": True}
    assert moody(slots, "anger", 1) == moody(slots, "joy", 3) == {}


def test_a_calm_message_empties_the_slot_again() -> None:
    slots = "  mood: {type: text, initial_value: anger, mappings: [{type: from_emotion}]}"
    assert moody(slots, "neutral") == {"mood": None}
    assert moody(slots, None) == {}, "nothing was found, which is not the same as calm"
