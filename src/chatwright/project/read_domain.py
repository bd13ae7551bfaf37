"""The domain from YAML files or from JSON: everything a bot understands, remembers, says and does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from chatwright.errors import Location, Problem
from chatwright.project.domain import (
    DEFAULT_INTENTS,
    Domain,
    EntitySpec,
    FormSpec,
    IntentSpec,
    SessionConfig,
)
from chatwright.project.domain_legacy import lift_rasa_2
from chatwright.project.domain_merge import DOMAIN_KEYS, DomainSource
from chatwright.project.findings import Findings
from chatwright.project.read_responses import read_responses
from chatwright.project.read_slots import name_list, read_slots
from chatwright.project.yaml_reader import locate, read_yaml, read_yaml_text

__all__ = ["build_domain", "domain_from_json", "domain_from_yaml", "read_domain"]


def read_domain(paths: Iterable[Path | str]) -> tuple[Domain, list[Problem]]:
    """The domain of one or several files, merged, and every problem found. Never raises for file contents."""
    findings = Findings()
    source = DomainSource(findings)
    for path in paths:
        doc = findings.read(lambda path=path: read_yaml(path))
        if doc is not None and isinstance(doc.data, dict):
            findings.unknown_keys(doc.data, DOMAIN_KEYS, "the domain")
            source.add(doc.data)
    return build_domain(source), findings.problems


def domain_from_yaml(text: str) -> Domain:
    """The domain of one YAML text.

    Raises:
        YamlError: not YAML.
        ProjectInvalid: YAML, but not a domain.
    """
    return _strict(read_yaml_text(text).data)


def domain_from_json(data: Mapping[str, Any]) -> Domain:
    """The inverse of ``Domain.to_json``.

    Raises:
        ProjectInvalid: not a domain.
    """
    return _strict(data)


def _strict(data: Any) -> Domain:
    findings = Findings()
    source = DomainSource(findings)
    source.add(data)
    domain = build_domain(source)
    findings.raise_errors()
    return domain


def build_domain(source: DomainSource) -> Domain:
    """The domain that merged sections describe; problems go to the source's findings."""
    lift_rasa_2(source)
    entities = _entities(source)
    send_domain = frozenset(
        name
        for name, options in source.sections["actions"].items()
        if isinstance(options, dict) and _options(options).get("send_domain")
    )
    return Domain(
        intents=_intents(source, entities),
        entities=entities,
        slots=read_slots(source),
        responses=read_responses(source),
        forms=_forms(source),
        actions=tuple(source.sections["actions"]),
        send_domain_actions=send_domain,
        e2e_actions=tuple(source.sections["e2e_actions"]),
        session=_session(source),
        store_entities_as_slots=bool(source.config.get("store_entities_as_slots", True)),
        locations={name: at for (section, name), at in source.places.items() if section == "actions"},
        raw=source.to_json(),
    )


def _options(item: Any) -> Mapping[str, Any]:
    """Options of ``{name: {…}}``; of a plain name none."""
    options = next(iter(item.values())) if isinstance(item, dict) and item else None
    return options if isinstance(options, dict) else {}


def _intents(source: DomainSource, entities: Mapping[str, EntitySpec]) -> dict[str, IntentSpec]:
    intents: dict[str, IntentSpec] = {}
    for name, item in source.sections["intents"].items():
        at, options = source.at("intents", name), _options(item)
        if "triggers" in options:
            source.findings.error(
                "rasa-2-leftover",
                f"'triggers' of intent '{name}' needs the MappingPolicy, which Rasa 3 removed",
                at=locate(options, "triggers") or at,
                fix=f"write a rule: intent {name}, then action {options['triggers']}",
            )
        source.findings.unknown_keys(
            options, ("use_entities", "ignore_entities", "triggers"), f"intent '{name}'"
        )
        used, ignored = options.get("use_entities"), _labels(options.get("ignore_entities"), entities)
        both = {label for label in _labels(used, entities) if label in ignored}
        if both:
            source.findings.warn(
                "used-and-ignored",
                f"intent '{name}' both uses and ignores {', '.join(sorted(both))}; ignoring wins",
                at=at,
                fix="keep the entity in one of the two lists",
            )
        everything = used is None or used is True
        intents[name] = IntentSpec(name, None if everything else _labels(used, entities), ignored, at)
    for name in DEFAULT_INTENTS:
        intents.setdefault(name, IntentSpec(name))
    return intents


def _labels(names: Any, entities: Mapping[str, EntitySpec]) -> tuple[str, ...]:
    """Entity names with their roles and groups written out: ``city``, ``city#from``."""
    if names is None or isinstance(names, bool):
        return ()
    labels: list[str] = []
    for name in name_list(names):
        labels.append(name)
        if name in entities:
            labels += (f"{name}#{part}" for part in (*entities[name].roles, *entities[name].groups))
    return tuple(dict.fromkeys(labels))


def _entities(source: DomainSource) -> dict[str, EntitySpec]:
    entities = {}
    for name, item in source.sections["entities"].items():
        options = _options(item)
        source.findings.unknown_keys(
            options, ("roles", "groups", "influence_conversation"), f"entity '{name}'"
        )
        influence = options.get("influence_conversation")
        entities[name] = EntitySpec(
            name=name,
            roles=name_list(options.get("roles")),
            groups=name_list(options.get("groups")),
            influence_conversation=influence is not False,
            location=source.at("entities", name),
        )
    return entities


def _forms(source: DomainSource) -> dict[str, FormSpec]:
    forms = {}
    for name, definition in source.sections["forms"].items():
        at = source.at("forms", name)
        if definition is not None and not isinstance(definition, dict):
            source.findings.error(
                "bad-form", f"form '{name}' must be a mapping", at=at, fix="add 'required_slots:' below it"
            )
            continue
        forms[name] = _form(name, definition or {}, at, source.findings)
    return forms


def _form(name: str, definition: Any, at: Location | None, findings: Findings) -> FormSpec:
    findings.unknown_keys(definition, ("required_slots", "ignored_intents"), f"form '{name}'")
    if "required_slots" not in definition:
        findings.warn(
            "no-required-slots",
            f"form '{name}' has no 'required_slots'",
            at=at,
            fix="list the slots; write 'required_slots: []' if your code chooses them",
        )
    slots = findings.sequence(definition, "required_slots", f"'required_slots' of form '{name}'")
    return FormSpec(name, name_list(slots), name_list(definition.get("ignored_intents")), at)


def _session(source: DomainSource) -> SessionConfig:
    default = SessionConfig()
    minutes = source.session.get("session_expiration_time", default.expiration_minutes)
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes < 0:
        source.findings.error(
            "wrong-type",
            f"session_expiration_time must be minutes (0 or more), not '{minutes}'",
            at=source.at("session_config", "session_expiration_time"),
            fix="write a number; 0 means that sessions never end",
        )
        minutes = default.expiration_minutes
    carry = source.session.get("carry_over_slots_to_new_session", default.carry_over_slots)
    return SessionConfig(float(minutes), carry if isinstance(carry, bool) else default.carry_over_slots)
