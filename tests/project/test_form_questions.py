"""What asks for which slots of a form is told by the names of actions."""

from __future__ import annotations

from chatwright.project.form_questions import joint_questions, question_names, slots_asked_for
from chatwright.project.read_domain import domain_from_yaml

DOMAIN = domain_from_yaml(
    """
entities: [city, day]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
  day: {type: text, mappings: [{type: from_entity, entity: day}]}
  day_and_night: {type: bool, mappings: [{type: from_intent, intent: affirm, value: true}]}
intents: [affirm]
forms: {trip: {required_slots: [city, day, day_and_night]}}
actions: [action_ask_day]
responses:
  utter_ask_city: [{text: a}]
  utter_ask_trip_city: [{text: b}]
  utter_ask_day: [{text: c}]
  utter_ask_day_and_city: [{text: d}]
  utter_ask_city_and_weather: [{text: e}]
  utter_ask_day_and_night: [{text: f}]
  utter_ask_trip: [{text: g}]
"""
)


def test_the_most_specific_question_for_one_slot_counts() -> None:
    asked = slots_asked_for(DOMAIN, DOMAIN.forms["trip"], frozenset(DOMAIN.action_names).__contains__)
    assert asked["utter_ask_trip_city"] == ("city",)
    assert "utter_ask_city" not in asked
    assert asked["action_ask_day"] == ("day",)
    assert question_names("trip", "city")[-1] == "utter_ask_city"


def test_joint_questions_name_slots_of_the_form_or_the_form() -> None:
    assert joint_questions(DOMAIN, DOMAIN.forms["trip"]) == {
        "utter_ask_day_and_city": ("city", "day"),  # in the form's order
        "utter_ask_trip": ("city", "day"),  # what entities fill
    }


def test_a_slot_may_have_and_in_its_name() -> None:
    asked = slots_asked_for(DOMAIN, DOMAIN.forms["trip"], frozenset(DOMAIN.action_names).__contains__)
    assert asked["utter_ask_day_and_night"] == ("day_and_night",)
