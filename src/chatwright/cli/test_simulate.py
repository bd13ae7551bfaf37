"""``chatwright test simulate``: simulated users talk to the bot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatwright.cli.console import console, errors_for_people, print_json, progress_bar
from chatwright.cli.options import Config, Data, DomainPath, Json, Model

if TYPE_CHECKING:
    from chatwright.simulate.dead_ends import Exploration
    from chatwright.simulate.measure import Figures

__all__ = ["simulate"]


@errors_for_people
def simulate(
    model: Model = Path("models"),
    config: Config = "config.yml",
    domain: DomainPath = None,
    data: Data = None,
    dialogues: Annotated[
        int, typer.Option("--dialogues", min=1, help="Conversations to simulate in each setting.")
    ] = 200,
    noise: Annotated[
        bool,
        typer.Option(
            "--noise/--no-noise",
            help="Also with the mistakes that the understanding makes on held-out examples, "
            "for which it is trained five times.",
        ),
    ] = False,
    write: Annotated[
        Path | None, typer.Option("--write", help="Write simulated conversations as test conversations.")
    ] = None,
    stories: Annotated[int, typer.Option("--stories", min=1, help="Conversations that --write writes.")] = 20,
    seed: Annotated[int, typer.Option("--seed", help="Of the users.")] = 0,
    json: Json = False,
) -> None:
    """Let simulated users complete the bot's forms, and look for dead ends.

    A dead end is a state from which no form can be completed, whatever a user says; finding one is exit code
    1. The project's actions run as they do for people: let them work on a test database.

    Examples:

        chatwright test simulate

        chatwright test simulate --dialogues 500 --noise

        chatwright test simulate --write tests/test_simulated.yml --stories 30
    """
    from chatwright.brain import Brain
    from chatwright.project.project import Project
    from chatwright.simulate.accepted_values import with_accepted_values
    from chatwright.simulate.agenda import SEEN
    from chatwright.simulate.dead_ends import find_dead_ends
    from chatwright.simulate.hearing import BotHearing, Hearing, NoisyHearing, PerfectHearing
    from chatwright.simulate.held_out import hold_out
    from chatwright.simulate.measure import conversations, measure
    from chatwright.simulate.user_goal import read_world
    from chatwright.simulate.wording import Wording
    from chatwright.simulate.write_stories import stories_of

    root = Path.cwd()
    project = Project.load(root, config=config, domain=domain, data=data)
    brain = Brain.load(model, project_root=root, endpoints=project.endpoints)
    world = with_accepted_values(brain, read_world(project))
    with progress_bar(quiet=json) as tell:
        found = find_dead_ends(
            brain, world, progress=lambda fraction: tell("looking for dead ends", fraction)
        )
        spoken: Hearing = PerfectHearing()
        hearings: dict[str, Hearing] = {"understood": spoken}
        if brain.pipeline is not None:
            spoken = BotHearing(brain, Wording(project.nlu.examples, world.languages))
            hearings["in words of the examples"] = spoken
        if noise:
            hearings["with the mistakes of the understanding"] = NoisyHearing(
                hold_out(project, progress=tell), world
            )
        figures = {
            name: measure(
                brain,
                world,
                hearing,
                SEEN,
                count=dialogues,
                seed=seed,
                progress=lambda fraction, name=name: tell(name, fraction),
            )
            for name, hearing in hearings.items()
        }
        if write is not None:
            talks = conversations(brain, world, spoken, SEEN, count=20 * stories, seed=seed)
            write.parent.mkdir(parents=True, exist_ok=True)
            write.write_text(stories_of(talks, count=stories), "utf-8")
    _tell(found, figures, write, json)
    if found.dead_ends:
        raise typer.Exit(1)


def _tell(found: Exploration, figures: dict[str, Figures], written: Path | None, json: bool) -> None:
    if json:
        from dataclasses import asdict

        rows = {
            name: {"success": f.success, "turns": f.turns, "mood": f.mood, "conversations": len(f.outcomes)}
            for name, f in figures.items()
        }
        print_json({"simulated": rows, "dead_ends": asdict(found), "written": written})
        return
    from rich.markup import escape
    from rich.table import Table

    out = console()
    table = Table("messages", "conversations", "success, %", "turns", "mood")
    for name, f in figures.items():
        table.add_row(name, str(len(f.outcomes)), f"{100 * f.success:.1f}", f"{f.turns:.2f}", f"{f.mood:.2f}")
    out.print(table)
    for form, turns in found.reached.items():
        out.print(f"{form} can be completed in {turns} messages")
    for dead_end in found.dead_ends:
        out.print(f"[red]✗ dead end[/] in {escape(dead_end.task)}: {dead_end.reason}")
        for message, replies in dead_end.path:
            out.print(
                f"    {escape(message)}\n      [dim]{escape(' / '.join(replies) or '(nothing is said)')}[/]"
            )
    known = "all were followed up" if found.complete else "not all of which were followed up"
    out.print(f"{len(found.dead_ends)} dead ends among {found.states} states, {known}")
    if written is not None:
        out.print(f"Written: {written}")
