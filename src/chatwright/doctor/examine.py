"""All that a close look at the training data finds (``chatwright data validate --deep``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chatwright.doctor.check_annotations import check_annotations
from chatwright.doctor.check_intents import check_confusions, check_counts, check_labels
from chatwright.doctor.check_repeats import check_leaks, check_repeats
from chatwright.doctor.out_of_fold import predict_out_of_fold
from chatwright.errors import Location, Problem
from chatwright.project.findings import Findings
from chatwright.project.project import Project
from chatwright.project.read_nlu import read_nlu_files

__all__ = ["DEEP_CODES", "examine"]

DEEP_CODES = (
    "contradictory-examples",
    "likely-mislabelled",
    "confused-intents",
    "near-duplicate-across",
    "leaked-test",
    "entity-conflict",
    "entity-boundary",
    "entity-edges",
    "unmarked-entity",
    "too-few-examples",
    "unbalanced-languages",
    "near-duplicate",
)
"""The most harmful first."""

Progress = Callable[[str, float], None]


def examine(project: Project, *, progress: Progress = lambda what, fraction: None) -> list[Problem]:
    """Problems that only a close look shows, the most harmful first, each kind by file and line.

    Raises:
        ProjectInvalid: held-out NLU files cannot be read.
    """
    findings, nlu, languages = Findings(), project.nlu, project.config.languages
    progress("comparing examples", 0.0)
    check_repeats(nlu, findings)
    check_leaks(nlu, _tests(project), findings)
    check_annotations(nlu, findings)
    check_counts(nlu, languages, findings)
    found = predict_out_of_fold(nlu, languages, progress=progress)
    check_confusions(found, findings)
    check_labels(found, findings)
    rank = {code: number for number, code in enumerate(DEEP_CODES)}
    # Label errors stay in the order of their certainty.
    return sorted(dict.fromkeys(findings.problems), key=lambda problem: _order(problem, rank))


def _order(problem: Problem, rank: dict[str, int]) -> tuple[int, str, int]:
    at = problem.location
    if problem.code == "likely-mislabelled" or at is None:
        return rank[problem.code], "", 0
    return rank[problem.code], at.file, at.line


def _tests(project: Project) -> Iterator[tuple[str, Location | None]]:
    """What held-out examples say. (A test conversation shows what the bot does, in words it may know.)"""
    held_out = project.root / "tests" / "nlu"
    if held_out.is_dir():
        for example in read_nlu_files([held_out]).examples:
            yield example.text, example.location
