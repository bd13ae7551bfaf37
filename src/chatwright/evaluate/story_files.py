"""The files that ``rasa test core`` writes, under the same names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chatwright.evaluate.html_report import confusion_matrix_svg
from chatwright.evaluate.report_files import with_colours, write_json
from chatwright.evaluate.story_evaluation import StepResult, StoryEvaluation, StoryResult
from chatwright.project.annotations import annotate
from chatwright.project.yaml_writer import dump_yaml

__all__ = ["write_story_files"]

LISTEN = "action_listen"


def write_story_files(
    evaluation: StoryEvaluation,
    out: Path,
    *,
    successes: bool = False,
    errors: bool = True,
    plots: bool = True,
) -> list[Path]:
    """Write ``story_report.json``, ``*_test_stories.yml``, ``stories_with_warnings.yml`` and the matrix.

    Args:
        successes: write the conversations that passed, too.
        errors: write those that failed.
    """
    results = evaluation.results
    written = [write_json(out / "story_report.json", evaluation.report())]
    if errors:
        failed = [result for result in results if not result.passed]
        none = "None of the test stories failed - all good!"
        written.append(_write(out / "failed_test_stories.yml", failed, none))
    if successes:
        passed = [result for result in results if result.passed]
        none = "None of the test stories succeeded :("
        written.append(_write(out / "successful_test_stories.yml", passed, none))
    warned = [result for result in results if result.with_warning]
    written.append(_write(out / "stories_with_warnings.yml", warned, "No warnings for test stories"))
    if plots and evaluation.actions:
        path = out / "story_confusion_matrix.svg"
        path.write_text(with_colours(confusion_matrix_svg(evaluation.actions)), "utf-8")
        written.append(path)
    return written


def _write(path: Path, results: Sequence[StoryResult], none: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    stories = "".join(_story(result) for result in results)
    path.write_text(f'version: "3.1"\nstories:\n{stories}' if stories else f"# {none}\n", "utf-8")
    return path


def _story(result: StoryResult) -> str:
    place = f" ({result.location.file})" if result.location else ""
    head = dump_yaml([{"story": f"{result.name}{place}"}]).rstrip()
    lines = [line for step in result.steps for line in _lines(step)]
    return "\n".join([head, "  steps:", *(f"  {line}" for line in lines)]) + "\n"


def _lines(step: StepResult) -> Iterator[str]:
    """The step as YAML lines, with what was predicted behind it."""
    if step.passed and step.expected == LISTEN:
        return
    first, *rest = dump_yaml([_as_written(step)]).splitlines()
    if not step.passed:
        comment = "# predicted: " + " ".join(step.predicted.split())
        if first.rstrip().endswith(("|", "|-", "|+", ">", ">-")):  # no comment may stand behind these
            yield comment
        else:
            first = f"{first}  {comment}"
    elif step.with_warning:
        first = f"{first}  # predicted: action_unlikely_intent"
    yield first
    yield from rest


def _as_written(step: StepResult) -> dict[str, Any]:
    match step.kind:
        case "slot_was_set":
            return {"slot_was_set": [{step.expected: step.value}]}
        case "active_loop":
            return {"active_loop": step.value}
        case "intent" | "user" if step.said is not None:
            return _message(step)
        case kind:
            return {kind: step.expected}


def _message(step: StepResult) -> dict[str, Any]:
    said = step.said
    assert said is not None  # noqa: S101 - for the type checker
    out: dict[str, Any] = {}
    if said.intent.name:
        out["intent"] = step.labels[0].gold
    if said.text:
        out["user"] = annotate(said.text, tuple(said.entities))
    elif said.entities:
        out["entities"] = [{entity.entity: entity.value} for entity in said.entities]
    return out
