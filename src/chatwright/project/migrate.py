"""A Rasa 2.x project rewritten as a Rasa 3.x one: ``chatwright migrate``.

Domain, configuration and versions are changed in place, comments and order kept; what a changed file was
stays in ``.rasa2/``. What has no equivalent is said, not guessed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatwright.project.domain_legacy import lift_rasa_2
from chatwright.project.domain_merge import DomainSource, is_domain
from chatwright.project.files import find_files
from chatwright.project.findings import Findings
from chatwright.project.migrate_config import migrate_config
from chatwright.project.yaml_reader import plain, read_yaml
from chatwright.project.yaml_writer import edit_yaml, write_yaml

__all__ = ["Migration", "migrate"]

VERSION = "3.1"
BACKUP = ".rasa2"
"""Folder of the files as they were; hidden, so that it is not read as data."""
RULES_FILE = "data/migrated_rules.yml"


@dataclass(slots=True)
class Migration:
    """What was changed, and what a person has to do."""

    changes: list[str] = field(default_factory=list)
    """``file: what was done``"""
    left: list[str] = field(default_factory=list)
    """What has no equivalent, each with what to do."""


def migrate(root: Path, *, dry_run: bool = False) -> Migration:
    """Rewrite the project's files.

    Args:
        root: folder of the project, with ``config.yml``, ``domain.yml`` (or ``domain/``) and ``data/``.
        dry_run: only say what would be done.

    Raises:
        ProjectInvalid: a file cannot be read as YAML; nothing was changed.
    """
    done = Migration()
    work = _Work(root, done, dry_run)
    files = [path for path in find_files([root]) if _is_ours(path, root)]
    findings = Findings()
    read = {
        path: findings.read(lambda path=path: read_yaml(path)) for path in files if path.suffix != ".json"
    }
    findings.raise_errors()
    documents = {path: doc.data for path, doc in read.items() if doc and isinstance(doc.data, dict)}
    source = DomainSource(Findings())
    for data in documents.values():
        if is_domain(data):
            source.add(data)
    triggers = _triggers(source)
    lift_rasa_2(source)
    for path, data in documents.items():
        if is_domain(data):
            work.edit(path, lambda content: _write_domain(content, source))
    rules = []
    if (root / "config.yml") in documents:
        work.edit(root / "config.yml", lambda content: migrate_config(content, rules, done.left))
    rules += [_rule(f"{intent} triggers {action}", intent, action) for intent, action in triggers.items()]
    if rules:
        work.add_rules(rules)
    for path, data in documents.items():
        if _is_older(data.get("version")):
            work.edit(path, _write_version)
    _report_markdown(root, done)
    return done


class _Work:
    """Edits files, keeping what they were."""

    def __init__(self, root: Path, done: Migration, dry_run: bool) -> None:
        self._root = root
        self._done = done
        self._dry_run = dry_run

    def edit(self, path: Path, change: Any) -> None:
        """Apply a change that says what it did, line by line."""
        name = path.relative_to(self._root).as_posix()
        if self._dry_run:
            said = change(plain(read_yaml(path).data))
        else:
            backup = self._root / BACKUP / name
            before = path.read_bytes()
            with edit_yaml(path) as content:
                said = change(content)
            if path.read_bytes() != before and not backup.exists():
                backup.parent.mkdir(parents=True, exist_ok=True)
                backup.write_bytes(before)
                shutil.copystat(path, backup)
        self._done.changes += [f"{name}: {sentence}" for sentence in said]

    def add_rules(self, rules: list[dict[str, Any]]) -> None:
        """Rules that say what Rasa 2's policies did."""
        names = ", ".join(str(rule["rule"]) for rule in rules)
        self._done.changes.append(f"{RULES_FILE}: rules added: {names}")
        if not self._dry_run:
            write_yaml(self._root / RULES_FILE, {"version": VERSION, "rules": rules})


def _is_ours(path: Path, root: Path) -> bool:
    return not {"models", "results", "node_modules", "venv", "env"} & set(path.relative_to(root).parts)


def _triggers(source: DomainSource) -> dict[str, str]:
    """Intent → action of the MappingPolicy."""
    found = {}
    for name, item in source.sections["intents"].items():
        options = next(iter(item.values()), None) if isinstance(item, dict) else None
        if isinstance(options, dict) and options.get("triggers"):
            found[name] = str(options["triggers"])
    return found


def _write_domain(content: Any, source: DomainSource) -> list[str]:
    """The lifted definitions of what stands in this file."""
    said = []
    if "templates" in content:
        content["responses"] = {**content.pop("templates"), **(content.get("responses") or {})}
        said.append("'templates' is now 'responses'")
    forms = content.get("forms")
    if isinstance(forms, list):
        forms = content["forms"] = {str(form): {"required_slots": []} for form in forms}
        said.append("'forms' is a mapping; list each form's slots under 'required_slots'")
    slots_of_forms: dict[str, None] = {}
    for name, definition in (forms or {}).items():
        lifted = plain(source.sections["forms"].get(str(name)))
        slots_of_forms |= dict.fromkeys((lifted or {}).get("required_slots") or ())
        if plain(definition) != lifted and lifted is not None:
            forms[name] = lifted
            said.append(f"form '{name}' lists its slots; their mappings stand with the slots")
    if "slots" in content or slots_of_forms:
        slots = content.get("slots") or {}
        for name in slots_of_forms:
            if name not in slots and source.at("slots", name) is None:
                slots[name] = {}
        for name, definition in slots.items():
            lifted = plain(source.sections["slots"].get(str(name)))
            if isinstance(lifted, dict) and plain(definition) != lifted:
                slots[name] = lifted
                said.append(f"slot '{name}' has mappings: {_kinds(lifted)}")
        content["slots"] = slots
    for item in content.get("intents") or ():
        options = next(iter(item.values()), None) if isinstance(item, dict) else None
        if isinstance(options, dict) and options.pop("triggers", None):
            said.append(f"intent '{next(iter(item))}' has a rule instead of 'triggers'")
    if content.get("intents"):
        content["intents"] = [_without_empty_options(item) for item in content["intents"]]
    return said


def _kinds(slot: dict[str, Any]) -> str:
    return ", ".join(dict.fromkeys(str(mapping.get("type")) for mapping in slot.get("mappings") or ()))


def _without_empty_options(item: Any) -> Any:
    """``- greet: {}`` is ``- greet``."""
    return next(iter(item)) if isinstance(item, dict) and not next(iter(item.values())) else item


def _rule(name: str, intent: str, action: str) -> dict[str, Any]:
    return {"rule": name, "steps": [{"intent": intent}, {"action": action}]}


def _is_older(version: Any) -> bool:
    try:
        return version is not None and float(str(version)) < float(VERSION)
    except ValueError:
        return False


def _write_version(content: Any) -> Iterable[str]:
    content["version"] = VERSION
    return [f"version {VERSION}"]


def _report_markdown(root: Path, done: Migration) -> None:
    for path in sorted((root / "data").rglob("*.md")) if (root / "data").is_dir() else ():
        head = path.read_text("utf-8", errors="replace")[:4000]
        if any(
            line.startswith(("## intent:", "## lookup:", "## regex:", "* ")) for line in head.splitlines()
        ):
            done.left.append(
                f"{path.relative_to(root).as_posix()}: Markdown training data of Rasa 1 is not read; "
                "write it as YAML (intents: '## intent:x' → 'nlu:', stories: '* x' → 'intent: x')"
            )
