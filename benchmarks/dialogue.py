"""Do other people's bots run as they are, and does the bot decide well? Beside Rasa 3.6 in the same run.

    CHATWRIGHT_BOTS=… CHATWRIGHT_DATA=… chatwright bench dialogue [--only GROUP] [--quick] [--fresh]
        [--with-peer path/to/rasa-venv]

Rows are kept as they are measured in results/dialogue.json, so that the run can be stopped and goes on; rows
that are there already are skipped unless ``--fresh``. A group whose code or data is not there says so.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from _peers import RESULTS, machine
from _project_rows import project_parts, project_rows
from _table import Row, Rows

Group = Callable[[argparse.Namespace, Mapping[str, Row]], Iterator[list[Row]]]
"""Measures its rows; told the options and the rows that are there already."""


def projects(options: argparse.Namespace, known: Mapping[str, Row]) -> Iterator[list[Row]]:
    """Public Rasa projects on the base install."""
    yield from project_rows("light", peer=options.with_peer, known=known, quick=options.quick)


def projects_deep(options: argparse.Namespace, known: Mapping[str, Row]) -> Iterator[list[Row]]:
    """The same with the extra ``train``."""
    yield from project_rows("deep", peer=options.with_peer, known=known, quick=options.quick)


def policy_cost(options: argparse.Namespace, known: Mapping[str, Row]) -> Iterator[list[Row]]:
    """Training of the learned policy beside TED's here; with the peer only."""
    if options.with_peer:
        from _ted_rows import ted_rows

        yield ted_rows(options.with_peer)


def _from_module(module: str, function: str) -> Group:
    """A group that a module of its own measures; imported when it is wanted."""

    def group(options: argparse.Namespace, known: Mapping[str, Row]) -> Iterator[list[Row]]:
        yield from getattr(importlib.import_module(module), function)(options.quick)

    return group


GROUPS: Mapping[str, Group] = {
    "projects": projects,
    "projects-deep": projects_deep,
    "policy-cost": policy_cost,
    "policy": _from_module("_policy_rows", "policy_rows"),
    "states": _from_module("_state_rows", "state_rows"),
    "align": _from_module("_align_rows", "align_rows"),
    "context": _from_module("_context_rows", "context_rows"),
    "replay": _from_module("_replay_rows", "replay_rows"),
    "latency": _from_module("_latency_rows", "latency_rows"),
}

PAIRED = ("projects", "projects-deep", "policy-cost")
"""Groups that Rasa takes part in."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--only", action="append", choices=GROUPS, help="these groups of rows only")
    arguments.add_argument("--quick", action="store_true", help="a small part of each group")
    arguments.add_argument("--fresh", action="store_true", help="measure rows again that are there already")
    arguments.add_argument("--with-peer", type=Path, help="virtual environment with Rasa 3.6: hours")
    options = arguments.parse_args()
    rows = Rows(RESULTS / ("dialogue_quick.json" if options.quick else "dialogue.json"))
    rows.machine = rows.machine or machine()
    for name in options.only or GROUPS:
        beside_peer = options.with_peer and name in PAIRED
        if not options.fresh and name in rows.done and not beside_peer:
            continue
        try:
            for measured in GROUPS[name](options, {} if options.fresh else dict(rows.rows)):
                rows.keep(*measured)
                print(tables(measured), flush=True)
        except ModuleNotFoundError as missing:
            print(f"{name}: {missing}")
            continue
        rows.finish(name)
    written = tables(list(rows.rows.values()))
    rows.path.with_suffix(".md").write_text(written, "utf-8")
    print(f"\n{written}\nwritten: {rows.path} and its tables beside it")


def tables(rows: list[Row]) -> str:
    """Public projects, and the other rows."""
    return "\n".join(filter(None, project_parts(rows)))


if __name__ == "__main__":
    main()
