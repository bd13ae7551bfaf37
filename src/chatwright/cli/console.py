"""What all commands share: printing problems and errors for people, and exit codes.

Exit codes: 0 ok, 1 the work failed, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import functools
import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from chatwright.errors import Problem

__all__ = ["console", "error_console", "errors_for_people", "print_json", "print_problems", "progress_bar"]

P = ParamSpec("P")
R = TypeVar("R")


@functools.cache
def console() -> Console:
    """Standard output."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


@functools.cache
def error_console() -> Console:
    """Standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def errors_for_people(command: Callable[P, R]) -> Callable[P, R]:
    """Print errors of Chatwright, and files that cannot be had, as sentences; leave with exit code 1."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from chatwright.errors import ChatwrightError, ProjectInvalid

        try:
            return command(*args, **kwargs)
        except ProjectInvalid as error:
            print_problems(error.problems)
            error_console().print(f"[bold red]{error.code}[/] {error.message}", markup=True)
        except ChatwrightError as error:
            from rich.text import Text

            error_console().print(Text(str(error), style="red"))
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except BrokenPipeError:
            raise typer.Exit(0) from None
        except OSError as error:
            if error.filename is None:
                raise
            from rich.text import Text

            error_console().print(Text(f"{error.filename}: {error.strerror}", style="red"))
        raise typer.Exit(1)

    return run


def print_problems(problems: Iterable[Problem]) -> None:
    """Each problem on its own lines: place, what is wrong, what to do."""
    from rich.text import Text

    root = Path.cwd()
    for problem in problems:
        style = "red" if problem.severity == "error" else "yellow"
        line = Text()
        if problem.location:
            line.append(f"{problem.location.relative_to(root)}: ", style="cyan")
        line.append(problem.severity, style=f"bold {style}")
        line.append(f": {problem.message} ")
        line.append(f"[{problem.code}]", style="dim")
        if problem.fix:
            line.append(f"\n  → {problem.fix}", style="green")
        error_console().print(line)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on standard error; gives the callback that moves it."""
    if quiet:
        yield lambda what, fraction: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=error_console(), transient=not error_console().is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def tell(what: str, fraction: float) -> None:
            if what not in tasks:
                for task in tasks.values():
                    bars.update(task, completed=1.0)
                tasks[what] = bars.add_task(what, total=1.0)
            bars.update(tasks[what], completed=fraction)

        yield tell
        for task in tasks.values():
            bars.update(task, completed=1.0)


def set_log_level(*, verbose: bool = False, debug: bool = False, quiet: bool = False) -> None:
    """Logging of the process, on standard error."""
    level = (
        logging.DEBUG if debug else logging.INFO if verbose else logging.ERROR if quiet else logging.WARNING
    )
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)-7s %(name)s  %(message)s", force=True)
