"""Choosing among the policies' proposals, with Rasa's ensemble rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.aligned import AlignedPolicy
from chatwright.dialogue.policies.custom import load_policy_class
from chatwright.dialogue.policies.learned import LearnedPolicy
from chatwright.dialogue.policies.memoization import MemoizationPolicy
from chatwright.dialogue.policies.policy import Policy
from chatwright.dialogue.policies.rule import RulePolicy
from chatwright.dialogue.policies.transformer import TransformerPolicy
from chatwright.dialogue.policies.unlikely import UnlikelyIntentPolicy
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain
from chatwright.schema.decision import Decision, PolicyPrediction
from chatwright.schema.events import Event, UserFeaturization
from chatwright.schema.reasons import evidence

__all__ = ["Decider"]


class Decider:
    """The policies of a bot."""

    def __init__(self, policies: Sequence[Policy], domain: Domain) -> None:
        self.policies = tuple(policies)
        self.domain = domain
        self._known = frozenset(domain.action_names)

    def decide(self, tracker: Tracker) -> Decision:
        """The next action.

        A follow-up action goes first, if there is such an action. Otherwise the surest proposal wins, the
        higher priority among equals, the earlier policy among those. What an action that has just declined
        would get counts as 0.
        """
        followup = tracker.followup_action
        if followup in self._known:
            reason = evidence("followup", action=followup)
            return Decision(action=followup, confidence=1.0, policy="followup_action", evidence=(reason,))
        proposals = [policy.predict(tracker, self.domain) for policy in self.policies]
        rejected = tracker.rejected_action
        if rejected is not None:
            proposals = [_without(proposal, rejected) for proposal in proposals]
        winner = _winner(proposals)
        events = self._events(tracker, proposals, winner)
        if winner is None or winner.action is None or winner.confidence <= 0:
            return Decision(
                action=LISTEN,
                confidence=0.0,
                policy=winner.policy if winner else "none",
                events=events,
                evidence=(evidence("nothing"),),
                proposals=tuple(proposals),
            )
        asker = next((proposal for proposal in proposals if winner.action in proposal.questions), None)
        return Decision(
            action=winner.action,
            confidence=winner.confidence,
            policy=winner.policy,
            is_text=winner.action in self.domain.e2e_actions,
            events=events,
            hide_rule_turn=winner.hide_rule_turn,
            question=asker.questions[winner.action] if asker else None,
            evidence=(
                *winner.evidence,
                *(winner.explain(winner.action) if winner.explain else ()),
                *(asker.evidence if asker and asker is not winner else ()),
            ),
            scores=winner.scores,
            proposals=tuple(proposals),
        )

    def _events(
        self, tracker: Tracker, proposals: Sequence[PolicyPrediction], winner: PolicyPrediction | None
    ) -> tuple[Event, ...]:
        events = [event for proposal in proposals for event in proposal.events]
        events += winner.optional_events if winner else ()
        if tracker.latest_action_name == LISTEN and tracker.latest_message is not None:
            by_text = winner is not None and winner.end_to_end
            events.append(UserFeaturization(use_text_for_featurization=by_text))
        return tuple(events)

    def save(self, folder: Path) -> None:
        """Write each policy into a folder of its own."""
        index = []
        for number, policy in enumerate(self.policies):
            name = f"{number}"
            (folder / name).mkdir(parents=True, exist_ok=True)
            policy.save(folder / name)
            index.append({"folder": name, "class": _class_name(type(policy))})
        (folder / "policies.json").write_text(json.dumps(index), "utf-8")

    @classmethod
    def from_folder(cls, folder: Path, domain: Domain, *, project_root: Path | None = None) -> Decider:
        """The inverse of ``save``.

        Args:
            project_root: where the code of the user's own policies lies.

        Raises:
            ComponentError: a policy of the user's own cannot be imported.
        """
        policies: list[Policy] = []
        for entry in json.loads((folder / "policies.json").read_text("utf-8")):
            name = entry["class"]
            kind = POLICY_KINDS.get(name) or load_policy_class(name, project_root)
            policies.append(kind.load(folder / entry["folder"]))
        return cls(policies, domain)


def _without(proposal: PolicyPrediction, action: str) -> PolicyPrediction:
    return replace(proposal, scores={k: 0.0 if k == action else v for k, v in proposal.scores.items()})


def _winner(proposals: Sequence[PolicyPrediction]) -> PolicyPrediction | None:
    if any(p.no_user for p in proposals):
        proposals = [p for p in proposals if p.no_user]
    elif any(p.end_to_end for p in proposals):
        proposals = [p for p in proposals if p.end_to_end]
    return max(proposals, key=lambda p: (p.confidence, p.priority), default=None)


POLICY_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        RulePolicy,
        MemoizationPolicy,
        LearnedPolicy,
        TransformerPolicy,
        UnlikelyIntentPolicy,
        AlignedPolicy,
    )
}


def _class_name(kind: type[Any]) -> str:
    """Our own policies by their bare names, so that a bundle survives a move of modules."""
    return kind.__name__ if kind in POLICY_KINDS.values() else f"{kind.__module__}.{kind.__qualname__}"
