"""One self-contained HTML page with what was found in a log: no scripts, no outside files."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from chatwright.suggest.group import Group
from chatwright.suggest.label_next import Unsure
from chatwright.suggest.messages import Log

__all__ = ["render_suggestions"]

SHOWN = 12
"""Examples of a group on the page; all of them are in the draft."""


def render_suggestions(log: Log, groups: Sequence[Group], unsure: Sequence[Unsure], *, title: str) -> str:
    """The page: the log in figures, candidate intents, questions with answers, what to label next."""
    from jinja2 import Environment, select_autoescape

    template = files("chatwright.suggest").joinpath("report.html.jinja").read_text("utf-8")
    environment = Environment(
        autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template).render(
        log=log, groups=groups, unsure=unsure, title=title, shown=SHOWN
    )
