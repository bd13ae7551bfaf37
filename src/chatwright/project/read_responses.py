"""Responses and their variations, from the merged domain."""

from __future__ import annotations

from typing import Any

from chatwright.errors import Location
from chatwright.project.domain import ResponseVariation
from chatwright.project.domain_merge import DomainSource
from chatwright.project.findings import Findings
from chatwright.project.yaml_reader import locate, plain

__all__ = ["CONTENT_KEYS", "read_responses"]

CONTENT_KEYS = ("text", "image", "buttons", "quick_replies", "custom", "attachment", "elements")
"""A variation needs at least one of these."""
_LISTS = ("buttons", "quick_replies", "elements")
_NOT_CONTENT = ("channel", "condition", "language", "id", "metadata")


def read_responses(source: DomainSource) -> dict[str, tuple[ResponseVariation, ...]]:
    """All responses in the order of the files."""
    responses = {}
    for name, variations in source.sections["responses"].items():
        at = source.at("responses", name)
        if not isinstance(variations, list):
            source.findings.error(
                "bad-response",
                f"response '{name}' must be a list of variations",
                at=at,
                fix="write '- text: …' below it",
            )
            continue
        found = (
            _variation(name, item, locate(variations, i), source.findings)
            for i, item in enumerate(variations)
        )
        responses[name] = tuple(variation for variation in found if variation is not None)
    return responses


def _variation(name: str, item: Any, at: Location | None, findings: Findings) -> ResponseVariation | None:
    if not isinstance(item, dict) or not any(key in item for key in CONTENT_KEYS):
        findings.error(
            "bad-response",
            f"a variation of '{name}' has none of {', '.join(CONTENT_KEYS)}",
            at=at,
            fix="write '- text: …'",
        )
        return None
    findings.unknown_keys(item, (*CONTENT_KEYS, "button_type", *_NOT_CONTENT), f"a variation of '{name}'")
    text = item.get("text")
    if "text" in item and not isinstance(text, str):
        findings.error(
            "bad-response",
            f"the text of a variation of '{name}' is {'empty' if text is None else 'not text'}",
            at=locate(item, "text"),
            fix="put it in quotes",
        )
        return None
    lists = {key: _mappings(item, key, name, findings) for key in _LISTS if key in item}
    return ResponseVariation(
        content={
            str(key): plain(lists.get(key, value)) for key, value in item.items() if key not in _NOT_CONTENT
        },
        channel=_text(item.get("channel")),
        condition=_conditions(name, item, findings),
        language=_text(item.get("language")),
        id=_text(item.get("id")),
        metadata=plain(item.get("metadata")),
        location=at,
    )


def _mappings(item: Any, key: str, name: str, findings: Findings) -> list[Any]:
    """A list of mappings, such as buttons; what is not one is reported and left out."""
    entries = findings.sequence(item, key, f"'{key}' of '{name}'")
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            findings.error(
                "bad-response",
                f"an item of '{key}' of '{name}' is not a mapping",
                at=locate(entries, index),
                fix="write '- title: …' and 'payload: …'" if key == "buttons" else "write '- key: value'",
            )
    return [entry for entry in entries if isinstance(entry, dict)]


def _conditions(name: str, item: Any, findings: Findings) -> tuple[dict[str, Any], ...]:
    conditions = findings.sequence(item, "condition", f"'condition' of '{name}'")
    found = []
    for index, condition in enumerate(conditions):
        if not isinstance(condition, dict) or "name" not in condition:
            findings.error(
                "bad-condition",
                f"a condition of '{name}' needs 'type', 'name' and 'value'",
                at=locate(conditions, index),
                fix="write '- type: slot', 'name: the_slot' and 'value: …'",
            )
            continue
        found.append({"type": "slot", "value": None, **plain(condition)})
    return tuple(found)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
