"""Slots and their mappings, from the merged domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatwright.errors import Location, did_you_mean
from chatwright.project.domain import (
    REQUESTED_SLOT,
    SESSION_METADATA_SLOT,
    MappingCondition,
    SlotMapping,
    SlotSpec,
)
from chatwright.project.domain_merge import DomainSource
from chatwright.project.findings import Findings
from chatwright.project.yaml_reader import locate, plain

__all__ = ["MAPPING_TYPES", "SLOT_TYPES", "name_list", "read_slots"]

SLOT_TYPES = ("text", "bool", "categorical", "float", "list", "any")
MAPPING_TYPES = (
    "from_entity", "from_text", "from_intent", "from_trigger_intent", "from_emotion", "from_dialogue_state",
    "from_profile",
    "custom",
)  # fmt: skip

_RASA_CLASSES = {
    "TextSlot": "text",
    "BooleanSlot": "bool",
    "CategoricalSlot": "categorical",
    "FloatSlot": "float",
    "ListSlot": "list",
    "AnySlot": "any",
}
_SLOT_KEYS = (
    "type",
    "initial_value",
    "influence_conversation",
    "values",
    "min_value",
    "max_value",
    "value_reset_delay",
    "mappings",
)
_MAPPING_KEYS = (
    "type", "entity", "role", "group", "intent", "not_intent", "emotion", "min_intensity", "service", "slot",
    "description", "key", "keep", "value", "action", "conditions",
)  # fmt: skip
KEEPS = ("never", "with_consent", "always")
"""Whether a slot goes into the user's profile."""
_KNOWLEDGE_BASE_ACTION = "action_query_knowledge_base"
_KNOWLEDGE_BASE_SLOTS = (
    "knowledge_base_listed_objects",
    "knowledge_base_last_object",
    "knowledge_base_last_object_type",
)


def read_slots(source: DomainSource) -> dict[str, SlotSpec]:
    """All slots in the order of the files, Rasa's default slots last."""
    slots: dict[str, SlotSpec] = {}
    for name, definition in source.sections["slots"].items():
        spec = _slot(name, definition, source.at("slots", name), source.findings)
        if spec is not None:
            slots[name] = spec
    if source.sections["forms"]:
        slots.setdefault(
            REQUESTED_SLOT, SlotSpec(REQUESTED_SLOT, "text", influence_conversation=False, is_default=True)
        )
    defaults = [SESSION_METADATA_SLOT]
    if _KNOWLEDGE_BASE_ACTION in source.sections["actions"]:
        defaults += _KNOWLEDGE_BASE_SLOTS
    for name in defaults:
        slots.setdefault(name, SlotSpec(name, "any", influence_conversation=False, is_default=True))
    return slots


def _slot(name: str, definition: Any, at: Location | None, findings: Findings) -> SlotSpec | None:
    if not isinstance(definition, dict):
        findings.error("bad-slot", f"slot '{name}' needs a type and mappings", at=at, fix="add 'type: text'")
        return None
    kind = _type(name, definition, at, findings)
    if kind in SLOT_TYPES:
        findings.unknown_keys(definition, _SLOT_KEYS, f"slot '{name}'")
    influence = definition.get("influence_conversation")
    if kind == "any" and influence:
        findings.error(
            "any-slot-influences",
            f"slot '{name}' of type any cannot influence the conversation",
            at=locate(definition, "influence_conversation"),
            fix="set influence_conversation: false, or choose another type",
        )
        influence = False
    listed = findings.sequence(definition, "values", f"'values' of slot '{name}'")
    values = tuple(_category(value) for value in listed)
    if kind == "categorical":
        _check_values(name, definition, listed, at, findings)
    return SlotSpec(
        name=name,
        type=kind,
        initial_value=plain(definition.get("initial_value")),
        influence_conversation=kind != "any" if influence is None else bool(influence),
        values=values,
        min_value=_number(name, definition, "min_value", 0.0, findings),
        max_value=_number(name, definition, "max_value", 1.0, findings),
        mappings=_mappings(name, definition, at, findings),
        options={str(key): plain(value) for key, value in definition.items() if key not in _SLOT_KEYS},
        location=at,
    )


def _type(name: str, definition: Any, at: Location | None, findings: Findings) -> str:
    kind = definition.get("type")
    if not isinstance(kind, str):
        findings.error(
            "bad-slot",
            f"slot '{name}' has no type",
            at=at,
            fix=f"add 'type:', one of {', '.join(SLOT_TYPES)}",
        )
        return "any"
    short = _RASA_CLASSES.get(kind.rsplit(".", 1)[-1]) if kind.startswith("rasa.") else None
    if short is None and kind not in SLOT_TYPES and "." not in kind:
        findings.error(
            "unknown-slot-type",
            f"slot '{name}' has the unknown type '{kind}'",
            at=locate(definition, "type"),
            fix=did_you_mean(kind, SLOT_TYPES) or f"types are {', '.join(SLOT_TYPES)}, or module.Class",
        )
        return "any"
    return short or kind


def _category(value: Any) -> str:
    """Categories are compared as lower-case text; ``true`` is the word."""
    return str(value).lower()


