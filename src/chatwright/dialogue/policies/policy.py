"""What every policy does. A policy of the user's own follows the same protocol.

config.yml names such a policy by its class, ``my_policies.Cautious`` for ``my_policies.py`` in the project's
folder. Besides what ``Policy`` asks for, the class trains itself::

    class Cautious:
        def __init__(self, priority: int = 2) -> None:
            self.name, self.priority = "Cautious", priority

        @classmethod
        def fit(cls, config, dialogues):      # its entry in config.yml; a training_data.Dialogues
            return cls(config.get("priority", 2))

        def predict(self, tracker, domain): ...
        def save(self, folder): ...
        @classmethod
        def load(cls, folder): ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, Self

from chatwright.dialogue.states import State
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain
from chatwright.schema.decision import PolicyPrediction

__all__ = ["Policy", "RuleOnly"]


class Policy(Protocol):
    """Proposes the next action."""

    name: str
    """As in config.yml, ``TEDPolicy`` for instance."""
    priority: int
    """Breaks ties between equally sure policies."""

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """The proposal for the next action of the conversation."""
        ...

    def save(self, folder: Path) -> None:
        """Write everything needed to load it again; never a pickle."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The inverse of ``save``."""
        ...


@dataclass(frozen=True, slots=True)
class RuleOnly:
    """Slots and loops that only rules know; policies learned from stories must not see them."""

    slots: frozenset[str] = frozenset()
    loops: frozenset[str] = frozenset()

    def hidden_from(self, state: State) -> State:
        """The state without them."""
        if not self.slots and not self.loops:
            return state
        return replace(
            state,
            slots=tuple(item for item in state.slots if item[0] not in self.slots),
            loop=None if state.loop in self.loops else state.loop,
        )

    def to_json(self) -> dict[str, list[str]]:
        """Sorted names."""
        return {"slots": sorted(self.slots), "loops": sorted(self.loops)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RuleOnly:
        """The inverse of ``to_json``."""
        return cls(frozenset(data["slots"]), frozenset(data["loops"]))
