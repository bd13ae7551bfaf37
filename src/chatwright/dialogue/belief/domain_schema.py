"""A project's domain as the schema of a state tracker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chatwright.dialogue.belief.candidates import SEVERAL
from chatwright.dialogue.belief.schema import DONTCARE, Schema, SlotKey, SlotSchema
from chatwright.dialogue.slots import kind_of
from chatwright.project.domain import Domain, SlotMapping, SlotSpec
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Entity

__all__ = ["domain_schema", "from_slot", "span_kind", "to_slot", "tracked_slots"]

_TRUTH = {"true": True, "false": False}


def tracked_slots(domain: Domain) -> dict[str, SlotKey]:
    """Slot of the bot → what it holds of the dialogue's state.

    The service is the mapping's, else the first form that asks for the slot, else none has a name.
    """
    return {
        spec.name: (mapping.service or _form(spec.name, domain), mapping.slot or spec.name)
        for spec in domain.slots.values()
        if (mapping := _mapping(spec)) is not None
    }


def domain_schema(domain: Domain, nlu: NluData) -> Schema:
    """The schema of the slots that have a ``from_dialogue_state`` mapping.

    Values and how they are written come from the slot's ``values``, and from the annotated examples, lookup
    tables and synonyms of the entities that may fill it: those of its ``from_entity`` mappings, and one of
    its own name.
    """
    slots: dict[SlotKey, SlotSchema] = {}
    for name, key in tracked_slots(domain).items():
        spec = domain.slots[name]
        mapping = _mapping(spec)
        kind = kind_of(spec)
        kinds = {name, key[1]} | {_label(m.entity, m.role) for m in spec.mappings if m.entity}
        values = _values(spec, kind, kinds, nlu)
        slots[key] = SlotSchema(
            service=key[0],
            name=key[1],
            description=(mapping.description if mapping else None) or "",
            values=values,
            closed=kind in ("categorical", "bool"),
            kinds=frozenset(kinds | ({"number"} if kind == "float" else set())),
            open=kind in ("text", "any", "list") and not values and kinds.isdisjoint(domain.entities),
            several=kind == "list",
        )
    return Schema(tuple(slots.values()))


def span_kind(entity: Entity) -> str:
    """The kind of span that an entity is: ``city``, ``city#from``."""
    return _label(entity.entity, entity.role)


def to_slot(spec: SlotSpec, value: str) -> Any:
    """A tracked value as the slot holds it; None empties it, and stands for what it cannot hold."""
    kind = kind_of(spec)
    if not value or (value == DONTCARE and kind in ("bool", "float")):
        return None
    if kind == "bool":
        return _TRUTH.get(value)
    if kind == "float":
        try:
            return float(value)
        except ValueError:
            return None
    if kind == "list" and value != DONTCARE:
        return value.split(SEVERAL)
    return value


def from_slot(value: Any) -> str:
    """The inverse of ``to_slot``; empty where the slot is."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return SEVERAL.join(sorted(map(str, value)))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _mapping(spec: SlotSpec) -> SlotMapping | None:
    return next((mapping for mapping in spec.mappings if mapping.type == "from_dialogue_state"), None)


def _form(slot: str, domain: Domain) -> str:
    found = next((form.name for form in domain.forms.values() if slot in form.required_slots), "")
    return found.removesuffix("_form")


def _label(entity: str | None, role: str | None) -> str:
    return f"{entity}#{role}" if role else str(entity)


def _values(spec: SlotSpec, kind: str, kinds: Iterable[str], nlu: NluData) -> Mapping[str, list[str]]:
    if kind == "bool":
        return {"true": [], "false": []}
    if kind == "float":
        return {}
    forms: dict[str, set[str]] = {str(value): set() for value in spec.values if value not in (None, DONTCARE)}
    closed = bool(forms)
    names = {label.split("#", 1)[0] for label in kinds}
    written = [
        (str(entity.value), example.text[entity.start : entity.end])
        for example in nlu.examples
        for entity in example.entities
        if span_kind(entity) in kinds
    ]
    written += [(phrase, phrase) for table in nlu.lookups if table.name in names for phrase in table.phrases]
    for value, form in written:
        known = nlu.synonyms.get(value, value)
        known = known.lower() if closed and known not in forms else known
        if known in forms or not closed:
            forms.setdefault(known, set()).add(form)
    for form, value in nlu.synonyms.items():
        if value in forms:
            forms[value].add(form)
    return {value: sorted(found - {value}) for value, found in forms.items()}
