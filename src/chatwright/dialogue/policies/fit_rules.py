"""Compiling rules, and learning from stories which turns only rules know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chatwright.dialogue.policies.rule import CompiledRule, RulePolicy, UnhappyPath
from chatwright.dialogue.states import NOT_SET, State, make_state
from chatwright.dialogue.tracker import Tracker
from chatwright.dialogue.training_stories import SNIPPET, TrainingDialogue
from chatwright.project.domain import Domain
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    SlotSet,
    UserUttered,
)

__all__ = ["as_rejected", "fit_rules", "walk"]

LISTEN = "action_listen"


def fit_rules(
    config: Mapping[str, Any],
    rules: Sequence[TrainingDialogue],
    stories: Sequence[TrainingDialogue],
    domain: Domain,
) -> RulePolicy:
    """A rule policy from the rules' and stories' dialogues."""
    compiled: list[CompiledRule] = []
    unhappy: dict[tuple[tuple[State, ...], str], UnhappyPath] = {}
    for dialogue in rules:
        for states, action in _rule_points(dialogue, domain):
            found = CompiledRule(states, action, dialogue.name, _source(dialogue), _at_start(dialogue))
            compiled.append(found)
            _note_unhappy(unhappy, states, action)
    for dialogue in stories:
        for tracker, action in walk(dialogue, domain):
            states = [state for state in tracker.states() if state.previous is not None]
            if states:
                _note_unhappy(unhappy, states, action)
    fallback = config.get("core_fallback_action_name", "action_default_fallback")
    policy = RulePolicy(
        priority=int(config.get("priority", 4)),
        fallback_action=fallback if config.get("enable_fallback_prediction", True) else None,
        fallback_threshold=float(config.get("core_fallback_threshold", 0.3)),
        rules=compiled,
        unhappy=list(unhappy.values()),
        story_loops=frozenset(
            event.name
            for story in stories
            for event in story.events
            if isinstance(event, ActiveLoop) and event.name
        ),
    )
    return _mark_known(policy, stories, domain)


def walk(dialogue: TrainingDialogue, domain: Domain):
    """Each decision of a dialogue: the tracker right before it, and the action that was right."""
    tracker = Tracker(dialogue.name, domain)
    for number, event in enumerate(dialogue.events):
        if isinstance(event, ActionExecuted) and number:
            yield tracker, event.name or event.action_text or ""
        tracker.update(event)


def _rule_points(dialogue: TrainingDialogue, domain: Domain) -> list[tuple[tuple[State, ...], str]]:
    """States so far → next action, for each step of a rule."""
    slots: dict[str, Any] = {}
    loop: str | None = None
    message: UserUttered | None = None
    previous: str | None = None
    states: list[State] = []
    out = []
    for event in dialogue.events:
        match event:
            case UserUttered():
                message = event
            case SlotSet():
                slots[event.name] = NOT_SET if event.value is None else event.value
            case ActiveLoop():
                loop = event.name or NOT_SET
            case ActionExecuted():
                name = event.name or event.action_text or ""
                if previous == SNIPPET:
                    states = []
                elif previous is not None:
                    state = make_state(domain, previous=previous, message=message, slots=slots, loop=loop)
                    states.append(state)
                    if name != SNIPPET:
                        out.append((tuple(states), name))
                previous = name
            case _:
                pass
    return out


def _at_start(dialogue: TrainingDialogue) -> bool:
    first_actions = [e.name for e in dialogue.events if isinstance(e, ActionExecuted)][:2]
    return SNIPPET not in first_actions


def _note_unhappy(
    unhappy: dict[tuple[tuple[State, ...], str], UnhappyPath], states: Sequence[State], action: str
) -> None:
    last = states[-1]
    if last.loop is None or last.loop == NOT_SET:
        return
    # The meaningful action before the listen counts; what the user said before it does not.
    before = states[-2].previous if len(states) > 1 else None
    key = (State(previous=before), last) if before is not None else (last,)
    listening = last.previous == LISTEN
    if listening and action == last.loop:
        unhappy[key, last.loop] = UnhappyPath(key, last.loop, returns=True)
    elif not listening and action != last.loop:
        unhappy[key, last.loop] = UnhappyPath(key, last.loop, returns=False)


def _mark_known(policy: RulePolicy, stories: Sequence[TrainingDialogue], domain: Domain) -> RulePolicy:
    """Mark the rules whose turns some story shows."""
    known: set[int] = set()
    numbers = {id(rule): number for number, rule in enumerate(policy.rules)}
    for dialogue in stories:
        for tracker, action in walk(dialogue, domain):
            found = policy.find(as_rejected(tracker, action))
            if found is not None and found.action == action and found.evidence:
                name = found.evidence[0].summary
                known |= {
                    numbers[id(rule)]
                    for rule in policy.rules
                    if rule.action == action and f"rule '{rule.name}'" == name
                }
    marked = [replace(rule, in_stories=number in known) for number, rule in enumerate(policy.rules)]
    return replace(policy, rules=marked)


def as_rejected(tracker: Tracker, action: str) -> Tracker:
    """Inside a form, an action other than the form follows only after the form declined."""
    loop = tracker.active_loop
    if loop is None or loop.rejected or action in (loop.name, LISTEN):
        return tracker
    copy = tracker.copy()
    copy.update(ActionExecutionRejected(name=loop.name))
    return copy


def _source(dialogue: TrainingDialogue) -> str | None:
    place = dialogue.location
    return f"{place.file}:{place.line}" if place else None
