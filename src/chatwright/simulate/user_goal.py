"""What people may want from a bot, read off its project: forms to be completed, and things asked beside them.

A task is a form that some intent starts. Its slots say how a user tells a wish: as an entity, by an intent,
or in free words. The values are those of the project's own examples.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chatwright.errors import ProjectError
from chatwright.project.domain import NLU_FALLBACK, Domain, FormSpec, SlotMapping, SlotSpec
from chatwright.project.nlu_data import NluData
from chatwright.project.project import Project
from chatwright.project.stories import ActionStep, LoopStep, OrStep, Step, UserStep

__all__ = ["EntityKey", "Goal", "Task", "UserWorld", "Wish", "read_world"]

_CORRECTING = ("correct", "correction", "change", "revise")
_CONSENTING = {True: ("affirm", "yes", "agree", "confirm"), False: ("deny", "no", "negate", "disagree")}
"""Usual names of intents that the domain does not tell by itself."""

EntityKey = tuple[str, str | None, str | None]
"""Entity type, role and group."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A slot that the user has a value for, and how it is told."""

    slot: str
    kind: Literal["entity", "intent", "words"]
    values: tuple[Any, ...]
    intents: tuple[str, ...]
    """Of messages that tell it, the most usual first; one a value where the intent tells it."""
    entity: EntityKey | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A form, and what a user brings to it."""

    form: str
    openings: tuple[str, ...]
    """Intents that start it."""
    wishes: Mapping[str, Wish]
    consents: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Slot filled by agreement → intents that agree and disagree; None where there is none."""

    @property
    def slots(self) -> tuple[str, ...]:
        """All that the user can tell."""
        return tuple(self.wishes)


@dataclass(frozen=True, slots=True)
class UserWorld:
    """All that users of a project may do."""

    tasks: tuple[Task, ...]
    asides: tuple[str, ...]
    """Intents that are answered by themselves, at any time."""
    languages: tuple[str, ...]
    opening_entities: Mapping[str, frozenset[EntityKey]]
    """Intent → entities that examples of it hold."""
    values: Mapping[EntityKey, tuple[Any, ...]]
    correcting: str | None = None
    """Intent of messages that take something back, where the project has one."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What one user wants: a task, with a value for each wish."""

    task: Task
    values: Mapping[str, Any]

    @classmethod
    def draw(cls, world: UserWorld, rng: random.Random) -> Goal:
        """A task of the project with values at random."""
        task = rng.choice(world.tasks)
        return cls(task, {slot: rng.choice(wish.values) for slot, wish in task.wishes.items()})


def read_world(project: Project) -> UserWorld:
    """What users may want from the project's bot.

    Raises:
        ProjectError: no form can be started and filled by what users say.
    """
    values, intents_of = _read_entities(project.nlu)
    openings = _openings(project)
    opening = {intent for intents in openings.values() for intent in intents}
    tasks = [
        task
        for form in project.domain.forms.values()
        if openings.get(form.name)
        and (task := _task(form, project, openings[form.name], opening, values, intents_of)).wishes
    ]
    if not tasks:
        raise ProjectError(
            "simulated users have nothing to want: no form is started by an intent and filled by messages",
            fix="write a rule 'intent → form', and map the form's slots to entities, intents or texts",
        )
    telling = {intent for task in tasks for wish in task.wishes.values() for intent in wish.intents}
    consenting = {intent for task in tasks for pair in task.consents.values() for intent in pair if intent}
    busy = telling | consenting | {intent for task in tasks for intent in task.openings}
    opening_entities: dict[str, set[EntityKey]] = defaultdict(set)
    for example in project.nlu.examples:
        if example.intent:
            opening_entities[example.intent] |= {(e.entity, e.role, e.group) for e in example.entities}
    return UserWorld(
        tasks=tuple(tasks),
        asides=tuple(intent for intent in _answered_alone(project) if intent not in busy),
        languages=tuple(project.config.languages),
        opening_entities={intent: frozenset(found) for intent, found in opening_entities.items()},
        values={key: tuple(found) for key, found in values.items()},
        correcting=next((name for name in _CORRECTING if name in project.domain.intents), None),
    )


def _read_entities(
    nlu: NluData,
) -> tuple[dict[EntityKey, dict[Any, None]], dict[EntityKey, Counter[str]]]:
    """Values of each entity in order of appearance, and how often each intent holds it."""
    values: dict[EntityKey, dict[Any, None]] = defaultdict(dict)
    intents: dict[EntityKey, Counter[str]] = defaultdict(Counter)
    for example in nlu.examples:
        for entity in example.entities:
            key = (entity.entity, entity.role, entity.group)
            values[key][entity.value] = None
            if example.intent:
                intents[key][example.intent] += 1
    for table in nlu.lookups:
        values[(table.name, None, None)] |= dict.fromkeys(table.phrases)
    return values, intents


