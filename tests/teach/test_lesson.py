"""What a person may choose from, and what a correction makes of an understanding."""

from __future__ import annotations

from chatwright.project.domain import Domain
from chatwright.project.read_domain import domain_from_json
from chatwright.schema.understanding import IntentScore, Understanding
from chatwright.teach.lesson import action_choices, corrected, full_intent, intent_choices


def domain() -> Domain:
    said = [{"text": "x"}]
    return domain_from_json(
        {
            "intents": ["faq", "greet"],
            "actions": ["action_look"],
            "responses": {"utter_faq/hours": said, "utter_faq/price": said, "utter_greet": said},
        }
    )


def test_choices() -> None:
    assert intent_choices(domain())[:4] == ["faq/hours", "faq/price", "greet", "restart"]
    assert action_choices(domain())[:4] == ["action_listen", "action_look", "utter_greet", "utter_faq"]
    assert not {"utter_faq/hours", "...", "action_session_start"} & set(action_choices(domain()))


def test_a_key_that_is_chosen_chooses_the_answer() -> None:
    heard = Understanding(text="how much", intent=IntentScore("greet", 0.6))
    first = corrected(heard, "faq/hours", (), heard.text)
    assert (first.intent, full_intent(first)) == (IntentScore("faq", 1.0), "faq/hours")
    second = corrected(first, "faq/price", (), heard.text)
    assert full_intent(second) == "faq/price"
    assert second.response_selector["faq"]["response"]["utter_action"] == "utter_faq/price"
    assert corrected(second, "faq/price", (), heard.text).response_selector is second.response_selector
    assert full_intent(corrected(second, "greet", (), heard.text)) == "greet"
