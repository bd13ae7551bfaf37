"""Conversations and stories as the learned policies see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.states import State
from chatwright.dialogue.tracker import Tracker
from chatwright.dialogue.training_stories import TrainingDialogue
from chatwright.project.domain import Domain
from chatwright.schema.events import ActionExecuted

__all__ = ["UNLIKELY", "decisions", "learned_decisions", "learned_states", "walk"]

UNLIKELY = "action_unlikely_intent"


def learned_states(tracker: Tracker, hidden: RuleOnly, max_history: int | None) -> list[State]:
    """The last ``max_history`` states without the turns, slots and loops that only rules know.

    Source: ``Domain.states_for_tracker_history`` of rasa.shared.core.domain, ``ignore_rule_only_turns``.
    """
    out: list[State] = []
    in_hidden_turn, previous = False, None
    for point in tracker.points():
        if not in_hidden_turn:
            previous = point.state.previous
        if not point.keeps_hiding:
            in_hidden_turn = point.action is not None and point.action.hide_rule_turn
        if in_hidden_turn:
            continue
        state = hidden.hidden_from(point.state)
        if out and state.previous != LISTEN:
            said = out[-1]
            state = replace(state, intent=said.intent, entities=said.entities, text=said.text)
        out.append(replace(state, previous=previous))
    return _recent(out, max_history)


def decisions(dialogue: TrainingDialogue, domain: Domain) -> Iterator[tuple[list[State], str]]:
    """Each decision that a dialogue shows: the states before it, and the action that was right.

    What a dialogue begins with is left out, unless it is to listen: nothing before it tells why.
    """
    tracker = _told(dialogue, domain)
    states = tracker.states()
    for number, point in enumerate(tracker.points()[:-1], start=1):
        action = point.action.name or point.action.action_text or "" if point.action else ""
        if number > 1 or action == LISTEN:
            yield states[:number], action


def learned_decisions(
    dialogue: TrainingDialogue, domain: Domain, max_history: int | None
) -> Iterator[tuple[list[State], str]]:
    """The decisions as learned policies see them."""
    for states, action in decisions(dialogue, domain):
        if action != UNLIKELY:
            yield _recent(states, max_history), action


def walk(dialogue: TrainingDialogue, domain: Domain) -> Iterator[tuple[Tracker, str]]:
    """Each action of a dialogue with the tracker right before it; the tracker may be changed on the way."""
    tracker = Tracker(dialogue.name, domain, window=None)
    for event in _told(dialogue, domain).applied_events():
        if isinstance(event, ActionExecuted):
            yield tracker, event.name or event.action_text or ""
        tracker.update(event)


def _told(dialogue: TrainingDialogue, domain: Domain) -> Tracker:
    tracker = Tracker(dialogue.name, domain, window=None)
    tracker.update_all(dialogue.events)
    return tracker


def _recent(states: Sequence[State], max_history: int | None) -> list[State]:
    shown = [state for state in states if state.previous != UNLIKELY]
    return shown[-max_history:] if max_history else shown
