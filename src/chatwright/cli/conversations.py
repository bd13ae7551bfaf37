"""``chatwright conversations`` and ``chatwright export``: look at, copy and erase what was said."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatwright.cli.console import console, errors_for_people, print_json
from chatwright.cli.options import EndpointsFile, Json, StoreUrl

if TYPE_CHECKING:
    from chatwright.stores.store import ConversationStore

__all__ = ["app", "export"]

app = typer.Typer(help="Look at, copy and erase conversations.", no_args_is_help=True)
