"""What was taught, written into the project's files; comments and everything else there stay."""

from __future__ import annotations

import copy
import fcntl
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml.scalarstring import LiteralScalarString

from chatwright.errors import Location, ProjectError
from chatwright.project.domain_merge import is_domain
from chatwright.project.files import find_files, is_test_file
from chatwright.project.yaml_reader import read_yaml
from chatwright.project.yaml_writer import edit_yaml, styled
from chatwright.teach.lesson import Example

__all__ = ["keep_intent", "keep_lesson", "keep_response"]

VERSION = "3.1"
_LINE_END = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]+")
"""An example is one line; what else YAML cannot hold goes with its ends."""


def keep_lesson(
    root: Path, name: str, steps: Sequence[dict[str, Any]], examples: Iterable[Example]
) -> list[Path]:
    """Append a story, and add each example to those of its intent where it is not there yet.

    The story goes where stories are, else to ``data/stories.yml``; an intent without examples gets them in
    the file of the first ones, else in ``data/nlu.yml``. Where one of the files cannot be read, none is
    written.

    Returns:
        The changed files.

    Raises:
        YamlError: a file is broken.
        ProjectError: a file cannot be written.
    """
    edits: dict[Path, list[Callable[[Any], None]]] = {}
    with _one_at_a_time(root):
        story = styled({"story": name, "steps": list(steps)})
        path = _first_with(root, "stories") or root / "data" / "stories.yml"
        edits[path] = [lambda content: _list_of(content, "stories").append(story)]
        for example in examples:
            path = _file_of_intent(root, example.intent) or _first_with(root, "nlu")
            path = path or root / "data" / "nlu.yml"
            edits.setdefault(path, []).append(partial(_add_example, example=example))
        with ExitStack() as open_files:  # all are read before any is written
            contents = {path: open_files.enter_context(edit_yaml(path)) for path in edits}
            before = copy.deepcopy(contents)
            for path, content in contents.items():
                for edit in edits[path]:
                    edit(content)
            return [path for path, content in contents.items() if content != before[path]]


def keep_intent(root: Path, name: str) -> Path:
    """Declare an intent in the domain; gives the file."""
    return _in_domain(root, "intents", lambda content: content.setdefault("intents", []).append(name))


def keep_response(root: Path, name: str, texts: Mapping[str, str]) -> Path:
    """Declare a response in the domain; gives the file.

    Args:
        texts: language → words; with one language alone it is not named.
    """

    def add(content: Any) -> None:
        named = len(texts) > 1
        content.setdefault("responses", {})[name] = [
            {"text": text, "language": language} if named else {"text": text}
            for language, text in texts.items()
        ]

    return _in_domain(root, "responses", add)


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Others who keep something in this project wait, in whichever thread or process they are."""
    path = root / ".chatwright" / "keep.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise ProjectError(
            f"cannot be written: {error.strerror or error}",
            fix="make the project's folder writable",
            location=Location(str(path)),
        ) from error
    with file as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        yield


def _list_of(content: Any, section: str) -> Any:
    """The entries of a section, begun where there are none."""
    content.setdefault("version", VERSION)
    if not content.get(section):
        content[section] = []
    return content[section]


def _add_example(content: Any, example: Example) -> None:
    text = _LINE_END.sub(" ", example.text).strip()
    entries = _list_of(content, "nlu")
    entry = next((entry for entry in entries if entry.get("intent") == example.intent), None)
    if entry is None:
        entries.append({"intent": example.intent, "examples": LiteralScalarString(f"- {text}\n")})
        return
    there = entry.get("examples") or ""
    if not isinstance(there, str):  # a list of objects with texts and metadata
        if all(text != str(item["text"]).strip().removeprefix("- ") for item in there):
            there.append({"text": LiteralScalarString(f"{text}\n")})
    elif text not in (line.strip().removeprefix("- ").strip() for line in there.splitlines()):
        entry["examples"] = LiteralScalarString(f"{there.rstrip()}\n- {text}\n".lstrip("\n"))


def _in_domain(root: Path, section: str, add: Callable[[Any], None]) -> Path:
    files = [path for path in (root / "domain.yml", root / "domain.yaml") if path.is_file()]
    files = files or [path for path in find_files([root / "domain"]) if is_domain(read_yaml(path).data)]
    path = next((file for file in files if section in read_yaml(file).data), None)
    path = path or (files[0] if files else root / "domain.yml")
    with _one_at_a_time(root), edit_yaml(path) as content:
        content.setdefault("version", VERSION)
        add(content)
    return path


def _data_files(root: Path) -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for path in find_files([root / "data"]):
        if path.suffix.lower() in (".yml", ".yaml") and not is_test_file(path):
            data = read_yaml(path).data
            if isinstance(data, dict):
                found.append((path, data))
    return found


def _first_with(root: Path, section: str) -> Path | None:
    return next((path for path, data in _data_files(root) if isinstance(data.get(section), list)), None)


def _file_of_intent(root: Path, intent: str) -> Path | None:
    for path, data in _data_files(root):
        for entry in data.get("nlu") or ():
            if isinstance(entry, dict) and entry.get("intent") == intent:
                return path
    return None
