"""From a log to a draft (``chatwright data suggest``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatwright.errors import ProjectError
from chatwright.project.yaml_writer import write_text
from chatwright.suggest.draft import write_draft
from chatwright.suggest.group import Group, group_messages
from chatwright.suggest.label_next import Unsure, messages_to_label, write_labels
from chatwright.suggest.messages import Log, read_log
from chatwright.suggest.report import render_suggestions

__all__ = ["Suggestions", "suggest"]

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What was found in a log, and where it stands."""

    log: Log
    groups: Sequence[Group]
    unsure: Sequence[Unsure]
    written: Sequence[Path]
    report: Path

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "rows": self.log.rows,
            "messages": self.log.said,
            "different": len(self.log.messages),
            "left_out": self.log.left_out,
            "broken_lines": [error.location.line for error in self.log.broken if error.location],
            "groups": [
                {
                    "name": group.name,
                    "language": group.language,
                    "said": group.said,
                    "different": group.different,
                    "answer": group.answer,
                    "examples": [message.text for message in group.examples],
                }
                for group in self.groups
            ],
            "label_next": [
                {
                    "text": item.message.text,
                    "intent": item.intent,
                    "confidence": item.confidence,
                    "line": item.message.line,
                }
                for item in self.unsure
            ],
            "written": [str(path) for path in [*self.written, self.report]],
        }


def suggest(
    path: Path,
    out: Path,
    chosen: Mapping[str, str | None],
    *,
    min_cluster: int = 5,
    model: Path | None = None,
    wanted: int = 50,
    progress: Progress = lambda what, fraction: None,
) -> Suggestions:
    """Read a log, group its messages, and write a draft of a bot into ``out``.

    Args:
        path: the log.
        out: folder of the draft, new or empty.
        chosen: columns that a person named, as for ``find_columns``.
        min_cluster: fewer different messages make no intent.
        model: a trained bot; it names the messages that it should be taught next.
        wanted: how many of them.

    Raises:
        ProjectError: the log cannot be read, ``out`` is not empty, or nothing is said often enough.
        BundleError: the bot cannot be loaded.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ProjectError(f"the folder '{out}' is not empty", fix="name another with --out, or empty it")
    pipeline = _pipeline(model) if model else None
    progress("reading the log", 0.0)
    log = read_log(path, chosen)
    progress("grouping messages", 0.0)
    groups = group_messages(log.messages, min_cluster=min_cluster)
    unsure = []
    if pipeline is not None:
        progress("asking the bot", 0.0)
        unsure = messages_to_label(log.messages, pipeline, wanted=wanted)
    if not groups and not unsure:
        raise ProjectError(
            f"nothing is said in {min_cluster} different ways",
            fix="read a longer log, or lower --min-cluster",
        )
    progress("writing the draft", 0.0)
    written = write_draft(out, groups, name=_slug(path.stem)) if groups else []
    if unsure:
        write_labels(out / "label_next.csv", unsure)
        written.append(out / "label_next.csv")
    report = out / "report.html"
    write_text(report, render_suggestions(log, groups, unsure, title=path.name))
    return Suggestions(log=log, groups=groups, unsure=unsure, written=written, report=report)


def _pipeline(model: Path) -> Any:
    from chatwright.brain import Brain

    brain = Brain.load(model, project_root=Path.cwd())
    if brain.pipeline is None:
        raise ProjectError("the bot understands no messages", fix="train it with NLU examples")
    return brain.pipeline


def _slug(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name).strip("-") or "draft"
