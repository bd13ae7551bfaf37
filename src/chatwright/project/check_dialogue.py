"""Checks of stories, rules and test conversations against the domain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from chatwright.errors import Location
from chatwright.project.domain import DEFAULT_INTENTS, Domain
from chatwright.project.findings import Findings
from chatwright.project.project import Project
from chatwright.project.stories import (
    ActionStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    Story,
    UserStep,
)

__all__ = ["check_dialogue"]

_SPOKEN_BY_ITSELF = (
    "utter_restart",
    "utter_back",
    "utter_default",
    "utter_ask_rephrase",
    "utter_action_failed",
)


def check_dialogue(project: Project, findings: Findings) -> None:
    """Every name that a step uses exists; what the domain declares is used somewhere."""
    paths: list[Story | Rule] = [*project.stories, *project.rules]
    for path in paths:
        for step in _steps(path):
            _check_step(step, path.name, project.domain, findings, strict=True)
    for test in project.test_stories:
        for step in _steps(test):
            _check_step(step, test.name, project.domain, findings, strict=False)
    _check_checkpoints(project.stories, findings)
    if paths and project.complete:
        _check_unused(project, paths, findings)


def _steps(path: Story | Rule) -> Iterator[Step]:
    conditions: Iterable[Step] = path.condition if isinstance(path, Rule) else ()
    for step in (*conditions, *path.steps):
        yield step
        if isinstance(step, OrStep):
            yield from step.alternatives


def _check_step(step: Step, path: str, domain: Domain, findings: Findings, *, strict: bool) -> None:
    at = step.location
    severity: Any = "error" if strict else "warning"
    if isinstance(step, UserStep):
        if step.intent is not None:
            findings.unknown(step.intent, domain.intents, f"'{path}' names the intent '{step.intent}'", at=at)
        for entity in step.entities:
            findings.unknown(
                entity.entity, domain.entities, f"'{path}' names the entity '{entity.entity}'", at=at
            )
    elif isinstance(step, ActionStep):
        _check_action(step.name, path, domain, findings, at, severity)
    elif isinstance(step, LoopStep) and step.name is not None:
        findings.unknown(
            step.name,
            domain.action_names,
            f"'{path}' activates the form '{step.name}'",
            at=at,
            severity=severity,
        )
    elif isinstance(step, SlotStep | CheckpointStep):
        for name, value in step.values if isinstance(step, SlotStep) else step.slots:
            what = f"'{path}' sets the slot '{name}'"
            if findings.unknown(name, domain.slots, what, at=at, severity=severity):
                _check_value(name, value, path, domain, findings, at)


def _check_action(
    name: str, path: str, domain: Domain, findings: Findings, at: Location | None, severity: Any
) -> None:
    if name in domain.responses or name.split("/", 1)[0] in domain.action_names:
        return
    # A response may be written later: the bot runs and says nothing, as in Rasa.
    severity = "warning" if name.startswith("utter_") else severity
    findings.unknown(
        name, domain.action_names, f"'{path}' runs the action '{name}'", at=at, severity=severity
    )


def _check_value(
    name: str, value: Any, path: str, domain: Domain, findings: Findings, at: Location | None
) -> None:
    slot = domain.slots[name]
    if slot.type == "categorical" and value is not None and slot.values:
        text = str(value).lower()
        findings.unknown(text, slot.values, f"'{path}' sets the slot '{name}' to the value '{text}'", at=at)


def _check_checkpoints(stories: Iterable[Story], findings: Findings) -> None:
    """A checkpoint at a story's start needs another story that leads to it."""
    starts: dict[str, Location | None] = {}
    ends: set[str] = set()
    for story in stories:
        for index, step in enumerate(story.steps):
            if isinstance(step, CheckpointStep) and index == 0:
                starts.setdefault(step.name, step.location)
            elif isinstance(step, CheckpointStep):
                ends.add(step.name)
    for name, at in starts.items():
        findings.unknown(name, ends, f"a story begins at the checkpoint '{name}'", at=at)


def _check_unused(project: Project, paths: list[Story | Rule], findings: Findings) -> None:
    domain = project.domain
    steps = [step for path in paths for step in _steps(path)]
    used = {step.intent for step in steps if isinstance(step, UserStep)}
    for slot in domain.slots.values():
        used.update(intent for mapping in slot.mappings for intent in mapping.intent)
    filling = {m.entity for slot in domain.slots.values() for m in slot.mappings if m.type == "from_entity"}
    used |= {e.intent for e in project.nlu.examples if any(x.entity in filling for x in e.entities)}
    for name, intent in domain.intents.items():
        if name not in used and name not in DEFAULT_INTENTS:
            findings.warn(
                "unused-intent",
                f"intent '{name}' is in no story, rule or slot mapping",
                at=intent.location,
                fix="write a rule for it, or remove it",
            )
    spoken = {step.name for step in steps if isinstance(step, ActionStep)} | set(_SPOKEN_BY_ITSELF)
    spoken |= {str(entry["give_up"]) for entry in project.config.policies or () if entry.get("give_up")}
    code = _code(project)
    for name, variations in domain.responses.items():
        asked = name.startswith("utter_ask_") and bool(domain.forms)
        asked = asked or (name.startswith("utter_back_to_") and project.config.context is not None)
        if name in spoken or asked or "/" in name or name in code or not variations:
            continue
        findings.warn(
            "unused-response",
            f"response '{name}' is in no story, rule or Python action",
            at=variations[0].location,
            fix="use it, or remove it",
        )


def _code(project: Project) -> str:
    """The project's Python actions as text, to see which responses they send."""
    folder = project.root / "actions"
    files = [project.root / "actions.py", *(folder.rglob("*.py") if folder.is_dir() else ())]
    return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file())
