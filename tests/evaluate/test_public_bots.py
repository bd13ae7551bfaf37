"""Public Rasa projects, unchanged, train in seconds and pass the test conversations that Rasa 3.6 passes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from chatwright.dialogue.contradictions import check
from chatwright.dialogue.decider import Decider
from chatwright.dialogue.fit_dialogue import fit_policies
from chatwright.dialogue.tracker import Tracker
from chatwright.evaluate.story_evaluation import StoryEvaluation, evaluate_stories
from chatwright.project.project import Project
from chatwright.project.stories import Story, UserStep
from chatwright.schema.decision import Decision
from chatwright.schema.understanding import Understanding

if TYPE_CHECKING:
    from chatwright.brain import Brain

BOTS = os.environ.get("CHATWRIGHT_BOTS")
PROJECTS = sorted(path.parent for path in Path(BOTS).rglob("config.yml")) if BOTS else []
pytestmark = pytest.mark.skipif(
    not BOTS, reason="CHATWRIGHT_BOTS (a folder of public Rasa projects) is not set"
)

PASSED_BY_RASA = {
    "helpdesk-assistant": 12,
    "retail-demo": 9,
    "rasa-3.x-form-examples/01-actions": 7,
    "rasa-3.x-form-examples/02-slots": 7,
    "rasa-3.x-form-examples/03-conditions": 7,
    "rasa-3.x-form-examples/04-from-text": 7,
    "rasa-3.x-form-examples/05-validation": 7,
    "conversational-ai-course-3.x/video-08-actions": 7,
    "conversational-ai-course-3.x/video-09-1-basic-forms": 7,
}
REFUSED_BY_RASA = {"rasa_chinese_book_code/Chapter08"}
"""A rule of it runs an action that is not declared, and contradicts its stories."""


def name_of(folder: Path) -> str:
    return folder.relative_to(str(BOTS)).as_posix()


class Understands:
    """A brain that is told what it hears; its decisions are the real ones."""

    def __init__(self, project: Project) -> None:
        self.domain = project.domain
        self.decider: Decider = fit_policies(
            project.config.policies, project.stories, project.rules, project.domain, project_root=project.root
        )

    def understand(
        self, text: str, tracker: Tracker | None = None, *, language: str | None = None
    ) -> Understanding:
        return Understanding(text=text)

    def resolve(self, heard: Understanding, tracker: Tracker) -> None:
        """Messages stand for themselves."""

    def decide(self, tracker: Tracker) -> Decision:
        return self.decider.decide(tracker)


def understood(stories: Sequence[Story]) -> list[Story]:
    """The test conversations without their words: each message is the intent that it should be."""
    return [
        replace(
            story,
            steps=[replace(s, text=None) if isinstance(s, UserStep) and s.intent else s for s in story.steps],
        )
        for story in stories
    ]


def complaints(evaluation: StoryEvaluation) -> list[str]:
    return [
        f"{result.name}: {step.kind} {step.expected!r}, not {step.predicted!r} ({step.why})"
        for result in evaluation.results
        for step in result.steps
        if not step.passed
    ]


@pytest.mark.parametrize("folder", PROJECTS, ids=name_of)
def test_the_dialogue_data_contradicts_itself_only_where_rasa_says_so(folder: Path) -> None:
    project = Project.load(folder)
    problems = check(project.stories, project.rules, project.domain, project.config.policies)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert bool(errors) == (name_of(folder) in REFUSED_BY_RASA)


@pytest.mark.parametrize(("name", "passed"), PASSED_BY_RASA.items())
async def test_the_decisions_of_the_test_conversations(name: str, passed: int) -> None:
    project = Project.load(Path(str(BOTS), name))
    evaluation = await evaluate_stories(cast("Brain", Understands(project)), understood(project.test_stories))
    assert complaints(evaluation) == []
    assert evaluation.passed == len(evaluation.results) == passed


@pytest.mark.parametrize(("name", "passed"), PASSED_BY_RASA.items())
async def test_the_test_conversations_in_words(name: str, passed: int, tmp_path: Path) -> None:
    from chatwright.brain import Brain
    from chatwright.trainer import train

    folder = Path(str(BOTS), name)
    project = Project.load(folder)
    brain = Brain.load(train(project, out=tmp_path).path, project_root=folder)
    evaluation = await evaluate_stories(brain, project.test_stories)
    await brain.close()
    assert len(evaluation.results) == passed
    assert all(result.passed for result in evaluation.results), complaints(evaluation)
