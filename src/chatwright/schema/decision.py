"""What the policies propose, and what the bot decides to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatwright.schema.events import Event
from chatwright.schema.why import Evidence

__all__ = ["Decision", "PolicyPrediction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPrediction:
    """What one policy proposes for the next action."""

    policy: str
    """Class name as in config.yml."""
    priority: int
    scores: Mapping[str, float] = field(default_factory=dict)
    """Action → probability; actions left out have probability 0."""
    events: Sequence[Event] = ()
    """Applied whichever policy wins."""
    optional_events: Sequence[Event] = ()
    """Applied only when this policy wins."""
    no_user: bool = False
    """A loop goes on regardless of the message: only such predictions compete."""
    end_to_end: bool = False
    """Made from the text of the message; beats predictions made from intents."""
    hide_rule_turn: bool = False
    """The turn is known to rules only; learned policies do not see it."""
    questions: Mapping[str, str] = field(default_factory=dict)
    """Form → the action with which it asks on, whichever policy decides to run it;
    ``action_deactivate_loop`` where it is to end with what it has."""
    evidence: Sequence[Evidence] = ()
    explain: Callable[[str], Sequence[Evidence]] | None = field(default=None, compare=False, repr=False)
    """Further evidence for an action, which takes a while to find: asked for where the policy wins."""

    @property
    def confidence(self) -> float:
        """The highest probability, 0 when there is none."""
        return max(self.scores.values(), default=0.0)

    @property
    def action(self) -> str | None:
        """The most probable action; the first of equals."""
        return max(self.scores, key=self.scores.__getitem__, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The next action, and why."""

    action: str
    """Name of the action, or the bot text itself where ``is_text``."""
    confidence: float
    policy: str
    """Name of the winning policy, or ``followup_action``."""
    is_text: bool = False
    """The action is an end-to-end bot text."""
    events: Sequence[Event] = ()
    """To be appended before the action's own event."""
    hide_rule_turn: bool = False
    question: str | None = None
    """Of a form: the action with which it asks on (see ``PolicyPrediction.questions``)."""
    evidence: Sequence[Evidence] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    """All actions' probabilities by the winning policy."""
    proposals: Sequence[PolicyPrediction] = ()
    """What every policy said, in the order of config.yml."""

    def to_json(self) -> dict[str, Any]:
        """For the why-trace: the choice, its evidence and the runners-up."""
        return {
            "action": self.action,
            "policy": self.policy,
            "confidence": round(self.confidence, 4),
            "evidence": [evidence.to_json() for evidence in self.evidence],
            "proposals": [
                {"policy": p.policy, "action": p.action, "confidence": round(p.confidence, 4)}
                for p in self.proposals
                if p.confidence > 0
            ],
        }
