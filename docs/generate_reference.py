"""Writes the reference pages that the code itself knows best.

python docs/generate_reference.py            # write them
python docs/generate_reference.py --check    # exit code 1 if one is out of date
"""

from __future__ import annotations

import html
import inspect
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from prometheus_client import Counter, Gauge, Histogram
from pydantic import BaseModel

import chatwright as cw
import chatwright.errors
from chatwright.project.config import BotConfig, ContextConfig
from chatwright.project.credentials import Channel
from chatwright.project.endpoints import (
    ActionEndpoint,
    BrokerEndpoint,
    Endpoints,
    ModelEndpoint,
    StoreEndpoint,
    TypedEndpoint,
)
from chatwright.serve import metrics as figures
from chatwright.serve.access import describe_access, routes_of
from chatwright.serve.app import create_app
from chatwright.serve.settings import ServeSettings

REFERENCE = Path(__file__).parent / "reference"
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def cli() -> str:
    """Every command with its options, by Typer's own generator."""
    command = ["typer", "chatwright.cli.main", "utils", "docs", "--name", "chatwright", "--title", "Commands"]
    program = str(Path(sys.executable).parent / command[0])
    made = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=True)
    return html.unescape(made.stdout).rstrip() + "\n"


def configuration() -> str:
    """Keys of config.yml, endpoints.yml and credentials.yml from their models."""
    parts = ["# Configuration files\n"]
    for title, model in (
        ("config.yml", BotConfig),
        ("config.yml: context", ContextConfig),
        ("endpoints.yml", Endpoints),
        ("endpoints.yml: action_endpoint", ActionEndpoint),
        ("endpoints.yml: models", ModelEndpoint),
        ("endpoints.yml: tracker_store, lock_store, nlg", TypedEndpoint),
        ("endpoints.yml: event_broker", BrokerEndpoint),
        ("endpoints.yml: store, lock", StoreEndpoint),
        ("credentials.yml: each channel", Channel),
    ):
        parts.append(f"## {title}\n\n| key | type | default | what |\n|---|---|---|---|")
        parts += [f"| {row} |" for row in _fields(model)]
        parts.append("")
    return "\n".join(parts)


