"""The child process behind ``/model/train`` and ``/model/test/…``.

``python -m chatwright.serve.model_job FOLDER`` reads ``job.json`` in the folder, does the job and writes
``result.json``: what ``run`` gives, or ``{"error": {…}}`` with status, reason, message and problems.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatwright.brain import Brain
from chatwright.errors import ChatwrightError, Location, Problem, ProjectInvalid, RequestError
from chatwright.evaluate.nlu_evaluation import Label, NluEvaluation, classification_report
from chatwright.evaluate.story_evaluation import evaluate_stories
from chatwright.project.files import ProjectFiles
from chatwright.project.findings import Findings
from chatwright.project.nlu_data import NluExample
from chatwright.project.project import Project
from chatwright.project.read_nlu import NluCollector, read_nlu
from chatwright.project.read_nlu_json import read_nlu_json
from chatwright.project.read_stories import StoryReader
from chatwright.project.stories import OrStep, Step, Story, UserStep
from chatwright.project.yaml_reader import LocatedDoc, read_yaml
from chatwright.serve.training_jobs import DOCUMENT, JSON_DATA

__all__ = ["main", "problem_json", "run"]

_KNOW_BY_HEART = ("RulePolicy", "MemoizationPolicy")


def main(arguments: Sequence[str]) -> int:
    """Do the job of the folder that is named; the exit code is 0 also when the job was refused."""
    folder = Path(arguments[0])
    try:
        result = run(folder, json.loads((folder / "job.json").read_text("utf-8")))
    except ChatwrightError as error:
        result = {"error": _error_json(error)}
    temporary = folder / "result.json.tmp"
    temporary.write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    temporary.rename(folder / "result.json")
    return 0


def run(folder: Path, job: Mapping[str, Any]) -> dict[str, Any]:
    """Do one job.

    Args:
        folder: holds what was sent.
        job: ``kind`` is ``train`` (with ``out``, ``force``, ``augmentation``), ``test_stories`` (``model``,
            ``e2e``) or ``test_intents`` (``model``, ``folds``: 0 for no cross-validation).

    Raises:
        ChatwrightError: what was sent is wrong.
    """
    match job["kind"]:
        case "train":
            return _train(folder, Path(job["out"]), force=job["force"], augmentation=job["augmentation"])
        case "test_stories":
            return _test_stories(folder, job["model"], e2e=job["e2e"])
        case "test_intents":
            return _test_intents(folder, job["model"], folds=job["folds"])
    raise ValueError(f"unknown job {job['kind']!r}")


def problem_json(problem: Problem) -> dict[str, Any]:
    """A finding of validation for programs."""
    at = problem.location or Location("")
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "fix": problem.fix,
        "line": at.line,
        "key": at.key,
    }


def _train(folder: Path, out: Path, *, force: bool, augmentation: int) -> dict[str, Any]:
    from chatwright.trainer import train

    result = train(_project(folder), out=out, force=force, augmentation=augmentation)
    return {"model": str(result.path), "trained": result.trained, "reused": result.reused}


def _read(folder: Path) -> LocatedDoc:
    """What was sent as YAML, which is always a mapping."""
    document = read_yaml(folder / DOCUMENT, shown_as=DOCUMENT)
    if not isinstance(document.data, dict):
        raise RequestError("the body must be a YAML mapping, with keys as project files have them")
    return document


def _project(folder: Path) -> Project:
    """The project that was sent as one document."""
    content = _read(folder).data
    for key in ("importers", "imports"):
        if content.get(key):
            raise RequestError(f"'{key}' reads files of the server and is refused", fix="send all data whole")
    return Project.load(folder, config=DOCUMENT, domain=DOCUMENT, data=DOCUMENT)


def _load(model: str, folder: Path) -> Brain:
    """The bundle, without any actions: a test runs none."""
    try:
        return Brain.load(model, project_root=folder)
    except (OSError, ValueError) as error:
        raise RequestError(f"the bundle could not be loaded: {error}") from error


def _test_stories(folder: Path, model: str, *, e2e: bool) -> dict[str, Any]:
    brain = _load(model, folder)
    if brain.decider is None:
        raise RequestError(
            "this bot was trained without stories and rules",
            status=409,
            reason="Conflict",
            fix="train it whole",
        )
    findings = Findings()
    slot_types = {name: slot.type for name, slot in brain.domain.slots.items()}
    reader = StoryReader(findings, slot_types, is_test=True)
    reader.read([_read(folder)])
    findings.raise_errors()
    if not reader.stories:
        raise RequestError("there are no stories in the body", fix="send 'stories:' with a list below it")
    stories = reader.stories if e2e else [_by_intents(story) for story in reader.stories]
    evaluation = asyncio.run(evaluate_stories(brain, stories))
    report = evaluation.report()
    if not e2e:  # what was understood is as the stories say
        of_actions = classification_report(evaluation.actions)
        report = {**of_actions, "conversation_accuracy": report["conversation_accuracy"]}
    actions = [
        {
            "action": step.expected,
            "predicted": step.predicted,
            "policy": step.policy,
            "confidence": step.confidence,
        }
        for result in evaluation.results
        for step in result.steps
        if step.kind in ("action", "bot")
    ]
    known = sum(str(action["policy"]).endswith(_KNOW_BY_HEART) for action in actions)
    return {
        "report": report,
        **_averages(report, f1="f1"),
        "actions": actions,
        "in_training_data_fraction": known / len(actions) if actions else 0.0,
        "is_end_to_end_evaluation": e2e,
    }


def _by_intents(story: Story) -> Story:
    """The story with its messages taken as understood as it says, where it says so."""
    return replace(story, steps=tuple(_by_intent(step) for step in story.steps))


def _by_intent(step: Step) -> Step:
    if isinstance(step, UserStep) and step.intent:
        return replace(step, text=None)
    if isinstance(step, OrStep):
        return replace(step, alternatives=tuple(_by_intent(choice) for choice in step.alternatives))
    return step


def _test_intents(folder: Path, model: str | None, *, folds: int) -> dict[str, Any]:
    from chatwright.evaluate.test_run import run_cross_validation, run_nlu_test

    if folds:
        evaluation, _ = run_cross_validation(_project(folder), folds=folds)
    elif model is None:
        raise RequestError("no bot is loaded", status=409, reason="Conflict", fix="name one with ?model=…")
    else:
        brain = _load(model, folder)
        evaluation = run_nlu_test(brain, _examples(folder))
    return _nlu_json(evaluation)


def _examples(folder: Path) -> Sequence[NluExample]:
    findings, collector = Findings(), NluCollector()
    if (folder / JSON_DATA).is_file():
        if (read := ProjectFiles(folder, findings).read_json(folder / JSON_DATA)) is not None:
            read_nlu_json(*read, findings, collector, folder=folder)
    else:
        read_nlu([_read(folder)], findings, collector)
    findings.raise_errors()
    return collector.examples


def _nlu_json(evaluation: NluEvaluation) -> dict[str, Any]:
    """Rasa's answer of ``/model/test/intents``."""
    return {
        "intent_evaluation": _scores(evaluation.intents, evaluation.intent_report(), "intent"),
        "response_selection_evaluation": _scores(
            evaluation.responses, evaluation.response_report(), "intent_response_key"
        ),
        "entity_evaluation": {
            extractor: _scores(
                [label for label in labels if not label.is_right or label.gold != "no_entity"],
                evaluation.entity_report(extractor),
                "entity",
            )
            for extractor, labels in evaluation.entities.items()
        },
    }


