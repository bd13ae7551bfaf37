"""Checks of NLU data against the domain, and of labels against one another."""

from __future__ import annotations

from collections import defaultdict

from chatwright.errors import Location, did_you_mean
from chatwright.project.check_annotations import check_annotations
from chatwright.project.domain import DEFAULT_INTENTS, Domain
from chatwright.project.findings import Findings
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.project.project import Project

__all__ = ["check_nlu"]


def check_nlu(project: Project, findings: Findings) -> None:
    """Intents and entities are declared, have examples, and are not contradictory."""
    nlu, domain = project.nlu, project.domain
    if not nlu.examples:
        return
    _check_intents(nlu, domain, findings, complete=project.complete)
    _check_entities(nlu, domain, findings)
    check_annotations(nlu, findings)
    _check_repeated(nlu, findings)
    _check_retrieval(nlu, domain, findings, complete=project.complete)


def _by_intent(nlu: NluData) -> dict[str, list[NluExample]]:
    groups: dict[str, list[NluExample]] = defaultdict(list)
    for example in nlu.examples:
        if example.intent:
            groups[example.intent].append(example)
    return groups


def _check_intents(nlu: NluData, domain: Domain, findings: Findings, *, complete: bool) -> None:
    groups = _by_intent(nlu)
    for intent, examples in groups.items():
        at = examples[0].location
        findings.unknown(intent, domain.intents, f"the NLU data has examples of the intent '{intent}'", at=at)
        if len(examples) == 1:
            findings.warn(
                "few-examples",
                f"intent '{intent}' has a single example",
                at=at,
                fix="write about ten, all different",
            )
    if complete:
        for name, intent in domain.intents.items():
            if name not in groups and name not in DEFAULT_INTENTS:
                findings.warn(
                    "no-examples",
                    f"intent '{name}' has no examples in the NLU data",
                    at=intent.location,
                    fix=did_you_mean(name, set(groups) - set(domain.intents))
                    or "add some, or remove the intent",
                )


def _check_entities(nlu: NluData, domain: Domain, findings: Findings) -> None:
    seen: set[tuple[str, str | None, str | None]] = set()
    roles: dict[str, set[str | None]] = defaultdict(set)
    for example in nlu.examples:
        for entity in example.entities:
            roles[entity.entity].add(entity.role)
            label = (entity.entity, entity.role, entity.group)
            if label in seen:
                continue
            seen.add(label)
            at = example.location
            findings.unknown(
                entity.entity, domain.entities, f"an example marks the entity '{entity.entity}'", at=at
            )
            spec = domain.entities.get(entity.entity)
            if spec is not None and entity.role is not None:
                findings.unknown(
                    entity.role,
                    spec.roles,
                    f"an example marks the role '{entity.role}' of '{spec.name}'",
                    at=at,
                )
            if spec is not None and entity.group is not None:
                findings.unknown(
                    entity.group,
                    spec.groups,
                    f"an example marks the group '{entity.group}' of '{spec.name}'",
                    at=at,
                )
    _check_roles_of_mappings(domain, roles, findings)


def _check_roles_of_mappings(domain: Domain, roles: dict[str, set[str | None]], findings: Findings) -> None:
    for slot in domain.slots.values():
        for mapping in slot.mappings:
            marked = roles.get(mapping.entity or "", {None})
            if mapping.type == "from_entity" and mapping.role is None and None not in marked:
                names = ", ".join(sorted(role for role in marked if role))
                findings.warn(
                    "mapping-without-role",
                    f"slot '{slot.name}' is never filled: '{mapping.entity}' has a role in every example",
                    at=mapping.location,
                    fix=f"add 'role:' to the mapping, one of {names}",
                )


def _check_repeated(nlu: NluData, findings: Findings) -> None:
    labels: dict[str, dict[str, Location | None]] = defaultdict(dict)
    for example in nlu.examples:
        label = example.response_key or example.intent
        if label:
            labels[example.text].setdefault(label, example.location)
    for text, places in labels.items():
        if len(places) > 1:
            first, *others = places
            listed = ", ".join(f"'{label}' at {places[label]}" for label in others)
            findings.warn(
                "ambiguous-example",
                f"'{text}' is an example of '{first}' and of {listed}",
                at=places[first],
                fix="keep it with one intent",
            )


def _check_retrieval(nlu: NluData, domain: Domain, findings: Findings, *, complete: bool) -> None:
    keys: dict[str, Location | None] = {}
    plain: dict[str, Location | None] = {}
    for example in nlu.examples:
        if example.response_key:
            keys.setdefault(example.response_key, example.location)
        elif example.intent:
            plain.setdefault(example.intent, example.location)
    answers = {name.removeprefix("utter_"): name for name in domain.responses if "/" in name}
    for key, at in keys.items():
        if key not in answers:
            fix = did_you_mean(key, answers) or f"add 'utter_{key}' under 'responses:'"
            findings.warn("no-answer", f"'{key}' has no response 'utter_{key}'", at=at, fix=fix)
    for intent in dict.fromkeys(key.split("/", 1)[0] for key in keys):
        if intent in plain:
            findings.warn(
                "mixed-retrieval",
                f"intent '{intent}' has examples with and without an answer of their own",
                at=plain[intent],
                fix=f"name the answer, as in 'intent: {intent}/…'",
            )
    for key, name in answers.items() if complete else ():
        if key not in keys and domain.responses[name]:
            at = domain.responses[name][0].location
            fix = did_you_mean(key, keys) or "add examples, or remove it"
            findings.warn(
                "no-examples", f"nothing leads to '{name}': '{key}' has no examples", at=at, fix=fix
            )
