"""Filling slots from a message: the part of ``action_extract_slots`` that calls nothing outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.dialogue.belief.dialogue_state import DialogueState
from chatwright.dialogue.profile import initial_values
from chatwright.dialogue.slots import kind_of
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import REQUESTED_SLOT, Domain, FormSpec, SlotMapping, SlotSpec
from chatwright.schema.events import SlotSet, UserUttered
from chatwright.schema.understanding import Emotion, Entity

__all__ = ["SlotExtraction", "extract_slots", "slots_for_entities"]


@dataclass(frozen=True, slots=True)
class SlotExtraction:
    """What a message fills, and which custom actions must be asked."""

    events: tuple[SlotSet, ...]
    custom_actions: tuple[str, ...]
    """Actions named by ``custom`` mappings that apply now, each once."""


def extract_slots(tracker: Tracker, domain: Domain, state: DialogueState | None = None) -> SlotExtraction:
    """Apply the mappings of all slots, in the order of the domain, to the latest message.

    For each slot the first mapping that gives a value wins (rasa.core.actions.action.ActionExtractSlots).

    Args:
        state: what fills the slots with a ``from_dialogue_state`` mapping.
    """
    message = tracker.latest_message
    if message is None:
        return SlotExtraction((), ())
    events, custom = [], []
    changes = state.changes(tracker) if state else {}
    for spec in domain.slots.values():
        if spec.is_default or spec.name == REQUESTED_SLOT:
            continue
        for mapping in spec.mappings:
            if not _applies(mapping, spec, tracker, domain, message):
                continue
            if mapping.type == "from_dialogue_state" and spec.name in changes:
                events.append(changes[spec.name])
                break
            if mapping.type == "custom" and mapping.action and mapping.action not in custom:
                custom.append(mapping.action)
            values = _values(mapping, message)
            if mapping.type == "from_profile":
                values = initial_values(spec, mapping, tracker.profile, tracker.slots.get(spec.name))
            if values and (values[-1] is not None or tracker.slots.get(spec.name) is not None):
                events.append(SlotSet(name=spec.name, value=_chosen(spec, values)))
                break
    return SlotExtraction(tuple(events), tuple(custom))


def slots_for_entities(domain: Domain, entities: Sequence[Entity]) -> list[SlotSet]:
    """Slots that the entities of a story's user step fill by themselves (Rasa: Domain.slots_for_entities)."""
    if not domain.store_entities_as_slots:
        return []
    out = []
    for spec in domain.slots.values():
        values = [
            entity.value
            for mapping in spec.mappings
            if mapping.type == "from_entity"
            and not (mapping.conditions and mapping.conditions[0].active_loop is not None)
            for entity in entities
            if _matches(mapping, entity)
        ]
        if values:
            out.append(SlotSet(name=spec.name, value=_chosen(spec, values)))
    return out


def _applies(
    mapping: SlotMapping, spec: SlotSpec, tracker: Tracker, domain: Domain, message: UserUttered
) -> bool:
    if mapping.type == "from_entity" and mapping.entity not in domain.entities:
        return False
    if mapping.type == "from_intent" and any(intent not in domain.intents for intent in mapping.intent):
        return False
    form = domain.forms.get(tracker.active_loop_name or "")
    if not _intent_fits(mapping, form, message.intent):
        return False
    if mapping.type == "from_trigger_intent":
        loops = [condition.active_loop for condition in mapping.conditions]
        return tracker.active_loop_name is not None and (not loops or tracker.active_loop_name in loops)
    return _conditions_hold(mapping, spec, tracker) and _is_clear(mapping, spec, tracker, form, domain)


def _intent_fits(mapping: SlotMapping, form: FormSpec | None, intent: str | None) -> bool:
    if mapping.intent:
        return intent in mapping.intent
    if intent in mapping.not_intent:
        return False
    if form is None or intent not in form.ignored_intents:
        return True
    return bool(mapping.conditions) and all(c.active_loop != form.name for c in mapping.conditions)


def _conditions_hold(mapping: SlotMapping, spec: SlotSpec, tracker: Tracker) -> bool:
    """Any condition suffices; none holds for the requested slot of a form that has just declined."""
    if not mapping.conditions:
        return True
    requested = tracker.slots.get(REQUESTED_SLOT)
    if tracker.active_loop is not None and tracker.active_loop.rejected and requested == spec.name:
        return False
    return any(
        condition.active_loop == tracker.active_loop_name
        and (
            condition.active_loop is None
            or condition.requested_slot is None
            or condition.requested_slot == requested
        )
        for condition in mapping.conditions
    )


def _is_clear(
    mapping: SlotMapping, spec: SlotSpec, tracker: Tracker, form: FormSpec | None, domain: Domain
) -> bool:
    """In a form, an entity fills a slot that was not asked for only by a mapping that no other slot has."""
    if form is None or mapping.type != "from_entity" or spec.name not in form.required_slots:
        return True
    if tracker.slots.get(REQUESTED_SLOT) == spec.name:
        return True
    required = (domain.slots[name] for name in form.required_slots if name in domain.slots)
    return [m for other in required for m in other.mappings].count(mapping) == 1


def _values(mapping: SlotMapping, message: UserUttered) -> list[Any]:
    match mapping.type:
        case "from_entity":
            return [e.value for e in message.understanding.entities if _matches(mapping, e)]
        case "from_text":
            return [message.text]
        case "from_intent" | "from_trigger_intent":
            return [mapping.value]
        case "from_emotion":
            return _mood(mapping, message.understanding.emotion)
        case _:
            return []


def _mood(mapping: SlotMapping, emotion: Emotion | None) -> list[Any]:
    """A message without the wanted emotion empties the slot: it says how the user feels now."""
    if emotion is None:
        return []
    wanted = emotion.label in mapping.emotion if mapping.emotion else emotion.label != "neutral"
    if not wanted or emotion.intensity < mapping.min_intensity:
        return [None]
    return [emotion.label if mapping.value is None else mapping.value]


def _matches(mapping: SlotMapping, entity: Entity) -> bool:
    return (entity.entity, entity.role, entity.group) == (mapping.entity, mapping.role, mapping.group)


def _chosen(spec: SlotSpec, values: list[Any]) -> Any:
    """All values for a list slot, else the last."""
    if kind_of(spec) != "list":
        return values[-1]
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values
