"""One test run: test conversations, held-out NLU data or cross-validation, and its reports."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatwright.errors import ProjectError
from chatwright.evaluate.html_report import render_report
from chatwright.evaluate.learning_curve import CurvePoint, learning_curve
from chatwright.evaluate.nlu_evaluation import (
    NluEvaluation,
    Parse,
    cross_validate,
    evaluate_nlu,
)
from chatwright.evaluate.report_files import write_json, write_nlu_files
from chatwright.evaluate.story_evaluation import StoryEvaluation, evaluate_stories
from chatwright.evaluate.story_files import write_story_files
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.project.project import Project

if TYPE_CHECKING:
    from chatwright.brain import Brain

__all__ = [
    "TestRun",
    "run_cross_validation",
    "run_learning_curve",
    "run_nlu_test",
    "run_story_test",
    "unscored_intents",
]


@dataclass(slots=True)
class TestRun:
    """What a test run found."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    title: str
    model: str = ""
    nlu: NluEvaluation | None = None
    stories: StoryEvaluation | None = None
    train_accuracy: float | None = None
    """Of intents on the training parts, in cross-validation: beside the test figure it shows overfitting."""
    curve: Sequence[CurvePoint] = ()
    """Learning curve, where it was asked for."""
    unscored: Sequence[str] = ()
    """Intents that cross-validation only learns from: they have fewer examples than there are folds."""
    finished: str = field(default_factory=lambda: time.strftime("%Y-%m-%d %H:%M"))

    @property
    def passed(self) -> bool:
        """Whether every test conversation passed."""
        return self.stories is None or self.stories.passed == len(self.stories.results)

    def summary(self) -> dict[str, Any]:
        """The figures of the run, for programs."""
        out: dict[str, Any] = {"title": self.title, "model": self.model or None, "passed": self.passed}
        if self.nlu is not None:
            out["intents"] = {
                "accuracy": self.nlu.intent_accuracy(),
                "total": len(self.nlu.intents),
                "fallbacks": self.nlu.fallbacks,
                "train_accuracy": self.train_accuracy,
                "unscored": list(self.unscored),
            }
            out["entities"] = {
                extractor: report["weighted avg"]["f1-score"]
                for extractor in self.nlu.entities
                if (report := self.nlu.entity_report(extractor))
            }
            if self.nlu.responses:
                out["responses"] = {
                    "accuracy": self.nlu.response_accuracy(),
                    "total": len(self.nlu.responses),
                }
        if self.curve:
            out["learning_curve"] = [point.to_json() for point in self.curve]
        if self.stories is not None:
            out["conversations"] = {
                "passed": self.stories.passed,
                "total": len(self.stories.results),
                "action_accuracy": self.stories.action_accuracy,
                "failed": [
                    {"story": result.name, "location": str(result.location) if result.location else None}
                    for result in self.stories.results
                    if not result.passed
                ],
            }
        return out

    def write(
        self, out: Path, *, successes: bool = False, errors: bool = True, plots: bool = True
    ) -> list[Path]:
        """Write Rasa's report files and ``report.html`` below ``out``."""
        out.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        if self.nlu is not None:
            written += write_nlu_files(self.nlu, out, successes=successes, errors=errors, plots=plots)
        if self.stories is not None:
            written += write_story_files(self.stories, out, successes=successes, errors=errors, plots=plots)
        if self.curve:
            written.append(write_json(out / "learning_curve.json", [point.to_json() for point in self.curve]))
        page = out / "report.html"
        page.write_text(render_report(self), "utf-8")
        return [*written, page]


def run_nlu_test(brain: Brain, examples: Sequence[NluExample]) -> NluEvaluation:
    """Score the brain's understanding of labelled examples.

    Raises:
        ProjectError: there are no examples, or the bot has no understanding part.
    """
    if not examples:
        raise ProjectError(
            "there is no NLU data to test on", fix="name a file with --nlu, or use --cross-validation"
        )
    if brain.pipeline is None:
        raise ProjectError("this bot was trained without NLU data", fix="train it with `chatwright train`")
    return evaluate_nlu(_parser(brain), examples)


def run_cross_validation(
    project: Project, *, folds: int = 5, progress: Callable[[str, float], None] | None = None
) -> tuple[NluEvaluation, float]:
    """Stratified cross-validation of the project's pipeline on its own NLU data.

    Returns:
        The evaluation over all test parts, and the mean intent accuracy on the training parts.

    Raises:
        ProjectError: no intent has as many examples as there are folds.
    """
    results = cross_validate(project.nlu, _trainer(project), folds=folds, progress=progress)
    if not results:
        raise ProjectError(
            f"no intent has {folds} examples, so the data cannot be split into {folds} parts",
            fix="use fewer --folds, or write more examples",
        )
    total = NluEvaluation()
    for _, tested in results:
        total = total + tested
    return total, sum(trained.intent_accuracy() for trained, _ in results) / len(results)


def run_learning_curve(
    project: Project, *, runs: int = 3, progress: Callable[[str, float], None] | None = None
) -> list[CurvePoint]:
    """Intent accuracy of the project's pipeline after growing parts of its own NLU data.

    Raises:
        ProjectError: no intent has two examples, so that nothing can be held out.
    """
    counts = Counter(example.intent for example in project.nlu.examples if example.intent)
    if max(counts.values(), default=0) < 2:
        raise ProjectError(
            "no intent has two examples, so nothing can be held out", fix="write more examples"
        )
    return learning_curve(project.nlu, _trainer(project), runs=runs, progress=progress)


def unscored_intents(data: NluData, folds: int) -> list[str]:
    """Intents with fewer examples than ``folds``, which cross-validation leaves out of the score."""
    counts = Counter(example.intent for example in data.examples if example.intent)
    return sorted(intent for intent, count in counts.items() if count < folds)


async def run_story_test(brain: Brain, project: Project, *, run_actions: bool = False) -> StoryEvaluation:
    """Run the project's test conversations; see ``evaluate_stories``.

    Raises:
        ProjectError: there are none, or the bot has no dialogue part.
    """
    if not project.test_stories:
        raise ProjectError(
            "there are no test conversations", fix="write them in tests/test_*.yml, see the docs on testing"
        )
    if brain.decider is None:
        raise ProjectError(
            "this bot was trained without stories and rules", fix="train it with `chatwright train`"
        )
    return await evaluate_stories(brain, project.test_stories, run_actions=run_actions)


def _trainer(project: Project) -> Callable[[NluData], Parse]:
    from chatwright.nlu.pipeline import Pipeline

    def fit(data: NluData) -> Parse:
        config = project.config
        pipeline = Pipeline.from_config(config.pipeline, config.languages, project_root=project.root)
        pipeline.fit(data)
        return pipeline.parse

    return fit


def _parser(brain: Brain) -> Parse:
    return lambda texts: [brain.understand(text) for text in texts]
