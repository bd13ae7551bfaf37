"""Rules and stories that say different things are found before anything is trained."""
# ruff: noqa: E501 - a slot or a story in YAML reads best on one line

import pytest

from chatwright.errors import Problem

from .talking import Bot

DOMAIN = """
intents: [greet, book, stop, inform, 问好]
slots:
  city: {type: text, mappings: [{type: custom}]}
  会员: {type: bool, mappings: [{type: custom}]}
forms: {trip_form: {required_slots: [city]}}
responses:
  utter_greet: [{text: hi}]
  utter_help: [{text: help}]
  utter_你好: [{text: 你好}]
actions: [action_book, action_look]
"""


def errors(paths: str, **options: object) -> list[Problem]:
    it = Bot(DOMAIN, paths, policies=[{"name": "RulePolicy", **options}])
    return [problem for problem in it.problems() if problem.severity == "error"]


RULE = "rules:\n- {rule: 问候, steps: [{intent: 问好}, {action: utter_你好}]}\n"


def test_a_story_that_contradicts_a_rule_is_named_with_both_places() -> None:
    (found,) = errors(RULE + "stories:\n- {story: 别的, steps: [{intent: 问好}, {action: utter_help}]}")
    assert found.code == "rule-contradicts-story"
    assert found.location is not None
    assert found.location.line == 4
    assert "story '别的' runs utter_help" in found.message
    assert "rule '问候'" in found.message
    assert ":2)" in found.message
    assert "the message '问好'" in found.message


def test_the_check_can_be_turned_off() -> None:
    paths = RULE + "stories:\n- {story: s, steps: [{intent: 问好}, {action: utter_help}]}"
    assert errors(paths, check_for_contradictions=False) == []


def test_a_story_that_agrees_is_fine() -> None:
    assert errors(RULE + "stories:\n- {story: s, steps: [{intent: 问好}, {action: utter_你好}]}") == []


def test_two_rules_that_contradict_are_named_with_both_places() -> None:
    found = errors("""
rules:
- {rule: one, steps: [{intent: greet}, {action: utter_greet}]}
- {rule: two, steps: [{intent: greet}, {action: utter_help}]}
""")
    assert {problem.code for problem in found} == {"rules-contradict"}
    text = " ".join(str(problem) for problem in found)
    assert "rule 'one'" in text
    assert "rule 'two'" in text
    assert ":3)" in text
    assert ":4)" in text


def test_a_condition_tells_rules_apart() -> None:
    assert not errors("""
rules:
- {rule: one, steps: [{intent: greet}, {action: utter_greet}]}
- rule: two
  condition: [{slot_was_set: [{会员: true}]}]
  steps: [{intent: greet}, {action: utter_help}]
""")


def test_a_rule_that_goes_on_where_another_waits_is_a_contradiction() -> None:
    assert errors("""
rules:
- {rule: one, steps: [{intent: greet}, {action: utter_greet}]}
- {rule: two, steps: [{intent: greet}, {action: utter_greet}, {action: utter_help}]}
""")


FORM = """
rules:
- rule: submit
  condition: [{active_loop: trip_form}]
  steps: [{action: trip_form}, {active_loop: null}, {action: action_book}]
- rule: greet
  steps: [{intent: greet}, {action: utter_greet}]
stories:
- story: unhappy
  steps:
  - intent: book
  - action: trip_form
  - active_loop: trip_form
  - intent: greet
  - action: utter_greet
  - action: trip_form
  - active_loop: null
  - action: action_book
"""


def test_an_interrupted_form_is_no_contradiction() -> None:
    assert errors(FORM) == []


def test_a_story_that_leaves_a_form_otherwise_than_its_rule() -> None:
    (found,) = errors(
        FORM.replace(
            "  - active_loop: null\n  - action: action_book", "  - active_loop: null\n  - action: action_look"
        )
    )
    assert "runs action_look" in found.message
    assert "runs action_book" in found.message


