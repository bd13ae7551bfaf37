"""Policies of the user's own: classes named by module path in config.yml."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from chatwright.errors import ComponentError

__all__ = ["load_policy_class"]

_METHODS = ("fit", "predict", "save", "load")


def load_policy_class(path: str, project_root: Path | None = None) -> type[Any]:
    """The class ``module.Class``, looked for in the project's folder first.

    Raises:
        ComponentError: there is no such class, its module cannot be imported, or it is no policy.
    """
    module_name, _, class_name = path.rpartition(".")
    root = str(project_root.resolve()) if project_root else None
    if root and root not in sys.path:
        sys.path.insert(0, root)
    try:
        found = getattr(importlib.import_module(module_name), class_name, None)
    except Exception as error:  # the project's own code may fail in any way
        raise ComponentError(f"policy {path!r} cannot be imported: {error}", fix=_advice(error)) from error
    if found is None:
        raise ComponentError(f"module {module_name!r} has no class {class_name!r}", fix="correct config.yml")
    missing = [name for name in _METHODS if not callable(getattr(found, name, None))]
    if missing:
        raise ComponentError(
            f"policy {path!r} lacks {', '.join(missing)}", fix="see chatwright.dialogue.policies.policy"
        )
    return found


def _advice(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == "rasa":
        return "it is written for Rasa, which is not installed; see chatwright.dialogue.policies.policy"
    return "put the module into the project's folder, or correct config.yml"
