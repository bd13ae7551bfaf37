"""``chatwright conversations`` and ``chatwright export``: look at, copy and erase what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    pass

__all__ = ["app", "export"]

app = typer.Typer(help="Look at, copy and erase conversations.", no_args_is_help=True)
