"""Test conversations against a bot, with Rasa's rules for what passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from chatwright.dialogue.decider import Decider
from chatwright.dialogue.fit_dialogue import fit_policies
from chatwright.dialogue.tracker import Tracker
from chatwright.evaluate.story_evaluation import StoryEvaluation, StoryResult, evaluate_stories
from chatwright.evaluate.story_files import write_story_files
from chatwright.project.annotations import parse_annotated
from chatwright.project.findings import Findings
from chatwright.project.read_domain import domain_from_yaml
from chatwright.project.read_stories import StoryReader, stories_from_yaml
from chatwright.project.stories import ActionStep, Story
from chatwright.project.yaml_reader import read_yaml_text
from chatwright.schema.decision import Decision, PolicyPrediction
from chatwright.schema.understanding import Entity, IntentScore, Understanding

if TYPE_CHECKING:
    from chatwright.brain import Brain

DOMAIN = """
intents: [greet, book, inform, stop, faq, 问好]
entities: [city]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
  vip: {type: bool, mappings: [{type: custom}]}
forms: {trip_form: {required_slots: [city]}}
responses:
  utter_greet: [{text: hi}]
  utter_你好: [{text: 你好}]
  utter_stop: [{text: ok}]
  utter_fast: [{text: fast}]
  utter_faq/hours: [{text: nine}]
  utter_faq/price: [{text: ten}]
actions: [action_look]
e2e_actions: ["On its way."]
"""
PATHS = """
rules:
- {rule: greet, steps: [{intent: greet}, {action: utter_greet}]}
- {rule: 问候, steps: [{intent: 问好}, {action: utter_你好}]}
- {rule: stop, steps: [{intent: stop}, {action: utter_stop}]}
- {rule: faq, steps: [{intent: faq}, {action: utter_faq}]}
- {rule: book, steps: [{intent: book}, {action: trip_form}, {active_loop: trip_form}]}
- rule: submit
  condition: [{active_loop: trip_form}]
  steps: [{action: trip_form}, {active_loop: null}, {action: action_look}]
- rule: vip
  condition: [{slot_was_set: [{vip: true}]}]
  steps: [{intent: stop}, {action: utter_fast}]
- {rule: text, steps: [{user: "where is it"}, {action: utter_stop}]}
stories:
- {story: e2e, steps: [{user: "parcel"}, {bot: "On its way."}]}
"""


class KnowsByHeart:
    """Stands where the brain stands: understands what it was told, decides with the real policies."""

    def __init__(self, known: dict[str, str], decider: Decider | None = None) -> None:
        self.domain = domain_from_yaml(DOMAIN)
        stories, rules = stories_from_yaml(PATHS)
        self.decider = decider or fit_policies(
            [{"name": "RulePolicy"}, {"name": "TEDPolicy"}], stories, rules, self.domain
        )
        self.known = known

    def understand(
        self, text: str, tracker: Tracker | None = None, *, language: str | None = None
    ) -> Understanding:
        intent, _, marked = self.known[text].partition(": ")
        _, entities = parse_annotated(marked)
        selector: dict[str, Any] = {}
        if "/" in intent:
            intent, key = intent.split("/")
            answer = {"intent_response_key": f"{intent}/{key}", "utter_action": f"utter_{intent}/{key}"}
            selector = {"all_retrieval_intents": ["faq"], "default": {"response": answer}}
        return Understanding(
            text=text, intent=IntentScore(intent or None, 0.9), entities=entities, response_selector=selector
        )

    def resolve(self, heard: Understanding, tracker: Tracker) -> None:
        """Messages stand for themselves."""

    def decide(self, tracker: Tracker) -> Decision:
        return self.decider.decide(tracker)


def written_in(text: str) -> list[Story]:
    reader = StoryReader(Findings(), {}, is_test=True)
    reader.read([read_yaml_text(text, "tests/test_stories.yml")])
    reader.findings.raise_errors()
    return reader.stories


async def evaluated(steps: str, known: dict[str, str] | None = None, **options: Any) -> StoryResult:
    brain = KnowsByHeart(known or {}, **options)
    evaluation = await evaluate_stories(
        cast("Brain", brain), written_in(f"stories:\n- story: s\n  steps:\n{steps}")
    )
    (result,) = evaluation.results
    return result


def wrong(result: StoryResult) -> list[tuple[str, str, str]]:
    return [(step.kind, step.expected, step.predicted) for step in result.steps if not step.passed]


GREET = """
  - {intent: greet, user: "hello"}
  - action: utter_greet
