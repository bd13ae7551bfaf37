"""Checks within the domain: names that slots, forms, intents and responses refer to exist."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from chatwright.errors import Location
from chatwright.project.domain import Domain, FormSpec, SlotMapping, SlotSpec
from chatwright.project.findings import Findings
from chatwright.project.project import Project
from chatwright.schema.understanding import EMOTIONS

__all__ = ["check_domain", "intent_of_payload"]

_PLACEHOLDER = re.compile(r"\{([^{}\n]+)\}")


def check_domain(project: Project, findings: Findings) -> None:
    """Slots, forms, intents and responses are consistent with one another."""
    domain = project.domain
    for slot in domain.slots.values():
        for mapping in slot.mappings:
            _check_mapping(slot, mapping, domain, findings)
            if mapping.type == "from_emotion":
                _check_emotions(slot, mapping, project.config.pipeline, findings)
    _check_services(domain, findings)
    for form in domain.forms.values():
        _check_form(form, domain, findings)
    for intent in domain.intents.values():
        for label in (*(intent.use_entities or ()), *intent.ignore_entities):
            name = label.split("#", 1)[0]
            findings.unknown(
                name, domain.entities, f"intent '{intent.name}' names the entity '{name}'", at=intent.location
            )
    _check_responses(domain, findings)


def _check_mapping(slot: SlotSpec, mapping: SlotMapping, domain: Domain, findings: Findings) -> None:
    where = f"a mapping of slot '{slot.name}' names"
    at = mapping.location
    if mapping.entity is not None and mapping.type == "from_entity":
        findings.unknown(mapping.entity, domain.entities, f"{where} the entity '{mapping.entity}'", at=at)
        entity = domain.entities.get(mapping.entity)
        for kind, value, known in (
            ("role", mapping.role, entity.roles if entity else ()),
            ("group", mapping.group, entity.groups if entity else ()),
        ):
            if entity is not None and value is not None:
                findings.unknown(value, known, f"{where} the {kind} '{value}' of '{entity.name}'", at=at)
    for intent in (*mapping.intent, *mapping.not_intent):
        findings.unknown(intent, domain.intents, f"{where} the intent '{intent}'", at=at)
    for condition in mapping.conditions:
        loop, asked = condition.active_loop, condition.requested_slot
        if loop is not None:
            findings.unknown(loop, domain.forms, f"{where} the form '{loop}'", at=at, severity="error")
        if asked is not None:
            findings.unknown(asked, domain.slots, f"{where} the requested slot '{asked}'", at=at)
    if mapping.action is not None:
        findings.unknown(mapping.action, domain.action_names, f"{where} the action '{mapping.action}'", at=at)
    if mapping.type == "from_text" and not mapping.conditions and not mapping.intent:
        findings.warn(
            "from-text-always",
            f"slot '{slot.name}' will take the text of every message",
            at=at,
            fix=f"add 'conditions:' with '- active_loop: the_form' and 'requested_slot: {slot.name}'",
        )


def _check_emotions(
    slot: SlotSpec, mapping: SlotMapping, pipeline: Sequence[Mapping[str, Any]] | None, findings: Findings
) -> None:
    """Something finds emotions, and the named ones are among them."""
    finders = [entry for entry in pipeline or () if entry.get("name") == "EmotionClassifier"]
    own = any("." in str(entry.get("name")) for entry in pipeline or ())  # may find emotions too
    if not finders and not own:
        findings.warn(
            "no-emotions",
            f"slot '{slot.name}' is never filled: nothing in the pipeline finds emotions",
            at=mapping.location,
            fix="add '- name: EmotionClassifier' to 'pipeline:' in config.yml",
        )
    if finders and not own and not any(entry.get("examples") for entry in finders):
        for emotion in mapping.emotion:
            what = f"a mapping of slot '{slot.name}' names the emotion '{emotion}'"
            findings.unknown(emotion, EMOTIONS, what, at=mapping.location)


def _check_services(domain: Domain, findings: Findings) -> None:
    """Services of the dialogue state are written alike; a name used once that is nearly another is a slip."""
    mappings = [
        (slot.name, mapping)
        for slot in domain.slots.values()
        for mapping in slot.mappings
        if mapping.type == "from_dialogue_state" and mapping.service is not None
    ]
    counts = Counter(str(mapping.service) for _, mapping in mappings)
    for name, mapping in mappings:
        service = str(mapping.service)
        others = [other for other, count in counts.items() if other != service and count >= counts[service]]
        near = difflib.get_close_matches(service, others, n=1, cutoff=0.8)
        if counts[service] == 1 and near:
            findings.warn(
                "unknown-service",
                f"a mapping of slot '{name}' names the service '{service}', which no other slot has",
                at=mapping.location,
                fix=f"did you mean '{near[0]}'?",
            )


def _check_form(form: FormSpec, domain: Domain, findings: Findings) -> None:
    for intent in form.ignored_intents:
        findings.unknown(
            intent, domain.intents, f"form '{form.name}' ignores the intent '{intent}'", at=form.location
        )
    for slot in form.required_slots:
        known = findings.unknown(
            slot,
            domain.slots,
            f"form '{form.name}' requires the slot '{slot}'",
            at=form.location,
            severity="error",
        )
        asks = (
            f"action_ask_{form.name}_{slot}",
            f"utter_ask_{form.name}_{slot}",
            f"action_ask_{slot}",
            f"utter_ask_{slot}",
        )
        if known and form.name not in domain.actions and not any(ask in domain.action_names for ask in asks):
            findings.warn(
                "slot-not-asked",
                f"nothing asks for slot '{slot}' of form '{form.name}'",
                at=form.location,
                fix=f"add the response 'utter_ask_{slot}'",
            )


def _check_responses(domain: Domain, findings: Findings) -> None:
    for name, variations in domain.responses.items():
        at = variations[0].location if variations else None
        if not variations:
            findings.warn("empty-response", f"response '{name}' has no variations", fix="add '- text: …'")
        elif all(variation.condition for variation in variations):
            findings.warn(
                "no-default-variation",
                f"every variation of '{name}' has a condition; where none holds, the bot says nothing",
                at=at,
                fix="add a variation without a condition",
            )
        for variation in variations:
            for condition in variation.condition:
                slot = str(condition["name"])
                findings.unknown(
                    slot,
                    domain.slots,
                    f"a condition of '{name}' names the slot '{slot}'",
                    at=variation.location,
                )
            _check_placeholders(
                name, str(variation.content.get("text") or ""), domain, findings, variation.location
            )
            for button in variation.content.get("buttons") or ():
                _check_button(name, button, domain, findings, variation.location)


def _check_placeholders(
    name: str, text: str, domain: Domain, findings: Findings, at: Location | None
) -> None:
    """Only misspelt slots are reported: actions may fill in names of their own."""
    for slot in _PLACEHOLDER.findall(text):
        near = difflib.get_close_matches(slot, domain.slots, n=1, cutoff=0.8)
        if slot not in domain.slots and near:
            findings.warn(
                "unknown-slot",
                f"'{{{slot}}}' in '{name}' is no slot",
                at=at,
                fix=f"did you mean '{near[0]}'?",
            )


def _check_button(name: str, button: Any, domain: Domain, findings: Findings, at: Location | None) -> None:
    payload = button.get("payload")
    intent = intent_of_payload(payload) if isinstance(payload, str) else None
    if intent is not None:
        findings.unknown(intent, domain.intents, f"a button of '{name}' sends the intent '{intent}'", at=at)


def intent_of_payload(payload: str) -> str | None:
    """The intent of ``/intent{"entity": "value"}``; None for a plain text."""
    if not payload.startswith("/"):
        return None
    return re.split(r"[{@]", payload[1:], maxsplit=1)[0].strip().split("/", 1)[0] or None
