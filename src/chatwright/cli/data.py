"""``chatwright data``: check the project's files, and draft new ones from logs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatwright.cli.console import console, errors_for_people, print_json, print_problems, progress_bar
from chatwright.cli.options import Config, Data, DomainPath, Json

if TYPE_CHECKING:
    from chatwright.errors import Problem

__all__ = ["app"]

app = typer.Typer(help="Check the project's files, and draft new ones from logs.", no_args_is_help=True)


@app.command("validate")
@errors_for_people
def validate(
    config: Config = "config.yml",
    domain: DomainPath = None,
    data: Data = None,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Train on parts of the examples and look for what misleads a bot."),
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write what was found as one HTML page.")
    ] = None,
    fail_on_warnings: Annotated[bool, typer.Option("--fail-on-warnings", help="Warnings fail too.")] = False,
    json: Json = False,
) -> None:
    """Find everything that is wrong in the project, each with file, line and fix.

    Examples:

        chatwright data validate

        chatwright data validate --deep --report findings.html

        chatwright data validate --fail-on-warnings --json
    """
    from chatwright.project.project import Project
    from chatwright.trainer import check

    project = Project.load(Path.cwd(), config=config, domain=domain, data=data)
    problems = check(project)
    errors = sum(problem.severity == "error" for problem in problems)
    if deep:
        from chatwright.doctor.examine import examine

        with progress_bar(quiet=json) as tell:
            problems += examine(project, progress=tell)
    if report is not None:
        from chatwright.doctor.report import render_problems
        from chatwright.project.yaml_writer import write_text

        title = project.config.assistant_id or project.root.name
        write_text(report, render_problems(problems, title=title, root=Path.cwd()))
    if json:
        print_json([_as_json(problem) for problem in problems])
    else:
        print_problems(problems)
        console().print(f"{errors} errors, {len(problems) - errors} warnings")
        if report is not None:
            console().print(f"Read {report}")
    if errors or (fail_on_warnings and problems):
        raise typer.Exit(1)


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "fix": problem.fix,
        "location": asdict(problem.location) if problem.location else None,
    }


@app.command("schema")
@errors_for_people
def schema(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path(".chatwright/schemas"),
) -> None:
    """Write JSON Schemas of the project's files, for completion and checks in an editor.

    Example:  chatwright data schema --out .vscode/schemas
    """
    from chatwright.project.json_schema import write_schemas

    for path in write_schemas(out):
        console().print(str(path))


@app.command("suggest")
@errors_for_people
def suggest(
    log: Annotated[Path, typer.Argument(help="A log of a service: .csv, .tsv, .jsonl, .xlsx or .txt.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the draft; new or empty.")] = Path(
        "suggested"
    ),
    text_column: Annotated[
        str | None, typer.Option("--text-column", help="Column of the messages.  [default: found]")
    ] = None,
    answer_column: Annotated[
        str | None, typer.Option("--answer-column", help="Column of the answer to the row's message.")
    ] = None,
    speaker_column: Annotated[
        str | None, typer.Option("--speaker-column", help="Column that tells customer and agent apart.")
    ] = None,
    conversation_column: Annotated[
        str | None, typer.Option("--conversation-column", help="Column of the conversation's number.")
    ] = None,
    min_cluster: Annotated[
        int, typer.Option("--min-cluster", min=2, help="Fewer different messages make no intent.")
    ] = 5,
    model: Annotated[
        Path | None,
        typer.Option("--model", "-m", help="A trained bot: name what to label next, too."),
    ] = None,
    label: Annotated[int, typer.Option("--label", min=1, help="Messages to label next.")] = 50,
    json: Json = False,
) -> None:
    """Draft intents and answers from a log; with a bot, name the messages most worth labelling.

    Personal data is masked before anything is written.

    Examples:

        chatwright data suggest chats.csv

        chatwright data suggest chats.xlsx --text-column message --min-cluster 10

        chatwright data suggest chats.jsonl --model models --label 100
    """
    from chatwright.suggest.suggest import suggest as run

    chosen = {
        "text": text_column,
        "answer": answer_column,
        "speaker": speaker_column,
        "conversation": conversation_column,
    }
    with progress_bar(quiet=json) as tell:
        done = run(log, out, chosen, min_cluster=min_cluster, model=model, wanted=label, progress=tell)
    if json:
        print_json(done.to_json())
        return
    said = done.log
    answers = sum(group.answer is not None for group in done.groups)
    console().print(
        f"{said.said} messages of customers, {len(said.messages)} different, {said.left_out} left out"
    )
    if said.broken:
        console().print(f"{len(said.broken)} broken lines passed over; the first:", style="yellow")
        for error in said.broken[:3]:
            console().print(f"  {error.location}: {error.message}", markup=False)
    console().print(f"{len(done.groups)} candidate intents, {answers} of them with an answer")
    for item in done.unsure[:10]:
        console().print(f"  label next: {item.message.text}  ({item.intent}?)", markup=False)
    for path in done.written:
        console().print(f"Wrote {path}")
    console().print(f"Read {done.report}")