"""


async def test_a_conversation_passes() -> None:
    result = await evaluated(GREET, {"hello": "greet"})
    assert result.passed
    assert result.location is not None
    assert result.location.file == "tests/test_stories.yml"
    kinds = [(step.kind, step.expected) for step in result.steps]
    assert kinds == [("intent", "greet"), ("action", "utter_greet"), ("action", "action_listen")]


async def test_chinese() -> None:
    result = await evaluated('  - {intent: 问好, user: "早上好"}\n  - action: utter_你好', {"早上好": "问好"})
    assert result.passed


async def test_a_wrong_intent_fails_but_the_story_goes_on_as_written() -> None:
    result = await evaluated(GREET, {"hello": "stop"})
    assert wrong(result) == [("intent", "greet", "stop")]


async def test_a_wrong_action_fails_and_says_why() -> None:
    result = await evaluated("  - {intent: greet}\n  - action: utter_stop")
    assert wrong(result)[0] == ("action", "utter_stop", "utter_greet")
    step = next(step for step in result.steps if not step.passed)
    assert step.why == "rule 'greet'"
    assert step.policy == "RulePolicy"


@pytest.mark.parametrize(
    ("found", "passes"),
    [
        ("inform: to [Rome](city)", True),
        ("inform: to Rome", False),
        ("inform: [to](city) [Rome](city)", False),
        ('inform: to [Rome]{"entity": "city", "value": "Roma"}', False),
        ('inform: to [Rome]{"entity": "city", "role": "goal"}', True),
        ("inform: to [Rome](town)", False),
    ],
)
async def test_entities_are_compared_by_span_type_and_value(found: str, passes: bool) -> None:
    steps = '  - {intent: inform, user: "to [Rome](city)"}'
    result = await evaluated(steps, {"to Rome": found})
    assert result.steps[0].passed == passes
    if not passes:
        assert result.steps[0].expected == "inform: to [Rome](city)"
        assert result.steps[0].predicted == found or "Roma" in found


async def test_a_step_without_text_is_taken_as_understood() -> None:
    result = await evaluated(
        "  - {intent: inform, entities: [{city: Rome}]}\n  - action: action_default_fallback"
    )
    assert result.steps[0].passed
    assert ("slot_was_set", "city") in [(step.kind, step.expected) for step in result.steps]


async def test_a_payload_says_itself_what_its_entities_are() -> None:
    text = '/inform{"city": "Rome"}'
    brain = KnowsByHeart({})
    found = Understanding(
        text=text,
        intent=IntentScore("inform", 1.0),
        entities=(Entity(entity="city", value="Rome", start=7, end=23, extractor="RegexMessageHandler"),),
    )
    brain.understand = lambda text, tracker=None, *, language=None: found  # type: ignore[method-assign]
    stories = written_in(f"stories:\n- story: s\n  steps:\n  - {{intent: inform, user: '{text}'}}")
    (result,) = (await evaluate_stories(cast("Brain", brain), stories)).results
    assert result.steps[0].passed


FORM = """
  - intent: book
  - action: trip_form
  - active_loop: trip_form
  - intent: stop
  - action: utter_stop
  - action: trip_form
  - intent: inform
    entities: [{city: Rome}]
  - action: trip_form
  - active_loop: null
  - action: action_look
"""


async def test_a_form_is_taken_to_decline_where_something_else_is_expected() -> None:
    result = await evaluated(FORM)
    assert wrong(result) == []


async def test_slots_that_custom_actions_set_must_be_written() -> None:
    steps = "  - intent: book\n  - action: trip_form\n  - active_loop: null\n  - action: action_look\n"
    stop = "  - intent: stop\n  - action: utter_fast"
    assert (await evaluated(f"{steps}  - slot_was_set: [{{vip: true}}]\n{stop}")).steps[-2].passed
    assert not (await evaluated(steps + stop)).steps[-2].passed


@pytest.mark.parametrize(
    ("intent", "action", "found", "passes"),
    [
        ("faq", "utter_faq", "faq/hours", True),
        ("faq/hours", "utter_faq", "faq/hours", True),
        ("faq/hours", "utter_faq/hours", "faq/hours", True),
        ("faq/price", "utter_faq", "faq/hours", False),
        ("faq", "utter_faq/price", "faq/hours", False),
    ],
)
async def test_retrieval_intents_and_actions_by_full_name(
    intent: str, action: str, found: str, passes: bool
) -> None:
    result = await evaluated(f'  - {{intent: {intent}, user: "q"}}\n  - action: {action}', {"q": found})
    assert result.passed == passes
    if action == "utter_faq/price":
        assert wrong(result)[0] == ("action", "utter_faq/price", "utter_faq/hours")


async def test_end_to_end_messages_and_answers() -> None:
    result = await evaluated('  - {user: "parcel"}\n  - bot: "On its way."', {"parcel": "inform"})
    assert result.passed
    assert [step.kind for step in result.steps] == ["user", "bot", "action"]


async def test_two_alternatives_are_two_conversations() -> None:
    brain = cast("Brain", KnowsByHeart({}))
    text = (
        "stories:\n- story: s\n  steps:\n  - or: [{intent: greet}, {intent: 问好}]\n  - action: utter_greet"
    )
    evaluation = await evaluate_stories(brain, written_in(text))
    assert [result.passed for result in evaluation.results] == [True, False]


class Doubtful:
    """Finds every message unlikely, once."""

    name, priority = "Doubtful", 9

    def predict(self, tracker: Tracker, domain: Any) -> PolicyPrediction:
        fresh = tracker.latest_action_name == "action_listen"
        scores = {"action_unlikely_intent": 1.0} if fresh else {}
        return PolicyPrediction(policy=self.name, priority=9, scores=scores)

    def save(self, folder: Path) -> None:
        raise NotImplementedError

    @classmethod
    def load(cls, folder: Path) -> Doubtful:
        raise NotImplementedError


def doubtful() -> Decider:
    stories, rules = stories_from_yaml(
        "rules:\n- {rule: go on, steps: [{action: action_unlikely_intent}, {action: utter_greet}]}\n"
        "- {rule: greet, steps: [{action: utter_greet}, {action: action_listen}]}"
    )
    domain = domain_from_yaml(DOMAIN)
    return Decider(
        [Doubtful(), *fit_policies([{"name": "RulePolicy"}], stories, rules, domain).policies], domain
    )


async def test_an_unlikely_intent_is_a_warning() -> None:
    result = await evaluated("  - intent: greet\n  - action: utter_greet", decider=doubtful())
    assert result.passed
    assert result.with_warning
    expected = await evaluated(
        "  - intent: greet\n  - action: action_unlikely_intent\n  - action: utter_greet", decider=doubtful()
    )
    assert expected.passed
    assert not expected.with_warning


async def mixed() -> StoryEvaluation:
    known = {"hello": "greet", "早上好": "问好", "to Rome": "stop", "<b>&": "greet"}
    stories = written_in("""
