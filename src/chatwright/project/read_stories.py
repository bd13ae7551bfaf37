"""Stories and rules from YAML, in Rasa 3.1's format; test conversations come from files named ``test_*``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatwright.errors import Location
from chatwright.project.annotations import AnnotationError, parse_annotated
from chatwright.project.findings import Findings
from chatwright.project.stories import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    Story,
    UserStep,
)
from chatwright.project.yaml_reader import LocatedDoc, locate, plain, read_yaml_text
from chatwright.schema.understanding import Entity

__all__ = ["StoryReader", "stories_from_yaml"]

_STORY_KEYS = ("story", "steps", "metadata")
_RULE_KEYS = ("rule", "steps", "condition", "conversation_start", "wait_for_user_input", "metadata")


def stories_from_yaml(text: str) -> tuple[list[Story], list[Rule]]:
    """Stories and rules of one YAML text.

    Raises:
        YamlError: not YAML.
        ProjectInvalid: YAML, but not dialogue data.
    """
    reader = StoryReader(Findings())
    reader.read([read_yaml_text(text)])
    reader.findings.raise_errors()
    return reader.stories, reader.rules


@dataclass
class StoryReader:
    """Reads the dialogue sections of parsed files.

    ``slot_types`` gives the type of each slot for steps that name a slot without a value; ``is_test`` keeps
    full retrieval intents, as test conversations need them.
    """

    findings: Findings
    slot_types: Mapping[str, str] = field(default_factory=dict)
    is_test: bool = False
    stories: list[Story] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)

    def read(self, docs: Iterable[LocatedDoc]) -> None:
        """Add the ``stories:`` and ``rules:`` of each document."""
        for doc in docs:
            for section, kind in (("stories", "story"), ("rules", "rule")):
                items = self.findings.sequence(doc.data, section, f"'{section}'")
                for index, item in enumerate(items):
                    self._item(item, kind, locate(items, index))

    def _item(self, item: Any, kind: str, at: Location | None) -> None:
        if not isinstance(item, dict) or item.get(kind) is None or isinstance(item[kind], dict | list):
            message = (
                f"an item of '{'stories' if kind == 'story' else 'rules'}' has no '{kind}:' with its name"
            )
            self.findings.error("bad-story", message, at=at, fix=f"begin it with '- {kind}: a name'")
            return
        name = str(item[kind])
        what = f"{kind} '{name}'"
        self.findings.unknown_keys(item, _RULE_KEYS if kind == "rule" else _STORY_KEYS, what)
        if "steps" not in item:
            self.findings.warn(
                "no-steps", f"{what} has no steps", at=at, fix="add 'steps:' with a list below it"
            )
        steps = self._steps(item, what)
        metadata = plain(self.findings.mapping(item, "metadata", f"the metadata of {what}"))
        if kind == "story":
            self.stories.append(Story(name, tuple(steps), metadata, at))
        else:
            self._rule(name, item, steps, metadata, at)

    def _rule(
        self, name: str, item: Any, steps: list[Step], metadata: dict[str, Any], at: Location | None
    ) -> None:
        what = f"rule '{name}'"
        for step in steps:
            if isinstance(step, CheckpointStep | BotStep):
                kind = "a checkpoint" if isinstance(step, CheckpointStep) else "a bot text"
                self.findings.error(
                    "not-in-rules", f"{what} has {kind}", at=step.location, fix="use a story instead"
                )
        kept = tuple(step for step in steps if not isinstance(step, CheckpointStep | BotStep))
        condition: list[SlotStep | LoopStep] = []
        entries = self.findings.sequence(item, "condition", f"the condition of {what}")
        for index, entry in enumerate(entries):
            step = self._step(entry, locate(entries, index), f"the condition of {what}")
            if isinstance(step, SlotStep | LoopStep):
                condition.append(step)
            elif step is not None:
                self.findings.error(
                    "bad-condition",
                    f"the condition of {what} may hold active_loop and slot_was_set only",
                    at=locate(entries, index),
                    fix="move the step below 'steps:'",
                )
        self.rules.append(
            Rule(
                name=name,
                steps=kept,
                condition=tuple(condition),
                conversation_start=self._flag(item, "conversation_start", False, what),
                wait_for_user_input=self._flag(item, "wait_for_user_input", True, what),
                metadata=metadata,
                location=at,
            )
        )

    def _flag(self, item: Any, key: str, default: bool, what: str) -> bool:
        value = item.get(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.findings.error(
            "wrong-type",
            f"'{key}' of {what} must be true or false, not '{value}'",
            at=locate(item, key),
            fix="write true or false",
        )
        return default

    def _steps(self, item: Any, what: str) -> list[Step]:
        entries = self.findings.sequence(item, "steps", f"the steps of {what}")
        steps = (self._step(entry, locate(entries, index), what) for index, entry in enumerate(entries))
        return [step for step in steps if step is not None]

    def _step(self, entry: Any, at: Location | None, what: str) -> Step | None:
        if not isinstance(entry, dict):
            self.findings.error(
                "bad-step",
                f"a step of {what} must be a mapping",
                at=at,
                fix="write '- intent: …' or '- action: …'",
            )
            return None
        self.findings.unknown_keys(entry, _STEP_KEYS, f"a step of {what}")
        for key, read in _STEP_READERS.items():
            if key in entry:
                return read(self, entry, at, what)
        if "metadata" not in entry:
            self.findings.error(
                "bad-step",
                f"a step of {what} has none of {', '.join(_STEP_READERS)}",
                at=at,
                fix="write '- intent: …' or '- action: …'",
            )
        return None

    def _user(self, entry: Any, at: Location | None, what: str) -> UserStep | None:
        intent = entry.get("intent")
        if intent is not None and (not str(intent).strip() or isinstance(intent, dict | list)):
            self.findings.warn(
                "bad-step",
                f"a step of {what} has no intent name and is left out",
                at=at,
                fix="write '- intent: name'",
            )
            return None
        full = None if intent is None else str(intent).strip()
        if full and full.startswith("/"):
            self.findings.warn(
                "slash-intent", f"intent '{full}' of {what} begins with '/'", at=locate(entry, "intent"),
                fix=f"write 'intent: {full[1:]}'",
            )  # fmt: skip
            full = full[1:]
        base = full.split("/", 1)[0] if full else None
        if full != base and not self.is_test:
            self.findings.warn(
                "full-retrieval-intent",
                f"{what} names the retrieval intent '{full}'; stories see only '{base}'",
                at=locate(entry, "intent"),
                fix=f"write 'intent: {base}'",
            )
        text, marked = self._text(entry, what)
        if base is None and text is None:
            self.findings.error(
                "bad-step", f"a user step of {what} is empty", at=at, fix="write what the user says"
            )
            return None
        entities = (*self._entities(entry, what), *marked)
        return UserStep(base, full if full != base else None, entities, text, at)

    def _text(self, entry: Any, what: str) -> tuple[str | None, tuple[Entity, ...]]:
        annotated = entry.get("user")
        if annotated is None:
            return None, ()
        try:
            return parse_annotated(str(annotated).strip())
        except AnnotationError as error:
            self.findings.error(
                "bad-annotation", f"{error} (in {what})", at=locate(entry, "user"),
                fix='write [words]{"entity": "name", "role": "…"}',
            )  # fmt: skip
            return str(annotated).strip(), ()

    def _entities(self, entry: Any, what: str) -> list[Entity]:
        entities = []
        listed = self.findings.sequence(entry, "entities", f"the entities of a step of {what}")
        for index, item in enumerate(listed):
            if isinstance(item, str):
                entities.append(Entity(entity=item, value="", start=0, end=0))
                continue
            names = [key for key in item if key not in ("role", "group")] if isinstance(item, dict) else []
            if not names:
                self.findings.error(
                    "bad-step",
                    f"an entity of a step of {what} has no name",
                    at=locate(listed, index),
                    fix="write '- city: Berlin' or '- city'",
                )
                continue
            role, group = item.get("role"), item.get("group")
            entities += (
                Entity(
                    entity=str(name),
                    value="" if item[name] is None else plain(item[name]),
                    start=0,
                    end=0,
                    role=None if role is None else str(role),
                    group=None if group is None else str(group),
                )
                for name in names
            )
        return entities

    def _or(self, entry: Any, at: Location | None, what: str) -> OrStep | None:
        entries = self.findings.sequence(entry, "or", f"'or' in {what}")
        alternatives = []
        for index, item in enumerate(entries):
            step = self._step(item, locate(entries, index), what)
            if isinstance(step, UserStep | SlotStep):
                alternatives.append(step)
            elif step is not None:
                self.findings.error(
                    "bad-step",
                    f"'or' in {what} may hold intents and slot_was_set only",
                    at=locate(entries, index),
                    fix="write one story for each path",
                )
        return OrStep(tuple(alternatives), at) if alternatives else None

    def _action(self, entry: Any, at: Location | None, what: str) -> ActionStep | None:
        name = entry["action"]
        if name is None or isinstance(name, dict | list) or not str(name).strip():
            self.findings.warn(
                "bad-step",
                f"an action of {what} has no name and is left out",
                at=at,
                fix="write '- action: name'",
            )
            return None
        return ActionStep(str(name).strip(), at)

    def _bot(self, entry: Any, at: Location | None, what: str) -> BotStep:
        return BotStep(str(entry["bot"]).strip(), at)

    def _slots(self, entry: Any, at: Location | None, what: str) -> SlotStep:
        return SlotStep(self._slot_values(entry, what), at)

    def _slot_values(self, entry: Any, what: str) -> tuple[tuple[str, Any], ...]:
        value = entry.get("slot_was_set")
        if isinstance(value, dict):
            return tuple((str(name), plain(item)) for name, item in value.items())
        values: list[tuple[str, Any]] = []
        items = self.findings.sequence(entry, "slot_was_set", f"'slot_was_set' in {what}")
        for index, item in enumerate(items):
            if isinstance(item, dict):
                values += ((str(name), plain(value)) for name, value in item.items())
            elif isinstance(item, str):
                values.append((item, self._filled(item, locate(items, index), what)))
            else:
                self.findings.error(
                    "bad-step",
                    f"'slot_was_set' in {what} needs slot names",
                    at=locate(items, index),
                    fix="write '- name: value' or '- name'",
                )
        return tuple(values)

    def _filled(self, slot: str, at: Location | None, what: str) -> Any:
        """What a slot named without a value holds: something for text and lists, else nothing."""
        kind = self.slot_types.get(slot, "text")
        if kind not in ("text", "list"):
            self.findings.warn(
                "slot-without-value",
                f"slot '{slot}' of type {kind} stands without a value in {what} and counts as not set",
                at=at,
                fix=f"write '- {slot}: value'",
            )
        return {"text": "filled", "list": ["filled"]}.get(kind)

    def _loop(self, entry: Any, at: Location | None, what: str) -> LoopStep:
        name = entry["active_loop"]
        return LoopStep(None if name is None else str(name), at)

    def _checkpoint(self, entry: Any, at: Location | None, what: str) -> CheckpointStep:
        return CheckpointStep(str(entry["checkpoint"]), self._slot_values(entry, what), at)


_STEP_READERS = {
    "intent": StoryReader._user,
    "user": StoryReader._user,
    "or": StoryReader._or,
    "action": StoryReader._action,
    "bot": StoryReader._bot,
    "checkpoint": StoryReader._checkpoint,
    "slot_was_set": StoryReader._slots,
    "active_loop": StoryReader._loop,
}
_STEP_KEYS = (*_STEP_READERS, "entities", "metadata")
