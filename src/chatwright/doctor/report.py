"""One self-contained HTML page with what the doctor found: no scripts, no outside files."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from chatwright.doctor.examine import DEEP_CODES
from chatwright.errors import Problem

__all__ = ["render_problems"]


def render_problems(problems: Sequence[Problem], *, title: str, root: Path) -> str:
    """The page: kinds of problems with their number, then every problem with its place and fix."""
    from jinja2 import Environment, select_autoescape

    template = files("chatwright.doctor").joinpath("report.html.jinja").read_text("utf-8")
    environment = Environment(
        autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True
    )
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.code, []).append(problem)
    order = sorted(kinds, key=lambda code: DEEP_CODES.index(code) if code in DEEP_CODES else -1)
    rows = {
        problem: problem.location.relative_to(root).line_in_file if problem.location else ""
        for problem in problems
    }
    return environment.from_string(template).render(
        title=title, kinds={code: kinds[code] for code in order}, places=rows, total=len(problems)
    )
