"""``chatwright data``: check the project's files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chatwright.cli.console import console, errors_for_people, print_json, print_problems
from chatwright.cli.options import Config, Data, DomainPath, Json

__all__ = ["app"]

app = typer.Typer(help="Check the project's files.", no_args_is_help=True)


@app.command("validate")
@errors_for_people
def validate(
    config: Config = "config.yml",
    domain: DomainPath = None,
    data: Data = None,
    fail_on_warnings: Annotated[bool, typer.Option("--fail-on-warnings", help="Warnings fail too.")] = False,
    json: Json = False,
) -> None:
    """Find everything that is wrong in the project, each with file, line and fix.

    Examples:

        chatwright data validate

        chatwright data validate --fail-on-warnings --json
    """
    from chatwright.project.project import Project
    from chatwright.trainer import check

    problems = check(Project.load(Path.cwd(), config=config, domain=domain, data=data))
    errors = sum(problem.severity == "error" for problem in problems)
    if json:
        print_json(
            [
                {
                    "severity": problem.severity,
                    "code": problem.code,
                    "message": problem.message,
                    "fix": problem.fix,
                    "location": str(problem.location) if problem.location else None,
                }
                for problem in problems
            ]
        )
    else:
        print_problems(problems)
        console().print(f"{errors} errors, {len(problems) - errors} warnings")
    if errors or (fail_on_warnings and problems):
        raise typer.Exit(1)


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