def test_a_general_rule_to_listen_gives_way_to_a_story() -> None:
    paths = """
rules:
- {rule: look, steps: [{action: action_look}]}
- rule: look for members
  condition: [{slot_was_set: [{会员: true}]}]
  steps: [{action: action_look}, {action: utter_help}]
stories:
- {story: s, steps: [{intent: greet}, {action: action_look}, {action: utter_greet}]}
"""
    assert errors(paths) == []
    it = Bot(DOMAIN, paths)
    assert it.decide("> greet", "action_look").confidence == 0.3


def test_one_user_message_a_rule() -> None:
    paths = "rules: [{rule: r, steps: [{intent: greet}, {action: utter_greet}, {intent: stop}, {action: utter_help}]}]"
    assert [problem.code for problem in errors(paths)] == ["rule-with-several-messages"]
    assert errors(paths, restrict_rules=False) == []


INCOMPLETE = """
rules:
- {rule: sets, steps: [{intent: greet}, {action: action_look}, {slot_was_set: [{会员: true}]}, {action: utter_help}]}
- {rule: does not, steps: [{intent: stop}, {action: action_look}, {action: utter_greet}]}
"""


def test_an_action_that_sets_a_slot_in_one_rule_only_is_incomplete() -> None:
    (found,) = errors(INCOMPLETE)
    assert found.code == "incomplete-rule"
    assert "'does not', action_look does not set 会员" in found.message
    fixed = INCOMPLETE.replace(
        "{action: action_look}, {action: utter_greet}",
        "{action: action_look}, {slot_was_set: [{会员: null}]}, {action: utter_greet}",
    )
    assert errors(fixed) == []


def test_a_form_that_starts_in_one_rule_only_is_incomplete() -> None:
    (found,) = errors("""
rules:
- {rule: starts, steps: [{intent: book}, {action: trip_form}, {active_loop: trip_form}]}
- {rule: does not, steps: [{intent: greet}, {action: trip_form}, {action: utter_help}]}
""")
    assert "trip_form is not followed by 'active_loop: trip_form'" in found.message


def test_the_fallback_action_must_exist() -> None:
    (found,) = errors(RULE, core_fallback_action_name="utter_hlep")
    assert found.code == "unknown-fallback-action"
    assert "did you mean 'utter_help'?" in found.fix


@pytest.mark.parametrize(
    ("domain", "severity"),
    [(DOMAIN, "error"), ("intents: [问好]\nresponses: {utter_你好: [{text: a}]}", "warning")],
)
def test_forms_need_the_rule_policy(domain: str, severity: str) -> None:
    it = Bot(domain, RULE, policies=[{"name": "MemoizationPolicy"}])
    assert [(p.code, p.severity) for p in it.problems()] == [("no-rule-policy", severity)]


@pytest.mark.parametrize("name", ["FormPolicy", "MemoisationPolicy", "pathlib.Path"])
def test_a_policy_that_cannot_be_had_is_found_before_training(name: str) -> None:
    it = Bot(DOMAIN, RULE, policies=[{"name": "RulePolicy"}, {"name": name}])
    (found,) = it.problems()
    assert (found.code, found.severity) == ("unknown-policy", "error")
    assert name in found.message
    assert found.fix


def test_rasas_unlikely_intent_check_is_no_problem() -> None:
    policies = [{"name": "RulePolicy"}, {"name": "UnexpecTEDIntentPolicy"}]
    assert Bot(DOMAIN, RULE, policies=policies).problems() == []


def test_stories_that_part_after_the_same_conversation() -> None:
    it = Bot(
        DOMAIN,
        """
stories:
- {story: a, steps: [{intent: 问好}, {action: utter_你好}]}
- {story: b, steps: [{intent: 问好}, {action: utter_help}]}
""",
    )
    (found,) = it.problems()
    assert (found.code, found.severity) == ("story-conflict", "warning")
    assert "story 'a'" in found.message
    assert found.location is not None
    assert found.location.line == 4
