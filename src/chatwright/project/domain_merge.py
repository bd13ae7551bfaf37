"""Joins the domain files of a project into one domain in Rasa's format, remembering where each name stands.

Lists are united and mappings merged, the first definition wins. A name twice in one file is an error, in two
files a warning (Rasa 3.6 does the same).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatwright.errors import Location
from chatwright.project.findings import Findings
from chatwright.project.yaml_reader import YamlMap, locate, plain

__all__ = ["DOMAIN_KEYS", "DomainSource", "is_domain"]

_LISTS = ("intents", "entities", "actions", "e2e_actions")
_MAPPINGS = ("slots", "responses", "forms")
_SESSION_DEFAULTS = {"session_expiration_time": 60, "carry_over_slots_to_new_session": True}
DOMAIN_KEYS = (*_LISTS, *_MAPPINGS, "session_config", "config", "version", "templates")
"""Top-level keys that a domain file may have; ``templates`` is what Rasa 1.x called ``responses``."""


def is_domain(data: Any) -> bool:
    """Whether a parsed file is a domain file, by its top-level keys."""
    keys = (*_LISTS, *_MAPPINGS, "session_config", "templates")
    return isinstance(data, Mapping) and any(key in data for key in keys)


class DomainSource:
    """The merged sections. ``sections[section][name]`` is the definition as it stands in the file."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.sections: dict[str, dict[str, Any]] = {section: {} for section in (*_LISTS, *_MAPPINGS)}
        self.session: dict[str, Any] = {}
        self.config: dict[str, Any] = {}
        self.places: dict[tuple[str, str], Location] = {}

    def add(self, data: Any) -> None:
        """Merge one parsed domain file, or a domain as JSON."""
        if "templates" in data and isinstance(data, YamlMap):
            self.findings.warn(
                "rasa-2-leftover",
                "'templates' was renamed to 'responses' in Rasa 2 and is read as such",
                at=data.location("templates"),
                fix="rename the key to 'responses'",
            )
        for section in _LISTS:
            self._add_list(data, section)
        for section in _MAPPINGS:
            self._add_mapping(data, section, section)
        self._add_mapping(data, "templates", "responses")
        for name, target in (("session_config", self.session), ("config", self.config)):
            for key, value in self.findings.mapping(data, name, f"'{name}'").items():
                if key not in target or target[key] == _SESSION_DEFAULTS.get(key):
                    target[key] = value
                    self._place(name, key, locate(data[name], key))

    def add_responses(self, responses: Any) -> None:
        """Responses that stand beside NLU data; those of the domain win."""
        self._add_mapping({"responses": responses}, "responses", "responses")

    def add_e2e_actions(self, texts: list[str]) -> None:
        """Bot texts of end-to-end stories are actions."""
        for text in texts:
            self.sections["e2e_actions"].setdefault(text, text)

    def replace(self, section: str, name: str, definition: Any) -> None:
        """Put another definition in the place of one that was read."""
        self.sections[section][name] = definition

    def at(self, section: str, name: str) -> Location | None:
        """Where a name is defined."""
        return self.places.get((section, name))

    def to_json(self) -> dict[str, Any]:
        """The domain in Rasa's JSON format."""
        out: dict[str, Any] = {"version": "3.1"}
        for section in _LISTS:
            out[section] = [plain(item) for item in self.sections[section].values()]
        for section in _MAPPINGS:
            out[section] = plain(self.sections[section])
        out["session_config"] = _SESSION_DEFAULTS | plain(self.session)
        if self.config:
            out["config"] = plain(self.config)
        return out

    def _add_list(self, data: Any, section: str) -> None:
        seen: dict[str, Location | None] = {}
        items = self.findings.sequence(data, section, f"'{section}'")
        for index, item in enumerate(items):
            at = locate(items, index)
            name = _item_name(item)
            if name is None:
                self.findings.error(
                    "bad-domain-item",
                    f"an item of '{section}' must be a name, or a name with options",
                    at=at,
                    fix="write '- name', or '- name:' with its options indented below",
                )
                continue
            if isinstance(item, dict) and item[next(iter(item))] is None:
                self.findings.error(
                    "empty-options",
                    f"'{name}' ends with a colon but has no options",
                    at=at,
                    fix="remove the colon",
                )
                item = name
            if name in seen:
                self.findings.error(
                    "duplicate-name", f"'{name}' stands twice in '{section}', first at {seen[name]}", at=at,
                    fix="remove one of them",
                )  # fmt: skip
                continue
            seen[name] = at
            self._keep(section, name, item if isinstance(item, dict) else name, at)

    def _add_mapping(self, data: Any, key: str, section: str) -> None:
        entries = data.get(key)
        if section == "forms" and isinstance(entries, list):
            entries = self._forms_as_list(data, entries)
        else:
            entries = self.findings.mapping(data, key, f"'{key}'")
        for name, definition in entries.items():
            self._keep(section, str(name), definition, locate(entries, name))

    def _forms_as_list(self, data: Any, forms: list[Any]) -> dict[str, Any]:
        self.findings.warn(
            "rasa-2-leftover",
            "'forms' is a list, as in Rasa 1; the forms are read as custom actions",
            at=locate(data, "forms"),
            fix="write 'forms:' as a mapping, each form with its 'required_slots'",
        )
        return {str(name): {"required_slots": []} for name in map(_item_name, forms) if name}

    def _keep(self, section: str, name: str, definition: Any, at: Location | None) -> None:
        kept = self.sections[section]
        if name in kept:
            self.findings.warn(
                "duplicate-name",
                f"'{name}' of '{section}' is defined again; the one at {self.at(section, name)} is used",
                at=at,
                fix="remove one of them",
            )
            return
        kept[name] = definition
        self._place(section, name, at)

    def _place(self, section: str, name: str, at: Location | None) -> None:
        if at is not None:
            self.places[(section, name)] = at


def _item_name(item: Any) -> str | None:
    if isinstance(item, dict):
        return str(next(iter(item))) if len(item) == 1 else None
    return None if item is None or isinstance(item, list) else str(item)