def _fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation.__name__ if isinstance(field.annotation, type) else str(field.annotation)
        default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)}`"
        yield f"`{name}` | `{_readable(kind)}` | {default} | {field.description or ''}"


def _readable(kind: str) -> str:
    kind = re.sub(r"\b(chatwright(\.\w+)*|typing|collections\.abc)\.", "", kind)
    return re.sub(r"^Optional\[(.*)\]$", r"\1 | None", kind).replace("|", "or")


def http_api() -> str:
    """Every route with its access rule."""
    with tempfile.TemporaryDirectory() as folder:
        channels = "callback:\n  url: https://example.com\nsocketio:\n"
        (Path(folder) / "credentials.yml").write_text(channels, "utf-8")
        app = create_app(ServeSettings(root=Path(folder), enable_api=True))
        always = set(routes_of(create_app(ServeSettings(root=Path(folder)))))
    parts = [
        "# HTTP routes\n",
        "The running server describes bodies and answers at `/docs` (OpenAPI). How to use the routes is told "
        "in [Talk over HTTP](../how-to/talk-over-http.md). Routes marked *API* are there with `--enable-api` "
        "only. Tokens are asked for where the server was started with `--auth-token` or `--jwt-secret`; "
        "without them those routes are open ([Security](../explanation/security.md)).\n",
        "| method | path | access | what |\n|---|---|---|---|",
    ]
    said = dict(_endpoints(app))
    for method, path in routes_of(app):
        mark = "" if (method, path) in always else "*API* "
        parts.append(
            f"| {method} | `{path}` | {describe_access(method, path)} | {mark}{said[method, path]} |"
        )
    return "\n".join(parts) + "\n"


_WITHOUT_WORDS = {
    ("GET", "/socket.io/{path:path}"): "The Socket.IO channel, where `credentials.yml` names it.",
    ("POST", "/socket.io/{path:path}"): "The Socket.IO channel, by polling.",
    ("WEBSOCKET", "/socket.io/{path:path}"): "The Socket.IO channel, by WebSocket.",
    ("GET", "/docs"): "This API to look at and to try.",
    ("GET", "/openapi.json"): "This API as an OpenAPI document.",
    ("GET", "/web/{path:path}"): "Scripts and styles of the pages.",
}


def _endpoints(app: FastAPI) -> Iterator[tuple[tuple[str, str], str]]:
    """Method and path, and the first line of the docstring; included routers are looked into."""
    yield from _WITHOUT_WORDS.items()
    for entry in app.routes:
        inner = getattr(entry, "original_router", None)
        for route in inner.routes if inner is not None else [entry]:
            words = inspect.getdoc(getattr(route, "endpoint", None))
            for method in getattr(route, "methods", None) or {"WEBSOCKET"}:
                if words:
                    yield (method, route.path), words.split("\n")[0]


def metrics() -> str:
    """Every figure of ``/metrics``."""
    parts = [
        "# Metrics\n",
        "`GET /metrics` gives these figures for Prometheus, added up over all workers. A histogram `x` has "
        "the series `x_bucket`, `x_sum` and `x_count`. Figures that Python's client adds by itself are not "
        "listed.\n",
        "| name | kind | labels | what |\n|---|---|---|---|",
    ]
    for figure in vars(figures).values():
        if isinstance(figure, Counter | Gauge | Histogram):
            name = figure._name + ("_total" if isinstance(figure, Counter) else "")
            labels = ", ".join(f"`{label}`" for label in figure._labelnames) or "–"
            kind = type(figure).__name__.lower()
            parts.append(f"| `{name}` | {kind} | {labels} | {figure._documentation} |")
    return "\n".join(parts) + "\n"


def python() -> str:
    """Every public name with its signature and docstring."""
    parts = [
        "# Python\n",
        "`import chatwright as cw` costs nothing: a name is imported when it is first used. These names are "
        "public and stay; all others may move.\n",
        "```python\n"
        "import asyncio\n\nimport chatwright as cw\n\n\n"
        "async def main() -> None:\n"
        '    bot = await cw.Bot.load(cw.train("mybot").path, project="mybot")\n'
        '    turn = await bot.handle("hi", conversation="ann")\n'
        "    print([reply.text for reply in turn.replies])\n"
        "    await bot.close()\n\n\n"
        "asyncio.run(main())\n```\n",
    ]
    for name in cw.__all__:
        thing = getattr(cw, name)
        if isinstance(thing, str):
            parts.append(f"## `{name}`\n\nThe version, such as `{thing}`.\n")
            continue
        parts.append(f"## `{name}`\n\n{_signature(thing, name)}{_words(thing)}")
        if inspect.isclass(thing):
            for method, found in _methods(thing):
                parts.append(f"### `{name}.{method}`\n\n{_signature(found, method)}{_words(found)}")
    return "\n".join(parts)


def _methods(kind: type) -> Iterator[tuple[str, Any]]:
    """What a class itself says in words; what it only fills in for its base is left out."""
    for name, found in vars(kind).items():
        function = getattr(found, "__func__", found)
        told = inspect.isfunction(function) or isinstance(found, property)
        if told and function.__doc__ and not name.startswith("_"):
            yield name, function


class _Written(str):
    """An annotation that is shown as it is written."""

    __repr__ = str.__str__


def _signature(thing: Any, name: str) -> str:
    if isinstance(thing, property):
        kind = inspect.signature(thing.fget).return_annotation  # pyright: ignore[reportArgumentType]
        return _code(f"{name}: {kind}")
    told = inspect.signature(thing)
    kept = [
        parameter.replace(annotation=_Written(parameter.annotation))
        for parameter in told.parameters.values()
        if parameter.name not in ("self", "cls")
    ]
    result = inspect.Signature.empty if inspect.isclass(thing) else _Written(told.return_annotation)
    start = "async def " if inspect.iscoroutinefunction(thing) else "" if inspect.isclass(thing) else "def "
    line = start + name + str(told.replace(parameters=kept, return_annotation=result))
    if len(line) > 100:
        line = re.sub(r"\((.*)\)( ->.*)?$", _broken, line, flags=re.DOTALL)
    return _code(line)


