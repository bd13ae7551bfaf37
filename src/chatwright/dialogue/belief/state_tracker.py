"""Tracking what the user wants, slot by slot, from turn to turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chatwright.dialogue.belief.candidates import BeliefState, Turn, candidates, heard
from chatwright.dialogue.belief.schema import Schema, SlotKey
from chatwright.learn.ranker import Ranker
from chatwright.schema.why import Evidence

__all__ = ["StateTracker", "Update"]


@dataclass(frozen=True, slots=True)
class Update:
    """A slot's new value."""

    key: SlotKey
    value: str
    probability: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class StateTracker:
    """Chooses the values of slots after each user turn."""

    schema: Schema
    ranker: Ranker
    own: bool = True
    """Whether the ranker knows the slots themselves, not only their names."""

    def update(self, belief: BeliefState, turn: Turn) -> tuple[BeliefState, list[Update]]:
        """The belief after a user turn, and what changed."""
        belief = heard(belief, turn, self.schema)
        updates = []
        for slot, found in candidates(turn, self.schema, belief, own=self.own):
            odds = self.ranker.probabilities([one.features for one in found])
            best = int(odds.argmax())
            if best < len(found):
                one, odd = found[best], float(odds[best])
                said = f"{one.source}: {one.said}" if one.said else one.source
                summary = f"{slot.name} is {one.value!r} ({said})"
                updates.append(
                    Update(slot.key, one.value, odd, Evidence("belief", summary, score=round(odd, 4)))
                )
        return moved(belief, {update.key: update.value for update in updates}), updates


def moved(belief: BeliefState, changes: Mapping[SlotKey, str]) -> BeliefState:
    """The belief with changes; the service of the most of them is the one talked about."""
    services = [key[0] for key in changes]
    service = max(services, key=services.count) if services else belief.service
    values = {key: value for key, value in {**belief.values, **changes}.items() if value}
    return BeliefState(values, service, belief.offers)
