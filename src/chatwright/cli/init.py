"""``chatwright init``: a new project from a starter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from chatwright.cli.console import console, errors_for_people

__all__ = ["init"]


@errors_for_people
def init(
    target: Annotated[Path, typer.Argument(help="Folder of the new project.")] = Path("mybot"),
    template: Annotated[
        str, typer.Option("--template", "-t", help="Which starter: customer-service or blank.")
    ] = "customer-service",
    language: Annotated[
        Literal["zh", "en", "both"], typer.Option("--language", "-l", help="Languages of the bot.")
    ] = "both",
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Create a project: a folder of text files that train into a bot.

    Examples:

        chatwright init mybot

        chatwright init 我的客服 --template customer-service --language zh
    """
    from chatwright.starters.create import create

    folder = create(target, template=template, language=language, force=force)
    console().print(f"Created [bold]{folder}[/]. Next:\n")
    console().print(f"  cd {folder}\n  chatwright train\n  chatwright chat\n  chatwright serve")
