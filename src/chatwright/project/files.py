"""Finds and classifies the files of a project. A file's kind is decided by its keys, never by its name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatwright.errors import Location, did_you_mean
from chatwright.project.domain_merge import DOMAIN_KEYS, is_domain
from chatwright.project.findings import Findings
from chatwright.project.yaml_reader import LocatedDoc, read_yaml

__all__ = ["ProjectFiles", "find_files", "is_test_file"]

_YAML = (".yml", ".yaml")
_DATA_KEYS = ("nlu", "stories", "rules", "responses")
_FORMAT_VERSION = (3, 1)


def find_files(paths: Iterable[Path]) -> list[Path]:
    """All ``.yml``, ``.yaml`` and ``.json`` files at or below ``paths``, sorted, each once.

    Links are followed, circles of links are not; hidden files and folders are left out.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in [path] if path.is_file() else _walk(path):
            found.setdefault(file.resolve(), file)
    return sorted(found.values())


def _walk(folder: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for current, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(current)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if not name.startswith(".") and name.lower().endswith((*_YAML, ".json")):
                yield Path(current, name)


def is_test_file(path: Path | str) -> bool:
    """Whether dialogue data in this file is a test, not training data."""
    return Path(path).name.startswith("test_")


@dataclass(frozen=True)
class ProjectFiles:
    """Reads the files of one project, naming them relative to its root."""

    root: Path
    findings: Findings
    old: list[Location] = field(default_factory=list)
    """Files in a format before 3.0."""

    def read(self, path: Path) -> LocatedDoc | None:
        """A parsed YAML file; None where it cannot be read or is of a newer format."""
        shown = self.name(path)
        doc = self.findings.read(lambda: read_yaml(path, shown_as=shown))
        if doc is None:
            return None
        if not isinstance(doc.data, Mapping):
            self.findings.error(
                "wrong-type",
                "the file must hold 'key: value' lines",
                at=doc.location(),
                fix="see the docs for its keys",
            )
            return None
        return doc if self._version_fits(doc) else None

    def read_data(self, path: Path) -> LocatedDoc | None:
        """A training data file; None, with a warning, where it holds no training data."""
        doc = self.read(path)
        if doc is None or any(key in doc.data for key in _DATA_KEYS):
            if doc is not None:
                self._warn_of_domain_parts(doc)
            return doc
        if is_domain(doc.data):
            self._warn_of_domain_parts(doc)
        elif doc.data:
            first = next(iter(doc.data))
            self.findings.warn(
                "no-data",
                f"no training data: the file has none of {', '.join(_DATA_KEYS)}",
                at=doc.data.location(first),
                fix=did_you_mean(str(first), _DATA_KEYS) or "move the file out of the data folder",
            )
        return None

    def read_json(self, path: Path) -> tuple[Any, str] | None:
        """A parsed JSON file and its shown name."""
        shown = self.name(path)
        try:
            return json.loads(path.read_text(encoding="utf-8-sig")), shown
        except (OSError, ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 0)
            self.findings.error(
                "unreadable-file",
                f"not valid JSON: {error}",
                at=Location(shown, line),
                fix="correct or remove it",
            )
            return None

    def report_old(self) -> None:
        """One warning for all files in an old format."""
        if self.old:
            files = ", ".join(dict.fromkeys(at.file for at in self.old))
            self.findings.warn(
                "version",
                f"format 2.0 is read as 3.1: {files}",
                at=self.old[0],
                fix='write version: "3.1" after checking them',
            )

    def name(self, path: Path) -> str:
        """How messages call a file: relative to the project where it lies inside."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)

    def _warn_of_domain_parts(self, doc: LocatedDoc) -> None:
        parts = [
            key for key in DOMAIN_KEYS if key in doc.data and key not in ("responses", "version", "config")
        ]
        if parts:
            self.findings.warn(
                "domain-in-data",
                f"'{parts[0]}' belongs to the domain and is not read from a data file",
                at=doc.data.location(parts[0]),
                fix="move it to domain.yml, or name this folder with --domain",
            )

    def _version_fits(self, doc: LocatedDoc) -> bool:
        version = doc.data.get("version")
        if version is None:
            return True
        at = doc.data.location("version")
        if not isinstance(version, str):
            self.findings.warn(
                "version", f"version {version} is a number", at=at, fix=f'write version: "{version}"'
            )
        try:
            parts = tuple(int(part) for part in str(version).split("."))
        except ValueError:
            self.findings.warn(
                "version", f"version '{version}' is not a version", at=at, fix='write version: "3.1"'
            )
            return True
        if parts[:2] > _FORMAT_VERSION:
            self.findings.warn(
                "version",
                f"skipped: the file is in format {version}, and 3.1 is the newest known",
                at=at,
                fix='write version: "3.1" if it holds nothing newer',
            )
            return False
        if parts < (3,):
            self.old.append(at)
        return True
