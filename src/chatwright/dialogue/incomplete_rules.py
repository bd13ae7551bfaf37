"""Rules in which an action leaves out what it does in other rules.

Source: ``_check_for_incomplete_rules`` of rasa.core.policies.rule_policy, and rasa.core.training.training.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from chatwright.dialogue.slots import NOT_SET
from chatwright.dialogue.tracker import Tracker
from chatwright.dialogue.training_stories import SNIPPET, TrainingDialogue
from chatwright.errors import Problem
from chatwright.project.domain import Domain
from chatwright.schema.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered

__all__ = ["incomplete_rules"]


def incomplete_rules(rules: Sequence[TrainingDialogue], domain: Domain) -> list[Problem]:
    """An error for each action that sets a slot or starts or ends a loop in one rule, and not in another."""
    slots, loops = _effects(rules, domain)
    out: dict[Problem, None] = {}
    for rule in rules:
        tracker = Tracker(rule.name, domain, window=None)
        tracker.update_all(rule.events)
        for point in tracker.points():
            action, state = point.state.previous, point.state
            following = point.action.name if point.action else None
            if action is None or SNIPPET in (action, following):
                continue
            missing = slots[action] - {name for name, _ in state.slots}
            if missing:
                out[_problem(rule, action, f"does not set {', '.join(sorted(missing))}")] = None
            if loops[action] and state.loop not in loops[action]:
                names = sorted("null" if name == NOT_SET else name for name in loops[action])
                out[_problem(rule, action, f"is not followed by 'active_loop: {' or '.join(names)}'")] = None
    return list(out)


def _effects(
    rules: Sequence[TrainingDialogue], domain: Domain
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Featurised slots and loops that follow each action in some rule."""
    featurised = {name for name, spec in domain.slots.items() if spec.influence_conversation}
    slots: dict[str, set[str]] = defaultdict(set)
    loops: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        action: str | None = None
        for event in rule.events:
            match event:
                case ActionExecuted():
                    action = event.name or event.action_text
                case UserUttered():
                    action = None  # what an entity sets is not the listen's doing
                case SlotSet() if action is not None and event.name in featurised:
                    slots[action].add(event.name)
                case ActiveLoop() if action is not None and event.name is not None:
                    loops[action].add(event.name)
                case _:
                    pass
    return slots, loops


def _problem(rule: TrainingDialogue, action: str, what: str) -> Problem:
    return Problem(
        "error",
        "incomplete-rule",
        f"in rule '{rule.name}', {action} {what}, as it does in other rules",
        "add it after the action ('null' where it is unset), or write 'wait_for_user_input: false'",
        rule.location,
    )