def _openings(project: Project) -> dict[str, tuple[str, ...]]:
    """Form → intents after which a rule or story runs it, while it does not run already.

    Intents that start it only under a condition or with an entity count where no other does.
    """
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for told in (*project.rules, *project.stories):
        conditions = getattr(told, "condition", ())
        running = {step.name for step in conditions if isinstance(step, LoopStep)}
        for before, after in zip(told.steps, told.steps[1:], strict=False):
            if isinstance(after, LoopStep):
                running.add(after.name)
            if not isinstance(after, ActionStep) or after.name not in project.domain.forms:
                continue
            if after.name not in running:
                plain = not conditions and not getattr(before, "entities", ())
                for intent in _intents(before):
                    found[after.name][intent] = plain or found[after.name].get(intent, False)
    return {
        form: tuple(name for name, plain in intents.items() if plain or not any(intents.values()))
        for form, intents in found.items()
    }


def _intents(step: Step) -> list[str]:
    steps = step.alternatives if isinstance(step, OrStep) else (step,)
    return [s.intent for s in steps if isinstance(s, UserStep) and s.intent and s.intent != NLU_FALLBACK]


def _answered_alone(project: Project) -> list[str]:
    """Intents that a rule answers with a response, whatever else goes on."""
    found: dict[str, None] = {}
    for rule in project.rules:
        if rule.condition or len(rule.steps) != 2:
            continue
        heard, done = rule.steps
        if isinstance(done, ActionStep) and done.name.startswith("utter_"):
            found |= dict.fromkeys(_intents(heard))
    return list(found)


def _task(
    form: FormSpec,
    project: Project,
    openings: tuple[str, ...],
    opening: set[str],
    values: Mapping[EntityKey, Mapping[Any, None]],
    intents_of: Mapping[EntityKey, Counter[str]],
) -> Task:
    wishes: dict[str, Wish] = {}
    consents: dict[str, tuple[str | None, str | None]] = {}
    for name in form.required_slots:
        spec = project.domain.slots.get(name)
        if spec is None:
            continue
        if spec.type == "bool" and (found := _consent(spec, project.domain)):
            consents[name] = found
        elif wish := _wish(spec, form, project, values, intents_of, opening):
            wishes[name] = wish
    return Task(form.name, openings, wishes, consents)


def _consent(spec: SlotSpec, domain: Domain) -> tuple[str | None, str | None] | None:
    by_intent = {bool(m.value): m.intent[0] for m in spec.mappings if m.type == "from_intent" and m.intent}
    if not by_intent:
        return None
    chosen = {
        side: by_intent.get(side) or next((name for name in usual if name in domain.intents), None)
        for side, usual in _CONSENTING.items()
    }
    return chosen[True], chosen[False]


def _wish(
    spec: SlotSpec,
    form: FormSpec,
    project: Project,
    values: Mapping[EntityKey, Mapping[Any, None]],
    intents_of: Mapping[EntityKey, Counter[str]],
    opening: set[str],
) -> Wish | None:
    for mapping in spec.mappings:
        if not _applies_in(mapping, form):
            continue
        if mapping.type == "from_entity" and mapping.entity:
            key = (mapping.entity, mapping.role, mapping.group)
            usual = [name for name, _ in intents_of.get(key, Counter()).most_common()]
            allowed = [
                n
                for n in usual
                if (not mapping.intent or n in mapping.intent) and n not in mapping.not_intent
            ]
            told_by = sorted(allowed, key=lambda intent: intent in opening)  # an opening is not an answer
            if values.get(key) and told_by:
                return Wish(spec.name, "entity", tuple(values[key]), tuple(told_by), key)
        if mapping.type == "from_text":
            allowed = [n for n in project.nlu.intents() if n not in mapping.not_intent and n not in opening]
            allowed = [n for n in allowed if not mapping.intent or n in mapping.intent]
            texts = tuple(e.text for e in project.nlu.examples if e.intent in allowed and not e.entities)
            if texts:
                return Wish(spec.name, "words", texts, tuple(allowed))
    by_intent = {m.value: m.intent[0] for m in spec.mappings if m.type == "from_intent" and m.intent}
    return Wish(spec.name, "intent", tuple(by_intent), tuple(by_intent.values())) if by_intent else None


def _applies_in(mapping: SlotMapping, form: FormSpec) -> bool:
    return not mapping.conditions or any(c.active_loop == form.name for c in mapping.conditions)