def _check_values(
    name: str, definition: Any, listed: list[Any], at: Location | None, findings: Findings
) -> None:
    values = tuple(_category(value) for value in listed)
    if not values:
        findings.warn("no-values", f"categorical slot '{name}' lists no values", at=at, fix="add 'values:'")
    if None in listed:
        findings.warn(
            "null-category",
            f"slot '{name}' has null among its values",
            at=locate(definition, "values"),
            fix="write 'none' in quotes if you mean the word",
        )
    initial = definition.get("initial_value")
    if initial is not None and values and _category(initial) not in values:
        findings.warn(
            "initial-value",
            f"the initial value '{initial}' of slot '{name}' is not among its values",
            at=locate(definition, "initial_value"),
            fix=did_you_mean(_category(initial), values) or "add it to 'values'",
        )


def _number(name: str, definition: Any, key: str, default: float, findings: Findings) -> float:
    value = definition.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        findings.error(
            "wrong-type",
            f"'{key}' of slot '{name}' must be a number",
            at=locate(definition, key),
            fix="write a number",
        )
        return default
    return float(value)


def _mappings(name: str, definition: Any, at: Location | None, findings: Findings) -> tuple[SlotMapping, ...]:
    if definition.get("mappings") is None:
        findings.error(
            "no-mappings",
            f"slot '{name}' has no mappings",
            at=at,
            fix="add 'mappings:' with '- type: from_entity' and the entity, or '- type: custom'",
        )
        return ()
    mappings = findings.sequence(definition, "mappings", f"'mappings' of slot '{name}'")
    found = (_mapping(name, mapping, locate(mappings, i), findings) for i, mapping in enumerate(mappings))
    return tuple(mapping for mapping in found if mapping is not None)


def _mapping(name: str, mapping: Any, at: Location | None, findings: Findings) -> SlotMapping | None:
    kind = mapping.get("type") if isinstance(mapping, dict) else None
    if kind not in MAPPING_TYPES:
        findings.error(
            "unknown-mapping",
            f"slot '{name}' has a mapping of unknown type '{kind}'",
            at=locate(mapping, "type") or at,
            fix=did_you_mean(str(kind), MAPPING_TYPES) or f"types are {', '.join(MAPPING_TYPES)}",
        )
        return None
    findings.unknown_keys(mapping, _MAPPING_KEYS, f"a mapping of slot '{name}'")
    needed = {"from_entity": "entity", "from_intent": "value", "from_trigger_intent": "value"}.get(kind)
    if needed is not None and needed not in mapping:
        findings.error(
            "incomplete-mapping",
            f"a {kind} mapping of slot '{name}' has no '{needed}'",
            at=at,
            fix=f"add '{needed}:'",
        )
        return None
    keep = _text(mapping.get("keep")) or "never"
    if keep not in KEEPS:
        findings.error(
            "wrong-value",
            f"'keep' of a mapping of slot '{name}' is '{keep}'",
            at=locate(mapping, "keep"),
            fix=did_you_mean(keep, KEEPS) or f"write one of {', '.join(KEEPS)}",
        )
        keep = "never"
    return SlotMapping(
        type=kind,
        entity=_text(mapping.get("entity")),
        role=_text(mapping.get("role")),
        group=_text(mapping.get("group")),
        intent=name_list(mapping.get("intent")),
        not_intent=name_list(mapping.get("not_intent")),
        emotion=name_list(mapping.get("emotion")),
        min_intensity=_intensity(name, mapping, findings),
        service=_text(mapping.get("service")),
        slot=_text(mapping.get("slot")),
        description=_text(mapping.get("description")),
        key=_text(mapping.get("key")),
        keep=keep,
        value=plain(mapping.get("value")),
        action=_text(mapping.get("action")),
        conditions=_conditions(name, mapping, findings),
        location=at,
    )


def _intensity(name: str, mapping: Any, findings: Findings) -> int:
    value = mapping.get("min_intensity", 0)
    if value in (0, 1, 2, 3) and not isinstance(value, bool | float):
        return value
    findings.error(
        "bad-intensity",
        f"'min_intensity' of a mapping of slot '{name}' is {value!r}",
        at=locate(mapping, "min_intensity"),
        fix="write 1 (slight), 2 (clear) or 3 (strong)",
    )
    return 0


def _conditions(name: str, mapping: Any, findings: Findings) -> tuple[MappingCondition, ...]:
    conditions = findings.sequence(mapping, "conditions", f"'conditions' of a mapping of slot '{name}'")
    found = []
    for index, condition in enumerate(conditions):
        at = locate(conditions, index)
        fix = "write '- active_loop: form_name', or 'active_loop: null' for no form"
        if not isinstance(condition, Mapping):
            findings.error("bad-condition", f"a condition of slot '{name}' is not a mapping", at=at, fix=fix)
            continue
        if "active_loop" not in condition:
            message = f"a condition of slot '{name}' has no 'active_loop'; it holds while no form is active"
            findings.warn("bad-condition", message, at=at, fix=fix)
        findings.unknown_keys(condition, ("active_loop", "requested_slot"), f"a condition of slot '{name}'")
        found.append(
            MappingCondition(_text(condition.get("active_loop")), _text(condition.get("requested_slot")))
        )
    return tuple(found)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def name_list(value: Any) -> tuple[str, ...]:
    """A name, a list of names, or nothing, as names."""
    if value is None or value == "null":
        return ()
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple(str(item) for item in listed if item is not None)
