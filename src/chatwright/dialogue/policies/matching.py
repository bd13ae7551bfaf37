"""Comparing the states of a rule with those of a conversation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chatwright.dialogue.states import NOT_SET, State
from chatwright.dialogue.tracker import Tracker

__all__ = ["at_beginning", "matches", "matches_end", "rule_key"]


def matches(pattern: State, state: State) -> bool:
    """Whether a state shows everything that the pattern mentions, and nothing that it forbids."""
    if pattern.previous != state.previous:
        return False
    if pattern.intent is not None and pattern.intent != state.intent:
        return False
    if pattern.text is not None and pattern.text != state.text:
        return False
    if pattern.entities and pattern.entities != state.entities:
        return False
    if pattern.loop is not None and pattern.loop != (state.loop or NOT_SET):
        return False
    if pattern.slots:
        filled = dict(state.slots)
        return all(filled.get(name, NOT_SET) == value for name, value in pattern.slots)
    return True


def matches_end(pattern: Sequence[State], states: Sequence[State]) -> bool:
    """Whether the last states match the pattern, one by one."""
    if len(pattern) > len(states):
        return False
    pairs = zip(reversed(pattern), reversed(states), strict=False)
    return all(matches(wanted, state) for wanted, state in pairs)


def at_beginning(tracker: Tracker, pattern: Sequence[State], states: Sequence[State]) -> bool:
    """Whether the session began where the pattern begins."""
    return tracker.starts_at_beginning and len(states) == len(pattern)


def rule_key(states: Sequence[State], *, at_start: bool) -> str:
    """A rule's states as Rasa writes them; of several matching rules the one with the longest text wins."""
    listed: list[dict[str, Any]] = [{}] if at_start else []
    for state in states:
        user = {"entities": list(state.entities), "intent": state.intent, "text": state.text}
        parts = {
            "active_loop": {"name": state.loop} if state.loop else None,
            "prev_action": {"action_name": state.previous} if state.previous else None,
            "slots": dict(state.slots),
            "user": {key: value for key, value in user.items() if value},
        }
        listed.append({key: value for key, value in parts.items() if value})
    return json.dumps(listed, sort_keys=True)
