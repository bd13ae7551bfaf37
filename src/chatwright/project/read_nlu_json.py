"""NLU training data in Rasa-NLU's JSON format (``rasa_nlu_data``), which Rasa 3.6 still reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chatwright.errors import Location
from chatwright.project.findings import Findings
from chatwright.project.nlu_data import LookupTable, NluExample, RegexFeature
from chatwright.project.read_nlu import NluCollector
from chatwright.schema.understanding import Entity

__all__ = ["read_nlu_json"]

_FOREIGN = {
    "luis_schema_version": "LUIS",
    "utterances": "Wit.ai",
    "data": "Wit.ai",
    "userSays": "Dialogflow",
    "supportedLanguages": "Dialogflow",
}


def read_nlu_json(data: Any, file: str, findings: Findings, into: NluCollector, *, folder: Path) -> None:
    """Add a parsed JSON file to the collected data; ``folder`` is where its lookup files lie."""
    at = Location(file)
    content = data.get("rasa_nlu_data") if isinstance(data, dict) else None
    if not isinstance(content, dict):
        foreign = next(
            (name for key, name in _FOREIGN.items() if isinstance(data, dict) and key in data), None
        )
        findings.warn(
            "unknown-json",
            f"skipped: {f'the {foreign} format' if foreign else 'no NLU data'} is not read",
            at=at,
            fix="convert it to YAML, or move it out of the data folder",
        )
        return
    for kind in ("common_examples", "intent_examples", "entity_examples"):
        for index, item in enumerate(_items(content, kind, at, findings)):
            _example(item, Location(file, key=f"rasa_nlu_data.{kind}[{index}]"), findings, into)
    for item in _items(content, "entity_synonyms", at, findings):
        for words in item.get("synonyms") or ():
            into.add_synonym(str(words), str(item.get("value")), findings, at)
    for item in _items(content, "regex_features", at, findings):
        into.regexes.append(RegexFeature(str(item.get("name")), str(item.get("pattern")), at))
    for item in _items(content, "lookup_tables", at, findings):
        phrases = _phrases(item.get("elements"), at, findings, folder)
        into.lookups.append(LookupTable(str(item.get("name")), phrases, at))


def _items(content: Mapping[str, Any], key: str, at: Location, findings: Findings) -> list[dict[str, Any]]:
    items = content.get(key) or []
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        return items
    findings.error("wrong-type", f"'{key}' must be a list of objects", at=at, fix="correct the JSON")
    return []


def _example(item: Mapping[str, Any], at: Location, findings: Findings, into: NluCollector) -> None:
    text = str(item.get("text") or "")
    if not text.strip():
        findings.warn("no-examples", "an example has no text", at=at, fix="remove it")
        return
    entities = []
    for entry in item.get("entities") or ():
        try:
            entity = Entity.from_json(entry)
        except (KeyError, TypeError, ValueError, AttributeError):
            findings.error(
                "bad-annotation", f"an entity of '{text}' is incomplete", at=at, fix="add 'entity'"
            )
            continue
        if not 0 <= entity.start < entity.end <= len(text):
            findings.error(
                "bad-annotation", f"an entity of '{text}' lies outside the text", at=at, fix="correct it"
            )
            continue
        entities.append(entity)
        if entity.value != text[entity.start : entity.end]:
            into.add_synonym(text[entity.start : entity.end], str(entity.value), findings, at)
    full = str(item.get("intent") or "") or None
    base = full.split("/", 1)[0] if full else None
    into.examples.append(NluExample(text, base, full if full != base else None, tuple(entities), {}, at))


def _phrases(elements: Any, at: Location, findings: Findings, folder: Path) -> tuple[str, ...]:
    """Lookup elements as listed, or one a line from a file beside the JSON."""
    if isinstance(elements, list):
        return tuple(str(element) for element in elements)
    path = folder / str(elements)
    if not path.is_file():
        path = Path(str(elements))
    try:
        return tuple(
            line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()
        )
    except (OSError, UnicodeDecodeError) as error:
        findings.error(
            "unreadable-file", f"lookup file '{elements}' cannot be read: {error}", at=at, fix="add it"
        )
        return ()
