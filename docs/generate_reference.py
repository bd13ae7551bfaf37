"""Writes the reference pages that the code itself knows best: commands, files, HTTP routes, errors.

python docs/generate_reference.py            # write them
python docs/generate_reference.py --check    # exit code 1 if one is out of date
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import chatwright.errors
from chatwright.project.config import BotConfig
from chatwright.project.endpoints import (
    ActionEndpoint,
    Endpoints,
    ModelEndpoint,
    StoreEndpoint,
    TypedEndpoint,
)

REFERENCE = Path(__file__).parent / "reference"


def cli() -> str:
    """Every command with its options, by Typer's own generator."""
    command = ["typer", "chatwright.cli.main", "utils", "docs", "--name", "chatwright", "--title", "Commands"]
    program = str(Path(sys.executable).parent / command[0])
    made = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=True)
    return made.stdout


def configuration() -> str:
    """Keys of config.yml and endpoints.yml from their models."""
    parts = ["# Configuration files\n"]
    for title, model in (
        ("config.yml", BotConfig),
        ("endpoints.yml", Endpoints),
        ("endpoints.yml: action_endpoint", ActionEndpoint),
        ("endpoints.yml: models", ModelEndpoint),
        ("endpoints.yml: tracker_store, lock_store, event_broker, nlg", TypedEndpoint),
        ("endpoints.yml: store, lock", StoreEndpoint),
    ):
        parts.append(f"## {title}\n\n| key | type | default | what |\n|---|---|---|---|")
        parts += [f"| {row} |" for row in _fields(model)]
        parts.append("")
    return "\n".join(parts)


def _fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = getattr(field.annotation, "__name__", str(field.annotation))
        default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)}`"
        yield f"`{name}` | `{_readable(kind)}` | {default} | {field.description or ''}"


def _readable(kind: str) -> str:
    for noise in ("chatwright.project.endpoints.", "typing.", "<class '", "'>"):
        kind = kind.replace(noise, "")
    return kind.replace("|", "or")


def http_api() -> str:
    """Every route with its access rule."""
    from chatwright.serve.access import describe_access
    from chatwright.serve.app import create_app
    from chatwright.serve.settings import ServeSettings

    app = create_app(ServeSettings(enable_api=True))
    parts = [
        "# HTTP routes\n",
        "The running server describes bodies and answers at `/docs` (OpenAPI). Who may use a route: "
        "[Security](../explanation/security.md).\n",
        "| method | path | access | what |\n|---|---|---|---|",
    ]
    for method, path, summary in _routes(app):
        parts.append(f"| {method} | `{path}` | {describe_access(method, path)} | {summary} |")
    return "\n".join(parts) + "\n"


def _routes(app: Any) -> Iterator[tuple[str, str, str]]:
    for route in app.routes:
        methods = getattr(route, "methods", None) or ({"WEBSOCKET"} if hasattr(route, "endpoint") else set())
        what = (inspect.getdoc(getattr(route, "endpoint", None)) or "").split("\n")[0]
        for method in sorted(methods - {"HEAD", "OPTIONS"}):
            yield method, route.path, what


def errors() -> str:
    """Every error with its code."""
    found = [
        kind
        for _, kind in inspect.getmembers(chatwright.errors, inspect.isclass)
        if issubclass(kind, chatwright.errors.ChatwrightError)
    ]
    rows = sorted({(kind.code, kind.__name__, (inspect.getdoc(kind) or "").split("\n")[0]) for kind in found})
    parts = [
        "# Errors\n",
        "Each error has a stable code, says what is wrong and what to do. All are subclasses of "
        "`chatwright.errors.ChatwrightError`. Findings of `chatwright data validate` are listed in "
        "[Problems](problems.md).\n",
        "| code | class | what |\n|---|---|---|",
        *(f"| `{code}` | `{name}` | {what} |" for code, name, what in rows),
    ]
    return "\n".join(parts) + "\n"


PAGES = {"cli.md": cli, "configuration.md": configuration, "http-api.md": http_api, "errors.md": errors}


def main() -> None:
    stale = []
    for name, make in PAGES.items():
        path, text = REFERENCE / name, make()
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, "utf-8")
    print(f"out of date: {', '.join(stale)}" if stale else "up to date")
    if stale and "--check" in sys.argv:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