def _scores(labels: Sequence[Label], report: Mapping[str, Any], what: str) -> dict[str, Any]:
    predictions = [
        {"text": label.text, what: label.gold, "predicted": label.predicted, "confidence": label.confidence}
        for label in labels
    ]
    errors = [
        {
            "text": label.text,
            what: label.gold,
            f"{what}_prediction": {"name": label.predicted, "confidence": label.confidence},
        }
        for label in labels
        if not label.is_right
    ]
    return {
        "predictions": predictions,
        "report": report,
        **_averages(report, f1="f1_score"),
        "errors": errors,
    }


def _averages(report: Mapping[str, Any], *, f1: str) -> dict[str, float]:
    average = report.get("weighted avg", {})
    return {
        "precision": average.get("precision", 0.0),
        f1: average.get("f1-score", 0.0),
        "accuracy": report.get("accuracy", 0.0),
    }


def _error_json(error: ChatwrightError) -> dict[str, Any]:
    out: dict[str, Any] = {
        "status": error.status if isinstance(error, RequestError) else 400,
        "reason": error.reason if isinstance(error, RequestError) else type(error).__name__,
        "message": error.message,
        "fix": error.fix,
    }
    if isinstance(error, ProjectInvalid):
        # Warnings stay out: one document read as config, domain and data knows too many "unknown" keys.
        problems = [problem_json(problem) for problem in error.problems if problem.severity == "error"]
        out["details"] = {"problems": problems}
    elif error.location:
        at = error.location
        problem = Problem("error", error.code, error.message, error.fix, at)
        out["details"] = {"problems": [problem_json(problem)]}
    return out


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
