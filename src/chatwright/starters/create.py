"""Makes a new project from a starter: the files of the wanted languages, and its databases."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path

from chatwright.errors import ProjectError, did_you_mean
from chatwright.project.yaml_writer import edit_yaml

__all__ = ["LANGUAGES", "TEMPLATES", "create"]

TEMPLATES = ("customer-service", "blank")
LANGUAGES = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
"""Choice → languages of the bot, the default first."""

_CHOICE_OF_FILE = re.compile(r"(?:^|_)(zh|en|both)$")


def create(
    target: Path | str,
    *,
    template: str = "customer-service",
    language: str = "both",
    force: bool = False,
) -> Path:
    """Write a new project.

    Files named ``…_zh`` and ``…_en`` are for bots of that language, ``…_both`` for those of both; responses
    keep the variations of the wanted languages; each ``*.sql`` makes the SQLite database of its name.

    Args:
        target: folder to write; made if need be.
        template: one of ``TEMPLATES``.
        language: ``zh``, ``en`` or ``both``.
        force: write into a folder that is not empty.

    Raises:
        ProjectError: no such starter or language, or the folder is not empty, or is a file.
    """
    folder = Path(target)
    if template not in TEMPLATES:
        raise ProjectError(
            f"there is no starter {template!r}",
            fix=did_you_mean(template, TEMPLATES) or f"starters are {', '.join(TEMPLATES)}",
        )
    if language not in LANGUAGES:
        raise ProjectError(f"there is no language {language!r}", fix=f"use one of {', '.join(LANGUAGES)}")
    if folder.exists() and not folder.is_dir():
        raise ProjectError(f"{folder} is a file", fix="choose another name")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise ProjectError(f"{folder} is not an empty folder", fix="choose another name, or use --force")
    with as_file(files("chatwright.starters") / template) as source:
        for path in _wanted(source, language):
            copy = folder / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            _adapt(copy, language)
    return folder


def _wanted(source: Path, language: str) -> Iterator[Path]:
    for path in sorted(source.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        own = _CHOICE_OF_FILE.search(path.stem)
        if own is None or language in ("both", own[1]):
            yield path


def _adapt(path: Path, language: str) -> None:
    spoken = LANGUAGES[language]
    if path.name == "config.yml":
        with edit_yaml(path) as config:
            if list(config["languages"]) != list(spoken):
                config["languages"] = list(spoken)
    elif path.suffix == ".yml" and path.parent.name == "domain":
        with edit_yaml(path) as domain:
            for name, variations in (domain.get("responses") or {}).items():
                kept = [v for v in variations if v.get("language", spoken[0]) in spoken]
                if len(kept) != len(variations):
                    domain["responses"][name] = kept
    elif path.suffix == ".sql":
        _make_database(path)


def _make_database(script: Path) -> None:
    database = script.with_suffix(".sqlite")
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(script.read_text("utf-8"))
