"""``chatwright bench``: the measurements behind the figures in the docs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from chatwright.cli.console import errors_for_people

__all__ = ["bench"]


@errors_for_people
def bench(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="What to measure: nlu, serve, load, crash …")],
    quick: Annotated[bool, typer.Option("--quick", help="A small part, in minutes.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="A group of rows, of several (nlu, dialogue); repeatable."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Measure again what was measured before (nlu, dialogue).")
    ] = False,
    with_peer: Annotated[
        Path | None, typer.Option("--with-peer", help="Virtual environment with Rasa 3.6, measured beside.")
    ] = None,
) -> None:
    """Measure a part of Chatwright and write benchmarks/results/ (in a source checkout).

    Further options go to the script; `chatwright bench nlu -- --help` lists them.

    Examples:

        chatwright bench nlu --quick

        chatwright bench dialogue --only policy

        chatwright bench nlu --with-peer path/to/rasa-venv
    """
    from chatwright.errors import did_you_mean

    folder = Path(__file__).parents[3] / "benchmarks"
    known = sorted(path.stem for path in folder.glob("[!_]*.py"))
    if not known:
        raise typer.BadParameter(
            "the benchmarks are not part of an installed package; "
            "run this from a checkout of the source, installed with `pip install -e .`"
        )
    if what not in known:
        hint = did_you_mean(what, known) or f"choose one of {', '.join(known)}"
        raise typer.BadParameter(f"there is no benchmark {what!r}: {hint}")
    script = folder / f"{what}.py"
    chosen = ["--quick"] if quick else []
    chosen += ["--fresh"] if fresh else []
    chosen += [part for group in only or () for part in ("--only", group)]
    chosen += ["--with-peer", str(with_peer.absolute())] if with_peer else []
    done = subprocess.run([sys.executable, script, *chosen, *context.args], check=False)
    raise typer.Exit(done.returncode)
