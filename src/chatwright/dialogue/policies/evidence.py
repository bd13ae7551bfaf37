"""Why a learned policy chose what it chose, for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.precedents import Precedents
from chatwright.dialogue.slots import NOT_SET, kind_of, slot_features
from chatwright.dialogue.states import State
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain, SlotSpec
from chatwright.schema.events import UserUttered
from chatwright.schema.reasons import Phrase, evidence, phrase
from chatwright.schema.why import Evidence

__all__ = ["learned_evidence"]

MOST_TRIED = 8
"""Other conversations that are tried."""
MOST_INTENTS = 2
"""Next best intents among them."""
NAMED = 2
"""Changes named in the sentence; the data hold all."""


def learned_evidence(
    tracker: Tracker,
    states: Sequence[State],
    action: str,
    *,
    reasons: Sequence[str],
    choose: Callable[[Sequence[Sequence[State]]], Sequence[str]],
    precedents: Precedents,
) -> list[Evidence]:
    """The reason of one decision, what would have changed it, and the nearest decision of the stories.

    Args:
        states: what the policy saw, the present one last.
        reasons: what spoke most for it.
        choose: what the policy would do in each of several conversations.
    """
    others = _what_if(states, tracker.domain, tracker.latest_message) if action != LISTEN else ()
    learned = _learned(action, reasons, others, choose)
    precedent = precedents.nearest(states, action)
    return [learned, precedent] if precedent else [learned]


def _learned(
    action: str,
    reasons: Sequence[str],
    others: Iterable[tuple[Phrase, Sequence[State]]],
    choose: Callable[[Sequence[Sequence[State]]], Sequence[str]],
) -> Evidence:
    key = "learned.because" if reasons else "learned"
    tried = dict(others)
    chosen = choose(list(tried.values())) if tried else ()
    changes = {change: other for change, other in zip(tried, chosen, strict=True) if other != action}
    if not changes:
        return evidence(key, reasons=reasons)
    named = [phrase("what_if", change=change, action=other) for change, other in changes.items()]
    return evidence(
        "learned.unless",
        data={"what_if": {change.en: other for change, other in changes.items()}},
        learned=phrase(key, reasons=reasons),
        changes=named[:NAMED],
    )


def _what_if(
    states: Sequence[State], domain: Domain, message: UserUttered | None
) -> Iterator[tuple[Phrase, Sequence[State]]]:
    """Conversations that differ from this one in one thing: intent, slot, entity, loop, or what came before.

    Args:
        message: the latest one, for what else it may have meant.
    """
    return islice(_others(states, domain, message), MOST_TRIED)


def _others(
    states: Sequence[State], domain: Domain, message: UserUttered | None
) -> Iterator[tuple[Phrase, Sequence[State]]]:
    present = states[-1]
    if message is not None and present.intent is not None:
        ranked = [score.name for score in message.understanding.ranking if score.name != present.intent]
        for intent in ranked[:MOST_INTENTS]:
            yield phrase("what_if.intent", intent=intent), _in_turn(states, intent=intent)
    for name, now in present.slots:
        if now != NOT_SET and (spec := domain.slots.get(name)):
            for words, features in _values(spec):
                if features != now:
                    yield words, [*states[:-1], _with_slot(present, name, features)]
    for label in present.entities:
        left = tuple(entity for entity in present.entities if entity != label)
        yield phrase("what_if.no_entity", entity=label), _in_turn(states, entities=left)
    if present.loop is not None:
        yield phrase("what_if.no_loop", loop=present.loop), [replace(state, loop=None) for state in states]
    if len(states) > 1:
        yield phrase("what_if.no_past"), states[-1:]
    shown = {name for name, _ in present.slots}
    for spec in domain.slots.values():
        if spec.name not in shown and spec.influence_conversation and not spec.is_default:
            for words, features in _values(spec):
                if any(features):
                    yield words, [*states[:-1], _with_slot(present, spec.name, features)]


def _in_turn(states: Sequence[State], **changes: Any) -> list[State]:
    """The states since the latest message with something changed."""
    out = list(states)
    for number in range(len(out) - 1, -1, -1):
        listened = out[number].previous == LISTEN
        out[number] = replace(out[number], **changes)
        if listened:
            break
    return out


def _with_slot(state: State, name: str, features: tuple[float, ...]) -> State:
    others = [item for item in state.slots if item[0] != name]
    return replace(state, slots=tuple(sorted([*others, (name, features)] if any(features) else others)))


def _values(spec: SlotSpec) -> Iterator[tuple[Phrase, tuple[float, ...]]]:
    """Values of a slot that make a difference, each with the words for it."""
    yield phrase("what_if.no_slot", slot=spec.name), ()
    values: Sequence[Any] = {"bool": (True, False), "categorical": spec.values}.get(kind_of(spec), ())
    for value in values:
        shown = str(value).lower()
        yield phrase("what_if.slot_value", slot=spec.name, value=shown), slot_features(spec, value)
    if kind_of(spec) in ("text", "list"):
        yield phrase("what_if.slot", slot=spec.name), slot_features(spec, ["something"])
