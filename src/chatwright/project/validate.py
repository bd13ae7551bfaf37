"""Everything that is wrong in a project, at once: what reading found, and what only the whole shows.

An error is what Rasa 3.6 refuses too, or a fault in what only Chatwright has; all else is a warning.
Contradictions between rules and stories are found in ``dialogue/contradictions.py``.
"""

from __future__ import annotations

from chatwright.errors import Problem
from chatwright.project.check_config import check_config
from chatwright.project.check_dialogue import check_dialogue
from chatwright.project.check_domain import check_domain
from chatwright.project.check_languages import check_languages
from chatwright.project.check_nlu import check_nlu
from chatwright.project.findings import Findings
from chatwright.project.project import Project

__all__ = ["validate"]


def validate(project: Project) -> list[Problem]:
    """All problems of a project, reading problems included, sorted by place, each once."""
    findings = Findings()
    for check in (check_config, check_domain, check_languages, check_nlu, check_dialogue):
        check(project, findings)
    return sorted(dict.fromkeys([*project.problems, *findings.problems]), key=_order)


def _order(problem: Problem) -> tuple[bool, str, int, int, str, str]:
    at = problem.location
    file, line, column = (at.file, at.line, at.column) if at else ("", 0, 0)
    return (at is None, file, line, column, problem.severity, problem.message)
