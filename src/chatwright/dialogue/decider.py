"""Choosing among the policies' proposals, with Rasa's ensemble rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from chatwright.dialogue.policies.learned import LearnedPolicy
from chatwright.dialogue.policies.memoization import MemoizationPolicy
from chatwright.dialogue.policies.policy import Policy
from chatwright.dialogue.policies.rule import RulePolicy
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import BundleError
from chatwright.project.domain import Domain
from chatwright.schema.decision import Decision, PolicyPrediction
from chatwright.schema.events import ActionExecuted, ActionExecutionRejected, Event, UserFeaturization
from chatwright.schema.why import Evidence

__all__ = ["Decider"]

LISTEN = "action_listen"


class Decider:
    """The policies of a bot."""

    def __init__(self, policies: Sequence[Policy], domain: Domain) -> None:
        self.policies = tuple(policies)
        self.domain = domain
        self._known = frozenset(domain.action_names)

    def decide(self, tracker: Tracker) -> Decision:
        """The next action.

        A follow-up action goes first. Otherwise the surest proposal wins, the higher priority among
        equals, the earlier policy among those.
        """
        followup = tracker.followup_action
        if followup is not None:
            evidence = Evidence("followup", f"{followup} was asked for by the action before")
            return Decision(action=followup, confidence=1.0, policy="followup_action", evidence=(evidence,))
        proposals = [policy.predict(tracker, self.domain) for policy in self.policies]
        rejected = _just_rejected(tracker)
        if rejected is not None:
            proposals = [_without(proposal, rejected) for proposal in proposals]
        winner = _winner(proposals)
        if winner is None or winner.action is None:
            evidence = Evidence("nothing", "no policy proposes anything")
            return Decision(
                action=LISTEN, confidence=0.0, policy="none", evidence=(evidence,), proposals=tuple(proposals)
            )
        return Decision(
            action=winner.action,
            confidence=winner.confidence,
            policy=winner.policy,
            is_text=winner.action in self.domain.e2e_actions or winner.action not in self._known,
            events=self._events(tracker, proposals, winner),
            hide_rule_turn=winner.hide_rule_turn,
            evidence=winner.evidence,
            scores=winner.scores,
            proposals=tuple(proposals),
        )

    def _events(
        self, tracker: Tracker, proposals: Sequence[PolicyPrediction], winner: PolicyPrediction
    ) -> tuple[Event, ...]:
        events: list[Event] = []
        if tracker.latest_action_name in (None, LISTEN) and tracker.latest_message is not None:
            events.append(UserFeaturization(use_text_for_featurization=winner.end_to_end))
        for proposal in proposals:
            events += proposal.events
        return (*events, *winner.optional_events)

    def save(self, folder: Path) -> None:
        """Write each policy into a folder of its own."""
        index = []
        for number, policy in enumerate(self.policies):
            name = f"{number}"
            (folder / name).mkdir(parents=True, exist_ok=True)
            policy.save(folder / name)
            index.append({"folder": name, "kind": policy.kind})
        (folder / "policies.json").write_text(json.dumps(index), "utf-8")

    @classmethod
    def from_folder(cls, folder: Path, domain: Domain) -> Decider:
        """The inverse of ``save``.

        Raises:
            BundleError: a policy is of a kind that this version does not know.
        """
        policies: list[Policy] = []
        for entry in json.loads((folder / "policies.json").read_text("utf-8")):
            kind = POLICY_KINDS.get(entry["kind"])
            if kind is None:
                raise BundleError(
                    f"the bundle holds a policy of unknown kind {entry['kind']!r}",
                    fix="train again with this version",
                )
            policies.append(kind.load(folder / entry["folder"]))
        return cls(policies, domain)


def _just_rejected(tracker: Tracker) -> str | None:
    """The action that declined to run, when that was the last thing that happened."""
    for event in reversed(tracker.applied_events()):
        if isinstance(event, ActionExecutionRejected):
            return event.name
        if isinstance(event, ActionExecuted):
            return None
    return None


def _without(proposal: PolicyPrediction, action: str) -> PolicyPrediction:
    return replace(proposal, scores={k: 0.0 if k == action else v for k, v in proposal.scores.items()})


def _winner(proposals: Sequence[PolicyPrediction]) -> PolicyPrediction | None:
    if any(p.no_user and p.confidence > 0 for p in proposals):
        proposals = [p for p in proposals if p.no_user]
    elif any(p.end_to_end for p in proposals):
        proposals = [p for p in proposals if p.end_to_end]
    best: PolicyPrediction | None = None
    for proposal in proposals:
        if not proposal.scores:
            continue
        rank = (proposal.confidence, proposal.priority)
        if best is None or rank > (best.confidence, best.priority):
            best = proposal
    return best


POLICY_KINDS: dict[str, type[Policy]] = {
    kind.kind: kind for kind in (RulePolicy, MemoizationPolicy, LearnedPolicy)
}