def _code(line: str) -> str:
    return f"```text\n{line.replace('<factory>', '…')}\n```\n\n"


def _broken(found: re.Match[str]) -> str:
    """Parameters a line each; a comma inside brackets parts nothing."""
    parts, depth = [""], 0
    for character in found[1]:
        depth += (character in "[({") - (character in "])}")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return "(\n" + "".join(f"    {part.strip()},\n" for part in parts) + ")" + (found[2] or "")


_SECTION = re.compile(r"^(Args|Returns|Raises|Example|Source):$")


def _words(thing: Any) -> str:
    """A docstring as Markdown: arguments as a list, examples as code, double back-ticks as single ones."""
    out: list[str] = []
    section = ""
    for line in (inspect.getdoc(thing) or "").replace("``", "`").split("\n"):
        if found := _SECTION.match(line):
            section = found[1]
            out += [f"**{section}**", ""]
        elif section in ("Args", "Raises") and line.startswith("    ") and not line.startswith("     "):
            name, _, rest = line.strip().partition(": ")
            out.append(f"- `{name}`: {rest}" if rest else f"- {name}")
        elif section in ("Args", "Raises") and line.startswith("     "):
            out.append(f"  {line.strip()}")
        else:
            section = section if line.startswith(" ") or not line else ""
            out.append(line)
    return "\n".join(out) + "\n"


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


def measured() -> str:
    """What benchmarks/nlu.py and benchmarks/dialogue.py measured last."""
    sys.path.insert(0, str(BENCHMARKS))
    from _project_rows import project_parts  # pyright: ignore[reportMissingImports]
    from _table import Rows, markdown, peer_figures  # pyright: ignore[reportMissingImports]

    results = BENCHMARKS / "results"
    rows = list(Rows(results / "nlu.json").rows.values())
    projects, decisions = project_parts(list(Rows(results / "dialogue.json").rows.values()))
    return (
        "# Figures\n\n## Understanding\n\n"
        "How well messages are understood, as `chatwright bench nlu` measured it on the test parts of "
        "public data (`benchmarks/DATA.md` tells where they come from). *light* is the base install, "
        "*deep* the joint net of the extra `train`, *encoder* a pre-trained encoder of 23 million "
        "parameters, fine-tuned here; *joint net with encoder* takes its vectors of words as they are, "
        "beside an intent classifier with the fine-tuned one. *linear* is TF-IDF of words and characters with a support vector "
        "machine in the same run, *must* what we set ourselves, *published* the best figure known to us "
        "for models of any size. Seconds are CPU time of one training.\n\n"
        + markdown(rows, peer_figures(results / "nlu_rasa.json"))
        + "\n## Public Rasa projects\n\n"
        "Projects of other people, unchanged (those of Rasa 2 after `chatwright migrate`), trained and "
        "tested by `chatwright bench dialogue --only projects`, beside Rasa 3.6 in the same run: test "
        "conversations passed, seconds of training and testing together (by the clock, which others on "
        "the machine slow down for both, and of the processor), and peak memory. *Times* are Rasa's figure "
        "over ours; 5 and 3 are what we set ourselves. Where Rasa's figures are missing, it was not run.\n\n"
        + projects
        + "\n## Deciding\n\n"
        "`chatwright bench dialogue`. *replay*: conversations recorded from a Rasa server, turn by turn: the "
        "share of turns with the same events, calls of the action server included.\n\n" + decisions
    )


PAGES = {
    "cli.md": cli,
    "figures.md": measured,
    "configuration.md": configuration,
    "http-api.md": http_api,
    "metrics.md": metrics,
    "python.md": python,
    "errors.md": errors,
}


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
