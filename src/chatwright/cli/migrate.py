"""``chatwright migrate``: a Rasa 2.x project becomes a Rasa 3.x one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chatwright.cli.console import console, errors_for_people, print_json
from chatwright.cli.options import Json

__all__ = ["migrate"]


@errors_for_people
def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be changed.")] = False,
    json: Json = False,
) -> None:
    """Rewrite the Rasa 2.x project in the current folder as a Rasa 3.x one.

    What changed files were is kept in .rasa2/. Nothing is done to a project of 3.1.

    Examples:

        chatwright migrate --dry-run

        chatwright migrate
    """
    from rich.markup import escape

    from chatwright.project.migrate import migrate as run

    done = run(Path.cwd(), dry_run=dry_run)
    if json:
        print_json({"changes": done.changes, "left": done.left})
        return
    out = console()
    for change in done.changes:
        out.print(f"[green]✓[/] {escape(change)}", soft_wrap=True)
    for left in done.left:
        out.print(f"[yellow]![/] {escape(left)}", soft_wrap=True)
    if not done.changes and not done.left:
        out.print("Nothing to migrate: the project is in Rasa 3's format.")
    else:
        out.print(
            f"{len(done.changes)} changes, {len(done.left)} left to you. Next: chatwright data validate"
        )
