"""What was taught, written into the project's files; comments and everything else there stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml.scalarstring import LiteralScalarString

from chatwright.project.domain_merge import is_domain
from chatwright.project.files import find_files, is_test_file
from chatwright.project.yaml_reader import read_yaml
from chatwright.project.yaml_writer import edit_yaml
from chatwright.teach.lesson import Example

__all__ = ["keep_examples", "keep_intent", "keep_response", "keep_story"]

VERSION = "3.1"


def keep_story(root: Path, name: str, steps: Sequence[dict[str, Any]]) -> Path:
    """Append a story; gives the file.

    It goes where stories are, else to ``data/stories.yml``.
    """
    path = _first_with(root, "stories") or root / "data" / "stories.yml"
    with edit_yaml(path) as content:
        content.setdefault("version", VERSION)
        content.setdefault("stories", [])
        content["stories"].append({"story": name, "steps": list(steps)})
    return path


def keep_examples(root: Path, examples: Iterable[Example]) -> list[Path]:
    """Add each example to those of its intent, where it is not there yet; gives the changed files.

    An intent without examples gets them in the file of the first ones, else in ``data/nlu.yml``.
    """
    changed: dict[Path, None] = {}
    for example in examples:
        path = _file_of_intent(root, example.intent) or _first_with(root, "nlu") or root / "data" / "nlu.yml"
        if _add_example(path, example):
            changed[path] = None
    return list(changed)


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


def _add_example(path: Path, example: Example) -> bool:
    with edit_yaml(path) as content:
        content.setdefault("version", VERSION)
        entries = content.setdefault("nlu", [])
        entry = next((entry for entry in entries if entry.get("intent") == example.intent), None)
        if entry is None:
            entries.append({"intent": example.intent, "examples": LiteralScalarString(f"- {example.text}\n")})
            return True
        there = entry.get("examples") or ""
        if not isinstance(there, str):  # a list of objects with texts and metadata
            if any(example.text == str(item["text"]).strip().removeprefix("- ") for item in there):
                return False
            there.append({"text": LiteralScalarString(f"{example.text}\n")})
            return True
        if example.text in (line.strip().removeprefix("- ").strip() for line in there.splitlines()):
            return False
        entry["examples"] = LiteralScalarString(f"{there.rstrip()}\n- {example.text}\n".lstrip("\n"))
        return True


def _in_domain(root: Path, section: str, add: Callable[[Any], None]) -> Path:
    files = [path for path in (root / "domain.yml", root / "domain.yaml") if path.is_file()]
    files = files or [path for path in find_files([root / "domain"]) if is_domain(read_yaml(path).data)]
    path = next((file for file in files if section in read_yaml(file).data), None)
    path = path or (files[0] if files else root / "domain.yml")
    with edit_yaml(path) as content:
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
