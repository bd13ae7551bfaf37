"""Stories and rules as lists of events: alternatives multiplied out, checkpoints joined."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.slot_mappings import slots_for_entities
from chatwright.dialogue.slots import NOT_SET
from chatwright.errors import Location, Problem, did_you_mean
from chatwright.project.domain import Domain
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
from chatwright.schema.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from chatwright.schema.understanding import IntentScore, Understanding

__all__ = ["SNIPPET", "TrainingDialogue", "rule_dialogues", "step_events", "story_dialogues"]

SNIPPET = "..."
MAX_PATHS = 1000
"""Ways through joined stories that start at one story."""


@dataclass(frozen=True, slots=True)
class TrainingDialogue:
    """A story or rule as events, from the first ``action_listen`` to the last."""

    name: str
    events: Sequence[Event]
    location: Location | None
    is_rule: bool = False

    @property
    def source(self) -> str | None:
        """Where it stands, as ``file:line``."""
        return f"{self.location.file}:{self.location.line}" if self.location else None


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of a story between checkpoints."""

    name: str
    start: CheckpointStep | None
    steps: Sequence[Step]
    end: CheckpointStep | None
    location: Location | None


def story_dialogues(
    stories: Sequence[Story], domain: Domain, problems: list[Problem] | None = None
) -> list[TrainingDialogue]:
    """All dialogues that the stories describe; unreachable checkpoints are named in ``problems``."""
    problems = problems if problems is not None else []
    blocks = [block for story in stories for block in _blocks(story)]
    by_start: dict[str, list[_Block]] = defaultdict(list)
    for block in blocks:
        if block.start:
            by_start[block.start.name].append(block)
    ends = {block.end.name for block in blocks if block.end}
    for block in blocks:
        if block.start and block.start.name not in ends:
            _report(problems, block.start, ends, "no story ends with it")
        if block.end and block.end.name not in by_start:
            _report(problems, block.end, set(by_start), "no story goes on from it")
    out = []
    for first in blocks:
        if first.start is None:
            for path in itertools.islice(_paths(first, by_start, ()), MAX_PATHS):
                out += _dialogues_of(path, domain)
    return out


def rule_dialogues(rules: Sequence[Rule], domain: Domain) -> list[TrainingDialogue]:
    """The rules as dialogues.

    ``...`` stands where a rule begins or ends in the middle, and ``NOT_SET`` for slots and loops that a rule
    wants empty.
    """
    out = []
    for rule in rules:
        for steps in _alternatives(rule.steps):
            events: list[Event] = []
            for condition in rule.condition:
                events += step_events(condition, domain, events)
            if not rule.conversation_start:
                events.append(ActionExecuted(name=SNIPPET))
            for step in steps:
                events += step_events(step, domain, events)
            if not rule.wait_for_user_input:
                events.append(ActionExecuted(name=SNIPPET))
            if not _listens(events):
                events.append(ActionExecuted(name=LISTEN))
            marked = [_marked(event) for event in events]
            out.append(TrainingDialogue(rule.name, marked, rule.location, is_rule=True))
    return out


def _marked(event: Event) -> Event:
    if isinstance(event, SlotSet) and event.value is None:
        return SlotSet(name=event.name, value=NOT_SET)
    if isinstance(event, ActiveLoop) and event.name is None:
        return ActiveLoop(name=NOT_SET)
    return event


def step_events(step: Step, domain: Domain, before: Sequence[Event]) -> list[Event]:
    """The events of one step, given those before it in the dialogue."""
    match step:
        case UserStep():
            listen = [] if _listens(before) else [ActionExecuted(name=LISTEN)]
            return [*listen, _user_event(step), *slots_for_entities(domain, step.entities)]
        case ActionStep():
            return [ActionExecuted(name=step.name)]
        case BotStep():
            return [ActionExecuted(name=None, action_text=step.text)]
        case SlotStep():
            return [SlotSet(name=name, value=value) for name, value in step.values]
        case LoopStep():
            return [ActiveLoop(name=step.name)]
        case _:
            return []


def _user_event(step: UserStep) -> UserUttered:
    text = step.text or ""
    score = IntentScore(step.intent, 1.0 if step.intent else 0.0)
    understanding = Understanding(text=text, intent=score, entities=step.entities)
    full = {"full_intent": step.full_intent} if step.full_intent else {}
    return UserUttered(text=text, understanding=understanding, metadata=full)


def _listens(events: Sequence[Event]) -> bool:
    return bool(events) and isinstance(events[-1], ActionExecuted) and events[-1].name == LISTEN


def _blocks(story: Story) -> Iterator[_Block]:
    start: CheckpointStep | None = None
    steps: list[Step] = []
    for step in story.steps:
        if isinstance(step, CheckpointStep):
            if steps or start is not None:
                yield _Block(story.name, start, steps, step, story.location)
            start, steps = step, []
        else:
            steps.append(step)
    if steps:
        yield _Block(story.name, start, steps, None, story.location)


def _paths(
    block: _Block, by_start: dict[str, list[_Block]], before: tuple[_Block, ...]
) -> Iterator[tuple[_Block, ...]]:
    """Ways from a block to the end of a story; a block is used once in each, which breaks cycles."""
    path = (*before, block)
    following = [b for b in by_start.get(block.end.name, ()) if b not in path] if block.end else []
    if not following:
        yield path
    for after in following:
        yield from _paths(after, by_start, path)


def _dialogues_of(path: Sequence[_Block], domain: Domain) -> Iterator[TrainingDialogue]:
    name = " > ".join(dict.fromkeys(block.name for block in path))
    choices = [list(itertools.islice(_alternatives(block.steps), MAX_PATHS)) for block in path]
    for chosen in itertools.islice(itertools.product(*choices), MAX_PATHS):
        events: list[Event] = []
        for block, steps in zip(path, chosen, strict=True):
            if block.start and not _slots_agree(block.start, events, domain):
                break
            for step in steps:
                events += step_events(step, domain, events)
        else:
            if path[-1].end is None and not _listens(events):
                events.append(ActionExecuted(name=LISTEN))
            yield TrainingDialogue(name, events, path[-1].location)


def _slots_agree(checkpoint: CheckpointStep, events: Sequence[Event], domain: Domain) -> bool:
    values: dict[str, Any] = {name: spec.initial_value for name, spec in domain.slots.items()}
    values |= {event.name: event.value for event in events if isinstance(event, SlotSet)}
    return all(values.get(name) == value for name, value in checkpoint.slots)


def _alternatives(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    return itertools.product(*(list(_choices(step)) for step in steps))


def _choices(step: Step) -> Iterator[Step]:
    if not isinstance(step, OrStep):
        yield step
        return
    for alternative in step.alternatives:
        if isinstance(alternative, SlotStep):  # each slot is an alternative of its own, as in Rasa
            yield from (SlotStep((item,), alternative.location) for item in alternative.values)
        else:
            yield alternative


def _report(problems: list[Problem], checkpoint: CheckpointStep, known: set[str], what: str) -> None:
    hint = did_you_mean(checkpoint.name, known) or "remove it, or name it in another story"
    problems.append(
        Problem(
            "warning",
            "unconnected-checkpoint",
            f"checkpoint '{checkpoint.name}': {what}",
            hint,
            checkpoint.location,
        )
    )
