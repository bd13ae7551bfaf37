"""Importing a project's ``actions.py`` or ``actions/``, from its folder and no other."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys
import threading
import traceback
from pathlib import Path
from types import ModuleType

from chatwright.errors import Location, ProjectError

__all__ = ["load_modules"]

logger = logging.getLogger(__name__)

NAME = "actions"

_lock = threading.Lock()
_owner: Path | None = None
"""The project whose modules have the plain names (``actions``, ``actions.db``, ``helpers`` …) now."""


def load_modules(root: Path) -> list[ModuleType]:
    """Import the project's actions and all modules below them; empty where it has none.

    Projects for Rasa import their own files by plain names, from the project's folder. So the folder
    stands first on ``sys.path``, until another project is loaded: then the modules of the former one
    leave ``sys.modules`` (what was loaded from them goes on working).

    Raises:
        ProjectError: importing fails; the place is the line of the project that failed.
    """
    root = root.resolve()
    if not (root / f"{NAME}.py").is_file() and not _has_package(root):
        return []
    with _lock:
        _make_owner(root)
        try:
            modules = [importlib.import_module(NAME)]
            for found in pkgutil.walk_packages(getattr(modules[0], "__path__", ()), f"{NAME}."):
                modules.append(importlib.import_module(found.name))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if _lacks_rasa_sdk(error):
                logger.warning(
                    "the project's actions need rasa-sdk, which is not installed: they will not run. "
                    "Install rasa-sdk, or name an action server in endpoints.yml"
                )
                return []
            raise _as_project_error(error, root) from error
    return modules


def _has_package(root: Path) -> bool:
    return (root / NAME).is_dir() and any((root / NAME).rglob("*.py"))


def _make_owner(root: Path) -> None:
    global _owner
    former, _owner = _owner, root
    owners = [owner for owner in (former, root) if owner]
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if top == NAME or any(_is_module_of(module, top, owner) for owner in owners):
            del sys.modules[name]
    sys.path[:] = [str(root), *(path for path in sys.path if path not in map(str, owners))]
    importlib.invalidate_caches()


def _is_module_of(module: ModuleType, top: str, root: Path) -> bool:
    """Whether a module was imported by a plain name from the project's folder; environments and packages
    that only lie somewhere below it were not."""
    parts = _parts_below(getattr(module, "__file__", None) or "", root)
    return bool(parts) and parts[0] in (top, f"{top}.py")


def _parts_below(file: str, root: Path) -> tuple[str, ...]:
    try:
        return Path(file).relative_to(root).parts
    except ValueError:
        return ()


def _lacks_rasa_sdk(error: BaseException) -> bool:
    return isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == "rasa_sdk"


def _as_project_error(error: BaseException, root: Path) -> ProjectError:
    place = Location(str(root / NAME))
    if isinstance(error, SyntaxError) and error.filename:
        place = Location(error.filename, error.lineno or 0)
    else:
        for frame in traceback.extract_tb(error.__traceback__):
            parts = _parts_below(frame.filename, root)
            if parts and "site-packages" not in parts:
                place = Location(frame.filename, frame.lineno or 0)
    fix = ""
    if isinstance(error, ModuleNotFoundError):
        fix = f"pip install the package that has {error.name!r}, or remove the import"
    return ProjectError(
        f"the actions cannot be imported: {type(error).__name__}: {error}",
        fix=fix,
        location=place.relative_to(root),
    )
