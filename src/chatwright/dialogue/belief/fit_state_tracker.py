"""Training a state tracker: from dialogues with known states, or from a project's examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chatwright.dialogue.belief.candidates import BeliefState, Turn, candidates, heard
from chatwright.dialogue.belief.dialogue_state import DialogueState, message_spans
from chatwright.dialogue.belief.domain_schema import domain_schema, from_slot, span_kind, tracked_slots
from chatwright.dialogue.belief.mentions import find_mentions
from chatwright.dialogue.belief.schema import Schema, SlotKey
from chatwright.dialogue.belief.state_tracker import moved
from chatwright.dialogue.belief.words import words
from chatwright.learn.fit_ranker import Choice, fit_ranker
from chatwright.learn.ranker import Ranker
from chatwright.project.domain import Domain
from chatwright.project.nlu_data import NluData, NluExample

__all__ = ["BITS", "LabelledTurn", "choices", "fit_state_tracker", "shipped_ranker"]

SHIPPED = Path(__file__).parents[2] / "weights" / "state-tracker"
BITS = 20
_MOST_EXAMPLES = 2_000
_PENALTY = 2.0
"""Keeps what was learnt from real dialogues unless a project's examples speak clearly."""


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """A user turn and the state after it."""

    turn: Turn
    after: Mapping[SlotKey, Sequence[str]]
    """Slot → the ways to write its value that count as right; none where it is not known."""


def fit_state_tracker(domain: Domain, nlu: NluData) -> DialogueState | None:
    """The state tracker of a project; None where no slot asks for one.

    It begins with what the shipped one learnt from dialogues about other things, and learns from the
    annotated examples what the values of this domain stand beside.
    """
    if not tracked_slots(domain):
        return None
    schema = domain_schema(domain, nlu)
    start = shipped_ranker()
    step = len(nlu.examples) // _MOST_EXAMPLES + 1
    found = [
        choice
        for turns in _example_turns(nlu.examples[::step], schema, domain)
        for choice in choices(turns, schema)
    ]
    ranker = fit_ranker(found, bits=start.bits if start else BITS, penalty=_PENALTY, start=start)
    return DialogueState.of(schema, ranker, domain)


def choices(
    dialogue: Iterable[LabelledTurn], schema: Schema, *, names: bool = True, own: bool = True
) -> Iterator[Choice]:
    """The choices that a tracker faces in a dialogue, with the true state before each turn.

    Args:
        names: with the features of slots' names, which carry over to slots with such names.
        own: with the features of the slots themselves, which do not carry over.
    """
    belief = BeliefState()
    for labelled in dialogue:
        belief = heard(belief, labelled.turn, schema)
        after = labelled.after
        for slot, found in candidates(labelled.turn, schema, belief, names=names, own=own):
            wanted = after.get(slot.key, ("",))
            if not wanted:
                continue
            if belief.values.get(slot.key, "") in wanted:
                chosen = None
            else:
                chosen = next((n for n, one in enumerate(found) if one.value in wanted), -1)
            if chosen != -1:
                yield Choice([one.features for one in found], chosen)
        changes = {key: v[0] for key, v in after.items() if v and belief.values.get(key) not in v}
        kept = {key: value for key, value in belief.values.items() if key in after}
        belief = moved(BeliefState(kept, belief.service, belief.offers), changes)


@lru_cache(maxsize=1)
def shipped_ranker() -> Ranker | None:
    """What ships with the package; None where the install lacks it."""
    return Ranker.load(SHIPPED) if (SHIPPED / "ranker.npz").exists() else None


def _example_turns(
    examples: Iterable[NluExample], schema: Schema, domain: Domain
) -> Iterator[list[LabelledTurn]]:
    """Each example as the first turn of a dialogue, and each value as an answer to the question for it."""
    answered: set[tuple[SlotKey, str]] = set()
    names = {key: name for name, key in tracked_slots(domain).items()}
    for example in examples:
        after: dict[SlotKey, list[str]] = {}
        spans = message_spans(example.text, example.entities)
        for mention in find_mentions(words(example.text), schema, spans):
            for key in mention.keys or ():  # not annotated: clear where only one slot has the value
                clear = mention.kind == "exact" and len(mention.keys or ()) == 1
                after[key] = [mention.value] if clear else []
        for slot in schema.slots:
            said = [from_slot(e.value) for e in example.entities if span_kind(e) in slot.kinds]
            if said:
                after[slot.key] = said[-1:]
                if (slot.key, said[-1]) not in answered:
                    answered.add((slot.key, said[-1]))
                    question = _question(names[slot.key], domain)
                    yield [LabelledTurn(Turn(said[-1], question, slot.key), {slot.key: said[-1:]})]
        yield [LabelledTurn(Turn(example.text, spans=spans), after)]


def _question(slot: str, domain: Domain) -> str:
    """What the bot says to ask for a slot."""
    for name, variations in domain.responses.items():
        if name.startswith("utter_ask_") and name.endswith(f"_{slot}") and variations:
            return str(variations[0].content.get("text") or "")
    return ""
