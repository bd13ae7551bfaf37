"""``chatwright train``: from the project in the current folder to a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatwright.cli.console import (
    console,
    error_console,
    errors_for_people,
    print_json,
    print_problems,
    progress_bar,
)
from chatwright.cli.options import Config, Data, DomainPath, Json, Out

if TYPE_CHECKING:
    from chatwright.evaluate.forgetting import ForgettingReport

__all__ = ["app"]

app = typer.Typer(help="Train the project in the current folder.", invoke_without_command=True)

Force = Annotated[bool, typer.Option("--force", help="Train even what is unchanged.")]
FixedName = Annotated[str | None, typer.Option("--fixed-model-name", help="Name of the bundle.")]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Only say what would be trained; exit code 1 when anything would be."),
]
SkipValidation = Annotated[bool, typer.Option("--skip-validation", help="Do not check the data first.")]
FailOnWarnings = Annotated[
    bool, typer.Option("--fail-on-validation-warnings", help="Stop on warnings as on errors.")
]
Augmentation = Annotated[
    int,
    typer.Option("--augmentation", min=0, help="Stories glued together for the learned policy, times ten."),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Stop where something would be done otherwise than config.yml says.")
]
Finetune = Annotated[
    bool,
    typer.Option(
        "--finetune", help="Learn beside what the newest bundle knows, and report what was forgotten."
    ),
]


@app.callback()
def train(
    context: typer.Context,
    config: Config = "config.yml",
    domain: DomainPath = None,
    data: Data = None,
    out: Out = "models",
    force: Force = False,
    fixed_model_name: FixedName = None,
    dry_run: DryRun = False,
    skip_validation: SkipValidation = False,
    fail_on_validation_warnings: FailOnWarnings = False,
    augmentation: Augmentation = 50,
    finetune: Finetune = False,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Train understanding and dialogue, and write a bundle to models/.

    Unchanged parts are taken over from the bundle before.

    Examples:

        chatwright train

        chatwright train nlu --force

        chatwright train --data data --data more-data --out models --fixed-model-name shop

        chatwright train --finetune --data new-examples --data data/rules.yml
    """
    if context.invoked_subcommand is None:
        _train(
            config=config,
            domain=domain,
            data=data,
            out=out,
            force=force,
            fixed_name=fixed_model_name,
            dry_run=dry_run,
            validation=not skip_validation,
            fail_on_warnings=fail_on_validation_warnings,
            augmentation=augmentation,
            finetune=finetune,
            strict=strict,
            json=json,
        )


@app.command("nlu")
def train_nlu(
    config: Config = "config.yml",
    domain: DomainPath = None,
    data: Annotated[list[str] | None, typer.Option("--nlu", "--data", help="NLU files or folders.")] = None,
    out: Out = "models",
    force: Force = False,
    fixed_model_name: FixedName = None,
    finetune: Finetune = False,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Train understanding only.

    Examples:

        chatwright train nlu

        chatwright train nlu --finetune --nlu new-examples.yml
    """
    _train(
        config=config,
        domain=domain,
        data=data,
        out=out,
        force=force,
        fixed_name=fixed_model_name,
        core=False,
        finetune=finetune,
        strict=strict,
        json=json,
    )


@app.command("core")
def train_core(
    config: Config = "config.yml",
    domain: DomainPath = None,
    data: Annotated[
        list[str] | None, typer.Option("--stories", "-s", "--data", help="Files or folders of stories.")
    ] = None,
    out: Out = "models",
    force: Force = False,
    fixed_model_name: FixedName = None,
    augmentation: Augmentation = 50,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Train dialogue only.

    Example:  chatwright train core --stories data/stories.yml
    """
    _train(
        config=config,
        domain=domain,
        data=data,
        out=out,
        force=force,
        fixed_name=fixed_model_name,
        nlu=False,
        augmentation=augmentation,
        strict=strict,
        json=json,
    )


@errors_for_people
def _train(
    *,
    config: str,
    domain: str | None,
    data: list[str] | None,
    out: str,
    force: bool,
    fixed_name: str | None,
    nlu: bool = True,
    core: bool = True,
    dry_run: bool = False,
    validation: bool = True,
    fail_on_warnings: bool = False,
    strict: bool = False,
    augmentation: int = 50,
    finetune: bool = False,
    json: bool = False,
) -> None:
    from rich.markup import escape

    from chatwright.errors import ProjectInvalid
    from chatwright.project.project import Project
    from chatwright.project.validate import validate
    from chatwright.trainer import stale_parts, train

    project = Project.load(Path.cwd(), config=config, domain=domain, data=data)
    if dry_run:
        stale = ("everything",) if force else stale_parts(project, Path(out), augmentation=augmentation)
        console().print(f"would train: {', '.join(stale)}" if stale else "everything is up to date")
        # Rasa's exit codes of --dry-run: bit 1 = something to train, bit 8 = forced.
        raise typer.Exit(8 if force else 1 if stale else 0)
    if fail_on_warnings and (found := validate(project)):
        raise ProjectInvalid(found)
    report: ForgettingReport | None = None
    with progress_bar(quiet=json) as tell:
        if finetune:
            from chatwright.further_training import train_further

            result, report = train_further(
                project,
                out=out,
                core=core,
                fixed_name=fixed_name,
                augmentation=augmentation,
                validation=validation,
                strict=strict,
                progress=tell,
            )
        else:
            result = train(
                project,
                out=out,
                nlu=nlu,
                core=core,
                force=force,
                fixed_name=fixed_name,
                augmentation=augmentation,
                validation=validation,
                strict=strict,
                progress=tell,
            )
    if json:
        print_json(
            {
                "model": str(result.path),
                "bundle_id": result.bundle_id,
                "trained": result.trained,
                "reused": result.reused,
                "seconds": round(result.seconds, 3),
                "problems": [str(problem) for problem in result.problems],
                "notices": result.notices,
                "reports": result.reports,
                "forgetting": report.to_json() if report else None,
            }
        )
        return
    print_problems(result.problems)
    for notice in result.notices:
        error_console().print(f"[dim]note: {escape(notice)}[/]")
    reused = f" (unchanged and taken over: {', '.join(result.reused)})" if result.reused else ""
    error_console().print(f"Trained {', '.join(result.trained) or 'nothing'}{reused}.")
    console().print(f"Your bot is in [bold]{result.path}[/] after {result.seconds:.1f} s.", soft_wrap=True)
    if report:
        _print_forgetting(report)


def _print_forgetting(report: ForgettingReport) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    out.print(
        f"What the bot knew before ({report.scored_on} examples): "
        f"{report.before:.1%} right before, {report.after:.1%} now, {report.forgotten} messages forgotten."
    )
    lost = [change for change in report.changes if change.forgotten]
    if lost:
        table = Table("intent", "before", "after", "forgotten")
        for change in lost:
            table.add_row(
                escape(change.intent),
                f"{change.before}/{change.examples}",
                f"{change.after}/{change.examples}",
                escape("; ".join(change.forgotten[:3])),
            )
        out.print(table)
