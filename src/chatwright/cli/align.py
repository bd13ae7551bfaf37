"""``chatwright align``: training by what comes of it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatwright.cli.console import console, errors_for_people, print_json, progress_bar
from chatwright.cli.options import Config, Data, DomainPath, Json, Model

if TYPE_CHECKING:
    from chatwright.simulate.fit_policy import Alignment
    from chatwright.simulate.measure import Interval

__all__ = ["app"]

app = typer.Typer(help="Align a bot with what its users are served best by.", no_args_is_help=True)


class Algorithm(StrEnum):
    """How it learns."""

    ppo = "ppo"
    dqn = "dqn"


@app.callback()
def _align() -> None:
    """Align a bot with what its users are served best by.

    Example:  chatwright align policy
    """


@app.command("policy")
@errors_for_people
def align_policy(
    model: Model = Path("models"),
    config: Config = "config.yml",
    domain: DomainPath = None,
    data: Data = None,
    algorithm: Annotated[
        Algorithm, typer.Option("--algorithm", help="Policy gradient with action masks, or Q-learning.")
    ] = Algorithm.ppo,
    steps: Annotated[int, typer.Option("--steps", min=64, help="Decisions to learn from.")] = 20_000,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings; the best one is kept.")] = 1,
    dialogues: Annotated[
        int, typer.Option("--dialogues", min=2, help="Simulated conversations that each is measured on.")
    ] = 1000,
    texts: Annotated[
        int,
        typer.Option("--texts", min=0, help="The same with the understanding in the loop, on real texts."),
    ] = 200,
    json: Json = False,
) -> None:
    """Teach the bot by reinforcement learning how its forms ask, talking to simulated users.

    The users want what the project's forms are for, and are understood as badly as the project's own
    understanding understands held-out examples. What is learned goes into the bundle. A run that was stopped
    goes on with the same command.

    Examples:

        chatwright align policy

        chatwright align policy --algorithm dqn --steps 50000 --seeds 5
    """
    from chatwright.brain import Brain
    from chatwright.bundle import open_bundle
    from chatwright.project.project import Project
    from chatwright.simulate.fit_policy import align, run_folder, write_aligned_bundle

    root = Path.cwd()
    project = Project.load(root, config=config, domain=domain, data=data)
    bundle = open_bundle(root / model)
    brain = Brain.load(bundle, project_root=root, endpoints=project.endpoints)
    with progress_bar(quiet=json) as tell:
        alignment = align(
            project,
            brain,
            run_folder(root, bundle, algorithm.value, steps),
            algorithm=algorithm.value,
            steps=steps,
            seeds=seeds,
            conversations=dialogues,
            texts=texts,
            progress=tell,
        )
    stem = bundle.path.name.removesuffix(".tar.gz").removesuffix("-aligned")
    out = bundle.path.with_name(f"{stem}-aligned.tar.gz")
    write_aligned_bundle(bundle, alignment, out)
    if json:
        print_json({"model": str(out), **alignment.to_json()})
        return
    _print(alignment)
    console().print(f"What was learned is in [bold]{out}[/]; `chatwright chat` uses it.", soft_wrap=True)


def _print(alignment: Alignment) -> None:
    from statistics import fmean

    from rich.table import Table

    table = Table("users", "success", "by rules", "gain, points", "turns", "by rules", "saved, %")
    for row in alignment.comparisons:
        table.add_row(
            f"{row.setting} ({row.conversations} × {len(row.success)})",
            f"{100 * fmean(row.success):.1f}",
            f"{100 * fmean(row.rule_success):.1f}",
            _with_interval(row.success_gain),
            f"{fmean(row.turns):.2f}",
            f"{fmean(row.rule_turns):.2f}",
            _with_interval(row.turns_saved),
        )
    console().print(table)
    if len(alignment.seeds) > 1:
        console().print("± is the 95 % interval over the seeds.")


def _with_interval(found: Interval) -> str:
    from math import isfinite

    return f"{found.mean:+.1f}" + (f" ± {found.half_width:.1f}" if isfinite(found.half_width) else "")
