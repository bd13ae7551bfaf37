"""``chatwright test``: test conversations, held-out NLU data, cross-validation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatwright.cli.console import console, errors_for_people, print_json, progress_bar
from chatwright.cli.options import Config, Data, DomainPath, Json, Model
from chatwright.cli.test_simulate import simulate

if TYPE_CHECKING:
    from chatwright.evaluate.test_run import TestRun

__all__ = ["app"]

app = typer.Typer(help="Test the bot in the current folder.", invoke_without_command=True)
app.command("simulate")(simulate)

Results = Annotated[Path, typer.Option("--out", help="Folder of the reports.")]
Nlu = Annotated[
    list[str] | None,
    typer.Option("--nlu", "-u", help="Held-out NLU files or folders.  [default: tests/nlu]"),
]
Stories = Annotated[
    list[str] | None,
    typer.Option("--stories", "-s", help="Test conversations.  [default: tests, data]"),
]
CrossValidation = Annotated[
    bool, typer.Option("--cross-validation", help="Train and test on parts of the data.")
]
Folds = Annotated[int, typer.Option("--folds", "-f", min=2, help="Parts of the cross-validation.")]
LearningCurve = Annotated[
    bool,
    typer.Option("--learning-curve", help="Train on growing parts of the data, score on a held-out fifth."),
]
Runs = Annotated[int, typer.Option("--runs", "-r", min=1, help="Repetitions of the learning curve.")]
Successes = Annotated[bool, typer.Option("--successes", help="Write what was right, too.")]
NoErrors = Annotated[bool, typer.Option("--no-errors", help="Do not write what was wrong.")]
NoPlot = Annotated[bool, typer.Option("--no-plot", help="Do not draw matrices and histograms.")]
RunActions = Annotated[
    bool,
    typer.Option(
        "--run-actions",
        help="Run actions and forms, too: slots and loops in the test conversations must come true.",
    ),
]
EndToEnd = Annotated[
    bool, typer.Option("--e2e", hidden=True, help="As in Rasa; test conversations always hold messages.")
]
RasaExit = Annotated[
    bool,
    typer.Option(
        "--fail-on-prediction-errors/--no-fail-on-prediction-errors",
        help="Exit code 1 when a test conversation fails; Rasa's default is not to.",
    ),
]


@app.callback()
def test(
    context: typer.Context,
    model: Model = Path("models"),
    config: Config = "config.yml",
    domain: DomainPath = None,
    data: Data = None,
    nlu: Nlu = None,
    stories: Stories = None,
    out: Results = Path("results"),
    cross_validation: CrossValidation = False,
    folds: Folds = 5,
    successes: Successes = False,
    no_errors: NoErrors = False,
    no_plot: NoPlot = False,
    run_actions: RunActions = False,
    e2e: EndToEnd = True,
    fail_on_prediction_errors: RasaExit = True,
    json: Json = False,
) -> None:
    """Run test conversations and NLU tests, and write results/report.html.

    Examples:

        chatwright test

        chatwright test nlu --cross-validation --folds 5

        chatwright test core --stories tests
    """
    if context.invoked_subcommand is None:
        _test(
            "both",
            model=model,
            config=config,
            domain=domain,
            data=data,
            nlu=nlu,
            stories=stories,
            out=out,
            folds=folds if cross_validation else 0,
            successes=successes,
            errors=not no_errors,
            plots=not no_plot,
            run_actions=run_actions,
            strict=fail_on_prediction_errors,
            json=json,
        )


@app.command("nlu")
def test_nlu(
    model: Model = Path("models"),
    config: Config = "config.yml",
    domain: DomainPath = None,
    data: Data = None,
    nlu: Nlu = None,
    out: Results = Path("results"),
    cross_validation: CrossValidation = False,
    folds: Folds = 5,
    learning_curve: LearningCurve = False,
    runs: Runs = 3,
    successes: Successes = False,
    no_errors: NoErrors = False,
    no_plot: NoPlot = False,
    json: Json = False,
) -> None:
    """Score intents and entities on held-out examples, by cross-validation, or as a learning curve.

    Examples:

        chatwright test nlu --cross-validation

        chatwright test nlu --learning-curve --runs 5
    """
    _test(
        "nlu",
        model=model,
        config=config,
        domain=domain,
        data=data,
        nlu=nlu,
        out=out,
        folds=folds if cross_validation else 0,
        curve_runs=runs if learning_curve else 0,
        successes=successes,
        errors=not no_errors,
        plots=not no_plot,
        json=json,
    )


@app.command("core")
def test_core(
    model: Model = Path("models"),
    config: Config = "config.yml",
    domain: DomainPath = None,
    stories: Stories = None,
    out: Results = Path("results"),
    successes: Successes = False,
    no_errors: NoErrors = False,
    run_actions: RunActions = False,
    e2e: EndToEnd = True,
    fail_on_prediction_errors: RasaExit = True,
    json: Json = False,
) -> None:
    """Run the test conversations.

    Examples:

        chatwright test core --stories tests

        chatwright test core --run-actions
    """
    _test(
        "core",
        model=model,
        config=config,
        domain=domain,
        stories=stories,
        out=out,
        successes=successes,
        errors=not no_errors,
        run_actions=run_actions,
        strict=fail_on_prediction_errors,
        json=json,
    )


@errors_for_people
def _test(
    what: str,
    *,
    model: Path,
    config: str,
    domain: str | None,
    out: Path,
    data: list[str] | None = None,
    nlu: list[str] | None = None,
    stories: list[str] | None = None,
    folds: int = 0,
    curve_runs: int = 0,
    successes: bool = False,
    errors: bool = True,
    plots: bool = True,
    run_actions: bool = False,
    strict: bool = True,
    json: bool = False,
) -> None:
    import asyncio

    from chatwright.brain import Brain
    from chatwright.errors import Location, ProjectError
    from chatwright.evaluate.test_run import (
        TestRun,
        run_cross_validation,
        run_learning_curve,
        run_nlu_test,
        run_story_test,
        unscored_intents,
    )
    from chatwright.project.project import Project
    from chatwright.project.read_nlu import read_nlu_files

    root = Path.cwd()
    project = Project.load(root, config=config, domain=domain, data=data, tests=stories)
    run = TestRun(title=project.config.assistant_id or root.name)
    needs_model = what != "nlu" or not (folds or curve_runs)
    brain = Brain.load(model, project_root=root, endpoints=project.endpoints) if needs_model else None
    if brain is not None:
        run.model = f"bundle {brain.manifest.bundle_id[:8]}"
    if what in ("nlu", "both"):
        held_out = nlu or ["tests/nlu"]
        if curve_runs:
            with progress_bar(quiet=json) as tell:
                run.curve = run_learning_curve(project, runs=curve_runs, progress=tell)
        if folds:
            with progress_bar(quiet=json) as tell:
                run.nlu, run.train_accuracy = run_cross_validation(project, folds=folds, progress=tell)
            run.unscored = unscored_intents(project.nlu, folds)
        elif brain is not None and (what == "nlu" or brain.pipeline is not None):
            missing = [name for name in nlu or () if not (root / name).exists()]
            if missing:
                raise ProjectError(
                    "there is no such file of held-out examples",
                    fix="correct --nlu",
                    location=Location(missing[0]),
                )
            examples = read_nlu_files([root / name for name in held_out if (root / name).exists()]).examples
            if examples or what == "nlu":
                run.nlu = run_nlu_test(brain, examples)
    if brain is not None and (what == "core" or (what == "both" and project.test_stories)):
        run.stories = asyncio.run(run_story_test(brain, project, run_actions=run_actions))
    written = run.write(out, successes=successes, errors=errors, plots=plots)
    _tell(run, written, json)
    if strict and not run.passed:
        raise typer.Exit(1)


def _tell(run: TestRun, written: list[Path], json: bool) -> None:
    if json:
        print_json(run.summary())
        return
    from rich.text import Text

    out = console()
    if run.nlu is not None and run.nlu.intents:
        out.print(f"intents: {run.nlu.intent_accuracy():.1%} of {len(run.nlu.intents)} right")
        if run.train_accuracy is not None:
            out.print(f"  on the training parts: {run.train_accuracy:.1%}")
        if run.unscored:
            out.print(
                f"  not scored, with fewer examples than parts (see --folds): {', '.join(run.unscored)}",
                markup=False,
            )
        for extractor in run.nlu.entities:
            report = run.nlu.entity_report(extractor)
            if report and extractor == "none":
                out.print("entities: none was found")
            elif report:
                out.print(f"entities by {extractor}: F1 {report['weighted avg']['f1-score']:.1%}")
    for point in run.curve:
        out.print(f"after {point.examples} examples: {point.accuracy:.1%} ± {point.spread:.1%}")
    if run.stories is not None:
        for result in run.stories.results:
            if not result.passed:
                out.print(f"[red]✗[/] {result.name} [dim]{result.location or ''}[/]")
                for step in result.steps:
                    if not step.passed:
                        out.print(Text(f"    - {step.kind}: {step.wanted}", style="red"))
                        out.print(Text(f"    + {step.kind}: {step.predicted}", style="green"))
        out.print(f"conversations: {run.stories.passed} of {len(run.stories.results)} passed")
    out.print(f"Read {written[-1]}")
