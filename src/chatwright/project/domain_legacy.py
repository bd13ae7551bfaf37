"""Leftovers of Rasa 2 in a domain, read as ``rasa data migrate`` would rewrite them.

Slots without mappings (``auto_fill``), slot mappings inside forms, and ``unfeaturized`` slots. Each gives a
warning that says what to change.
"""

from __future__ import annotations

from typing import Any

from chatwright.project.domain_merge import DomainSource
from chatwright.project.yaml_reader import YamlMap, plain

__all__ = ["lift_rasa_2"]

_CODE = "rasa-2-leftover"


def lift_rasa_2(source: DomainSource) -> None:
    """Bring the merged sections to Rasa 3.1's form."""
    from_forms = {
        slot: mappings
        for name, definition in source.sections["forms"].items()
        for slot, mappings in _form_mappings(source, name, definition)
    }
    for name in from_forms:
        if name not in source.sections["slots"]:
            source.replace("slots", name, {"type": "text", "influence_conversation": False})
    for name, definition in list(source.sections["slots"].items()):
        if isinstance(definition, dict):
            _lift_slot(source, name, definition, from_forms.get(name, []))


def _form_mappings(source: DomainSource, form: str, definition: Any) -> list[tuple[str, list[Any]]]:
    """Slot mappings written inside a form; the form is rewritten to list its slots."""
    if not isinstance(definition, dict):
        return []
    inside = definition.get("required_slots")
    if inside is None and "required_slots" not in definition:
        inside = {
            key: value
            for key, value in definition.items()
            if isinstance(value, list) and key != "ignored_intents"
        }
    if not isinstance(inside, dict) or not inside:
        return []
    source.findings.warn(
        _CODE,
        f"form '{form}' holds slot mappings, as in Rasa 2; they are read as mappings of the slots",
        at=source.at("forms", form),
        fix="list the slots under 'required_slots:' and move the mappings to the slots, each with the"
        f" condition 'active_loop: {form}'",
    )
    lifted: dict[str, Any] = {"required_slots": [str(slot) for slot in inside]}
    if definition.get("ignored_intents"):
        lifted["ignored_intents"] = definition["ignored_intents"]
    source.replace("forms", form, lifted)
    return [(str(slot), _conditional(str(slot), form, mappings)) for slot, mappings in inside.items()]


def _conditional(slot: str, form: str, mappings: Any) -> list[Any]:
    """A form's mappings of a slot, bound to the form; without any, the entity of the slot's name."""
    entries = (
        mappings if isinstance(mappings, list) and mappings else [{"type": "from_entity", "entity": slot}]
    )
    bound = []
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        condition = {"active_loop": form}
        if entry.get("type") == "from_text":
            condition["requested_slot"] = slot
        bound.append({**plain(entry), "conditions": [condition]})
    return bound


def _lift_slot(source: DomainSource, name: str, definition: dict[Any, Any], from_forms: list[Any]) -> None:
    changes: dict[str, Any] = {}
    if definition.get("type") == "unfeaturized":
        changes |= {"type": "any", "influence_conversation": False}
        source.findings.warn(
            _CODE,
            f"slot '{name}' is 'unfeaturized', which Rasa 2 renamed; it is read as 'any'",
            at=source.at("slots", name),
            fix="write 'type: any' and 'influence_conversation: false'",
        )
    if definition.get("mappings") is None:
        automatic = definition.get("auto_fill", True) is not False and name in source.sections["entities"]
        own = [{"type": "from_entity", "entity": name}] if automatic else []
        changes["mappings"] = [*from_forms, *(m for m in own if m not in from_forms)] or [{"type": "custom"}]
        kinds = ", ".join(dict.fromkeys(str(mapping.get("type")) for mapping in changes["mappings"]))
        source.findings.warn(
            _CODE,
            f"slot '{name}' has no mappings, as in Rasa 2; it is filled {kinds}",
            at=source.at("slots", name),
            fix="add 'mappings:' to the slot; Rasa 3 refuses it without",
        )
    elif from_forms:
        changes["mappings"] = [*definition["mappings"], *from_forms]
    if changes:
        lifted = (
            definition.with_keys(**changes) if isinstance(definition, YamlMap) else {**definition, **changes}
        )
        lifted.pop("auto_fill", None)
        source.replace("slots", name, lifted)
