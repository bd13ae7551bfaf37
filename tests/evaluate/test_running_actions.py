"""``test core --run-actions``: actions and forms run, and what the story says of slots must come true."""

from __future__ import annotations

import pytest

from chatwright.brain import Brain
from chatwright.evaluate.story_evaluation import StoryEvaluation, evaluate_stories
from chatwright.project.findings import Findings
from chatwright.project.read_stories import StoryReader
from chatwright.project.yaml_reader import read_yaml_text
from chatwright.trainer import train
from small_bot import write_project


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Brain:
    folder = write_project(tmp_path_factory.mktemp("acting"))
    return Brain.load(train(folder, nlu=False).path, project_root=folder)


async def evaluated(brain: Brain, steps: str, *, run_actions: bool = True) -> StoryEvaluation:
    reader = StoryReader(Findings(), {}, is_test=True)
    reader.read([read_yaml_text(f"stories:\n- story: x\n  steps:\n{steps}", "tests/test_x.yml")])
    reader.findings.raise_errors()
    return await evaluate_stories(brain, reader.stories, run_actions=run_actions)


def wrong(evaluation: StoryEvaluation) -> list[tuple[str, str, str]]:
    return [(s.kind, s.wanted, s.predicted) for r in evaluation.results for s in r.steps if not s.passed]


BAKED = """\
  - {intent: order_pizza, user: /order_pizza}
  - action: pizza_form
  - active_loop: pizza_form
  - {intent: inform, user: '/inform{"size": "large"}'}
  - slot_was_set: [{size: large}]
  - action: pizza_form
  - {intent: inform, user: '/inform{"topping": "ham"}'}
  - action: pizza_form
  - slot_was_set: [{requested_slot: null}]
  - active_loop: null
  - action: action_bake
"""


async def test_forms_and_actions_do_their_work(brain: Brain) -> None:
    evaluation = await evaluated(brain, BAKED + "  - slot_was_set: [{size: null}]\n")
    assert wrong(evaluation) == []
    assert evaluation.passed == 1


async def test_a_slot_that_does_not_come_true_is_named(brain: Brain) -> None:
    story = BAKED + "  - slot_was_set: [{size: large}]\n"
    assert wrong(await evaluated(brain, story, run_actions=False)) == []  # the story says it: nothing is run
    assert wrong(await evaluated(brain, story)) == [("slot_was_set", "size: 'large'", "size: None")]


async def test_a_loop_that_does_not_end_is_named(brain: Brain) -> None:
    story = """\
  - {intent: order_pizza, user: /order_pizza}
  - action: pizza_form
  - active_loop: null
"""
    assert wrong(await evaluated(brain, story)) == [("active_loop", "null", "null: 'pizza_form'")]


async def test_validation_runs(brain: Brain) -> None:
    story = """\
  - {intent: order_pizza, user: /order_pizza}
  - action: pizza_form
  - active_loop: pizza_form
  - {intent: inform, user: '/inform{"size": "huge"}'}
  - action: pizza_form
  - slot_was_set: [{size: huge}]
"""
    assert wrong(await evaluated(brain, story)) == [("slot_was_set", "size: 'huge'", "size: None")]


async def test_an_action_that_fails_is_named(brain: Brain) -> None:
    story = "  - {intent: deny, user: /deny}\n  - action: action_break\n"
    assert wrong(await evaluated(brain, story, run_actions=False)) == []
    (failed,) = wrong(await evaluated(brain, story))
    assert failed[:2] == ("action", "action_break")
    assert "action_break failed with RuntimeError" in failed[2]
