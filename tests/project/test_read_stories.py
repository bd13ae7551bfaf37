"""Stories, rules and test conversations."""

import pytest

from chatwright.project.findings import Findings
from chatwright.project.read_stories import StoryReader, stories_from_yaml
from chatwright.project.stories import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    UserStep,
)
from chatwright.project.yaml_reader import read_yaml_text
from chatwright.schema.understanding import Entity


def _read(text: str, **options) -> tuple[StoryReader, list[tuple[str, str]]]:
    reader = StoryReader(Findings(), **options)
    reader.read([read_yaml_text(text, "stories.yml")])
    return reader, [(problem.severity, problem.code) for problem in reader.findings.problems]


def _entity(name: str, value, **more) -> Entity:
    return Entity(entity=name, value=value, start=0, end=0, **more)


def test_every_kind_of_step() -> None:
    stories, rules = stories_from_yaml(
        """
stories:
- story: all
  metadata: {by: me}
  steps:
  - checkpoint: begin
    slot_was_set: [{a: 1}]
  - intent: inform
    entities:
    - city: Berlin
      role: from
      group: 1
    - size
  - slot_was_set:
    - city: null
    - list: [a, b]
    - name
  - action: action_x
  - action: ...
  - active_loop: f
  - active_loop: null
  - or:
    - intent: affirm
    - slot_was_set: [{name: bob}]
  - user: "where is my [order](object)?"
  - bot: "On the way"
  - metadata: {note: 1}
  - checkpoint: end
rules:
- rule: r
  condition:
  - active_loop: f
  - slot_was_set: [{requested_slot: city}]
  conversation_start: true
  wait_for_user_input: false
  steps:
  - action: utter_x
- rule: plain
  steps:
  - intent: bye
"""
    )
    order = Entity(entity="object", value="order", start=12, end=17)
    assert stories[0].steps == (
        CheckpointStep("begin", (("a", 1),)),
        UserStep("inform", None, (_entity("city", "Berlin", role="from", group="1"), _entity("size", ""))),
        SlotStep((("city", None), ("list", ["a", "b"]), ("name", "filled"))),
        ActionStep("action_x"),
        ActionStep("..."),
        LoopStep("f"),
        LoopStep(None),
        OrStep((UserStep("affirm"), SlotStep((("name", "bob"),)))),
        UserStep(None, None, (order,), "where is my order?"),
        BotStep("On the way"),
        CheckpointStep("end"),
    )
    assert stories[0].metadata == {"by": "me"}
    assert rules[0].condition == (LoopStep("f"), SlotStep((("requested_slot", "city"),)))
    assert (rules[0].conversation_start, rules[0].wait_for_user_input) == (True, False)
    assert (rules[1].conversation_start, rules[1].wait_for_user_input) == (False, True)


def test_tests_keep_retrieval_intents() -> None:
    text = "stories:\n- story: t\n  steps:\n  - user: hi [Bo](name)\n    intent: faq/hours\n"
    training, problems = _read(text)
    assert problems == [("warning", "full-retrieval-intent")]
    test, problems = _read(text, is_test=True)
    assert problems == []
    step = test.stories[0].steps[0]
    assert isinstance(step, UserStep)
    assert (step.intent, step.full_intent, step.text) == ("faq", "faq/hours", "hi Bo")
    assert training.stories[0].steps[0].intent == "faq"


def test_slots_named_without_a_value() -> None:
    text = "stories:\n- story: t\n  steps:\n  - slot_was_set: [a, b, c]\n"
    reader, problems = _read(text, slot_types={"a": "text", "b": "list", "c": "bool"})
    assert reader.stories[0].steps[0].values == (("a", "filled"), ("b", ["filled"]), ("c", None))
    assert problems == [("warning", "slot-without-value")]


def test_story_names_may_repeat_and_slash_is_tolerated() -> None:
    text = "stories:\n- story: a\n  steps: [{intent: /hi}]\n- story: a\n  steps: [{intent: hi}]\n"
    reader, problems = _read(text)
    assert [story.steps[0].intent for story in reader.stories] == ["hi", "hi"]
    assert problems == [("warning", "slash-intent")]


@pytest.mark.parametrize(
    ("steps", "severity", "code"),
    [
        ("[utter_x]", "error", "bad-step"),
        ("[{foo: 1}]", "error", "bad-step"),
        ("[{intent: a, entitis: []}]", "warning", "unknown-key"),
        ("[{intent: }]", "error", "bad-step"),
        ("[{intent: '', user: ''}]", "warning", "bad-step"),
        ("[{action: }]", "warning", "bad-step"),
        ("[{slot_was_set: 3}]", "error", "wrong-type"),
        ("[{slot_was_set: [3]}]", "error", "bad-step"),
        ("[{or: [{action: a}]}]", "error", "bad-step"),
        ("[{intent: a, entities: [{role: x}]}]", "error", "bad-step"),
        ("[{user: '[a]{b}'}]", "error", "bad-annotation"),
        ("{intent: a}", "error", "wrong-type"),
    ],
)
def test_faults_in_steps(steps: str, severity: str, code: str) -> None:
    _, problems = _read(f"stories:\n- story: s\n  steps: {steps}\n")
    assert (severity, code) in problems


@pytest.mark.parametrize(
    ("text", "severity", "code"),
    [
        ("stories:\n- stry: a\n", "error", "bad-story"),
        ("stories: {a: b}\n", "error", "wrong-type"),
        ("stories:\n- story: a\n", "warning", "no-steps"),
        ("rules:\n- rule: a\n  steps: [{checkpoint: x}]\n", "error", "not-in-rules"),
        ("rules:\n- rule: a\n  steps: [{bot: x}]\n", "error", "not-in-rules"),
        ("rules:\n- rule: a\n  condition: [{intent: x}]\n  steps: []\n", "error", "bad-condition"),
        ("rules:\n- rule: a\n  conversation_start: yes\n  steps: []\n", "error", "wrong-type"),
        ("rules:\n- rule: a\n  conditions: []\n  steps: []\n", "warning", "unknown-key"),
    ],
)
def test_faults_around_steps(text: str, severity: str, code: str) -> None:
    _, problems = _read(text)
    assert problems == [(severity, code)]
