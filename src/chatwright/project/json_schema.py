"""JSON Schemas (draft 2020-12) of the files of a project, for completion and checks in an editor.

Those of config.yml, endpoints.yml and credentials.yml come from the models that read them, the others lie as
files in ``schemas/``.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from chatwright.project.config import BotConfig
from chatwright.project.credentials import Credentials
from chatwright.project.endpoints import Endpoints
from chatwright.project.yaml_writer import write_text

__all__ = ["schemas", "write_schemas"]

_MODELS = {"config": BotConfig, "endpoints": Endpoints, "credentials": Credentials}
_FILES = ("domain", "nlu", "stories")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file: ``config domain nlu stories endpoints credentials``."""
    found = {name: json.loads(_text(name)) for name in _FILES}
    # Responses may stand beside NLU data and are the same there.
    shared = found["domain"]["$defs"]
    found["nlu"]["$defs"] = {name: shared[name] for name in ("responses", "variation")}
    for name, model in _MODELS.items():
        found[name] = {"$schema": _DIALECT, **model.model_json_schema()}
    _let_null_mean_default(found["config"])
    return found


def write_schemas(folder: Path | str) -> list[Path]:
    """Write ``<kind>.schema.json`` files into a folder and return their paths.

    Raises:
        ProjectError: a file cannot be written.
    """
    paths = []
    for name, schema in schemas().items():
        path = Path(folder, f"{name}.schema.json")
        write_text(path, json.dumps(schema, indent=2, ensure_ascii=False) + "\n")
        paths.append(path)
    return paths


def _text(name: str) -> str:
    return resources.files("chatwright.project").joinpath("schemas", f"{name}.schema.json").read_text("utf-8")


def _let_null_mean_default(schema: dict[str, Any]) -> None:
    """Keys of config.yml that are written without a value are as good as absent."""
    for key, entry in schema["properties"].items():
        if "anyOf" not in entry:
            described = {
                name: entry.pop(name) for name in ("description", "title", "default") if name in entry
            }
            schema["properties"][key] = {**described, "anyOf": [entry, {"type": "null"}]}