stories:
- story: good
  steps: [{intent: greet, user: "hello"}, {action: utter_greet}]
- story: 坏的
  steps:
  - {intent: 问好, user: "早上好"}
  - action: utter_greet
  - slot_was_set: [{vip: true}]
  - {intent: inform, user: "to [Rome](city)"}
  - action: action_default_fallback
  - bot: |
      two
      lines
- story: "odd: <b>"
  steps: [{intent: greet, user: "<b>&"}, {action: utter_greet}]
""")
    return await evaluate_stories(cast("Brain", KnowsByHeart(known)), stories)


async def test_the_report_is_rasas(tmp_path: Path) -> None:
    evaluation = await mixed()
    write_story_files(evaluation, tmp_path)
    report = json.loads((tmp_path / "story_report.json").read_text("utf-8"))
    assert report["conversation_accuracy"] == {
        "accuracy": pytest.approx(2 / 3), "correct": 2, "with_warnings": 0, "total": 3,
    }  # fmt: skip
    assert report["utter_greet"]["support"] == 3
    assert report["utter_greet"]["recall"] == pytest.approx(2 / 3)
    assert set(report["greet"]) == {"precision", "recall", "f1-score", "support"}
    assert {"accuracy", "macro avg", "weighted avg", "micro avg"} <= set(report)
    assert report["city: Rome"]["recall"] == 0


async def test_failed_stories_are_written_with_what_was_predicted(tmp_path: Path) -> None:
    written = write_story_files(await mixed(), tmp_path, successes=True)
    assert {path.name for path in written} == {
        "story_report.json", "failed_test_stories.yml", "successful_test_stories.yml",
        "stories_with_warnings.yml", "story_confusion_matrix.svg",
    }  # fmt: skip
    failed = (tmp_path / "failed_test_stories.yml").read_text("utf-8")
    assert "# predicted: utter_你好" in failed
    assert "# predicted: stop: to Rome" in failed
    (again,) = written_in(failed)
    assert again.name == "坏的 (tests/test_stories.yml)"
    steps = [step for step in again.steps if step != ActionStep("action_listen")]
    assert [type(step).__name__ for step in steps] == [
        "UserStep", "ActionStep", "SlotStep", "UserStep", "SlotStep", "ActionStep", "BotStep",
    ]  # fmt: skip
    passed = written_in((tmp_path / "successful_test_stories.yml").read_text("utf-8"))
    assert [story.name.split(" (")[0] for story in passed] == ["good", "odd: <b>"]
    assert "No warnings" in (tmp_path / "stories_with_warnings.yml").read_text("utf-8")


async def test_files_say_when_there_is_nothing_to_tell(tmp_path: Path) -> None:
    write_story_files(StoryEvaluation(), tmp_path, successes=True)
    assert (
        (tmp_path / "failed_test_stories.yml")
        .read_text("utf-8")
        .startswith("# None of the test stories failed")
    )
    assert "conversation_accuracy" not in json.loads((tmp_path / "story_report.json").read_text("utf-8"))


async def test_nothing_is_written_that_was_not_asked_for(tmp_path: Path) -> None:
    written = write_story_files(await mixed(), tmp_path, errors=False, plots=False)
    assert {path.name for path in written} == {"story_report.json", "stories_with_warnings.yml"}
