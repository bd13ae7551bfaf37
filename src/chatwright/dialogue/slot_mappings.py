"""Filling slots from a message: the part of ``action_extract_slots`` that calls nothing outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import REQUESTED_SLOT, Domain, SlotMapping, SlotSpec
from chatwright.schema.events import SlotSet, UserUttered
from chatwright.schema.understanding import Entity

__all__ = ["SlotExtraction", "extract_slots", "slots_for_entities"]


@dataclass(frozen=True, slots=True)
class SlotExtraction:
    """What a message fills, and which custom actions must be asked."""

    events: tuple[SlotSet, ...]
    custom_actions: tuple[str, ...]
    """Actions named by ``custom`` mappings that apply now, each once."""


def extract_slots(tracker: Tracker, domain: Domain) -> SlotExtraction:
    """Apply the mappings of all slots, in the order of the domain, to the latest message.

    For each slot the first mapping that gives a value wins.
    """
    message = tracker.latest_message
    if message is None:
        return SlotExtraction((), ())
    events, custom = [], []
    for spec in domain.slots.values():
        if spec.is_default:
            continue
        for mapping in spec.mappings:
            if not _applies(mapping, spec, tracker, domain, message):
                continue
            if mapping.type == "custom":
                if mapping.action and mapping.action not in custom:
                    custom.append(mapping.action)
                continue
            values = _values(mapping, message)
            if values:
                events.append(SlotSet(name=spec.name, value=_chosen(spec, mapping, values)))
                break
    return SlotExtraction(tuple(events), tuple(custom))


def slots_for_entities(domain: Domain, entities: Sequence[Entity]) -> list[SlotSet]:
    """Slots that the entities of a user step in a story fill by themselves."""
    if not domain.store_entities_as_slots:
        return []
    out = []
    for spec in domain.slots.values():
        for mapping in spec.mappings:
            if mapping.type != "from_entity":
                continue
            if mapping.conditions and mapping.conditions[0].active_loop is not None:
                continue
            values = [e.value for e in entities if _matches(mapping, e)]
            if values:
                out.append(SlotSet(name=spec.name, value=_chosen(spec, mapping, values)))
                break
    return out


def _applies(
    mapping: SlotMapping, spec: SlotSpec, tracker: Tracker, domain: Domain, message: UserUttered
) -> bool:
    form = domain.forms.get(tracker.active_loop_name or "")
    intent = message.intent
    if mapping.type == "from_entity" and mapping.entity not in domain.entities:
        return False
    if mapping.intent:
        if intent not in mapping.intent:
            return False
    else:
        refused = {*mapping.not_intent, *(form.ignored_intents if form else ())}
        if intent in refused:
            return False
    if mapping.type == "from_trigger_intent":
        return _form_is_starting(mapping, spec, tracker)
    if mapping.conditions and not any(
        condition.active_loop == tracker.active_loop_name
        and (
            condition.requested_slot is None or condition.requested_slot == tracker.slots.get(REQUESTED_SLOT)
        )
        for condition in mapping.conditions
    ):
        return False
    if form is not None and mapping.type == "from_entity" and spec.name in form.required_slots:
        requested = tracker.slots.get(REQUESTED_SLOT)
        if requested != spec.name and not _is_unique(mapping, spec.name, form.required_slots, domain):
            return False
    return True


def _form_is_starting(mapping: SlotMapping, spec: SlotSpec, tracker: Tracker) -> bool:
    """``from_trigger_intent`` fills a slot of the active loop by the message that started it."""
    loop = tracker.active_loop
    if loop is None or tracker.latest_action_name == loop.name:
        return False
    if mapping.conditions:
        return any(condition.active_loop == loop.name for condition in mapping.conditions)
    form = tracker.domain.forms.get(loop.name)
    return form is not None and spec.name in form.required_slots


def _is_unique(mapping: SlotMapping, slot: str, required: Sequence[str], domain: Domain) -> bool:
    """Whether no other slot of the form is filled by the same entity, role and group."""
    same = [
        other
        for other in required
        if (spec := domain.slots.get(other))
        for m in spec.mappings
        if m.type == "from_entity"
        and (m.entity, m.role, m.group) == (mapping.entity, mapping.role, mapping.group)
    ]
    return set(same) == {slot}


def _values(mapping: SlotMapping, message: UserUttered) -> list[Any]:
    if mapping.type == "from_entity":
        return [e.value for e in message.understanding.entities if _matches(mapping, e)]
    if mapping.type == "from_text":
        return [message.text] if message.text else []
    return [mapping.value]


def _matches(mapping: SlotMapping, entity: Entity) -> bool:
    return (entity.entity, entity.role, entity.group) == (mapping.entity, mapping.role, mapping.group)


def _chosen(spec: SlotSpec, mapping: SlotMapping, values: Sequence[Any]) -> Any:
    """All values for a list slot, else the last."""
    if spec.type == "list":
        return list(values) if mapping.type == "from_entity" else values[-1]
    return values[-1]
