"""What policies learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.training_stories import TrainingDialogue
from chatwright.project.domain import Domain

__all__ = ["Dialogues"]


@dataclass(frozen=True, slots=True)
class Dialogues:
    """What the policies of a bot learn from."""

    stories: Sequence[TrainingDialogue]
    rules: Sequence[TrainingDialogue]
    hidden: RuleOnly
    domain: Domain
    seed: int = 42
    augmentation: int = 50
    """Pairs of stories glued together, times ten, so that what came long before matters less; 0: none."""
    deep: bool = False
    """Whether ``TEDPolicy`` is worth a net."""
    progress: Callable[[float], None] | None = None
    """Of the policy that is being trained."""
