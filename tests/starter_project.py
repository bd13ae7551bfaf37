"""Projects that `chatwright init` made, trained once in each process of the tests."""

from __future__ import annotations

import atexit
import functools
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from chatwright.starters.create import create
from chatwright.trainer import TrainResult, train

__all__ = ["made", "rows", "trained"]


@functools.cache
def _training(template: str, language: str) -> tuple[Path, TrainResult]:
    folder = Path(tempfile.mkdtemp(prefix="chatwright-starter-"))
    atexit.register(shutil.rmtree, folder)
    project = create(folder / "shop", template=template, language=language)
    return project, train(project)


def trained(template: str, language: str) -> TrainResult:
    """What training the starter said."""
    return _training(template, language)[1]


def made(target: Path, template: str = "customer-service", language: str = "both") -> Path:
    """A trained project of one's own at ``target``."""
    return Path(shutil.copytree(_training(template, language)[0], target))


def rows(project: Path, question: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the shop's database answers."""
    with closing(sqlite3.connect(project / "orders.sqlite")) as database:
        return database.execute(question, values).fetchall()
