"""Options that several commands share, with Rasa's names where the meaning is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Config",
    "Data",
    "DomainPath",
    "EndpointsFile",
    "Json",
    "Model",
    "Out",
    "StoreUrl",
]

Config = Annotated[str, typer.Option("--config", "-c", help="Pipeline and policies.")]
DomainPath = Annotated[
    str | None,
    typer.Option("--domain", "-d", help="Domain file or folder.  [default: domain.yml or domain/]"),
]
Data = Annotated[
    list[str] | None,
    typer.Option("--data", help="File or folder of training data; repeatable.  [default: data]"),
]
Out = Annotated[str, typer.Option("--out", help="Folder of trained bots.")]
Model = Annotated[
    Path, typer.Option("--model", "-m", help="A trained bot, or a folder of them (the newest is taken).")
]
EndpointsFile = Annotated[str, typer.Option("--endpoints", help="Action server, store, locks.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
StoreUrl = Annotated[
    str | None,
    typer.Option("--store", help="URL of the conversation store.  [default: as endpoints.yml says]"),
]
