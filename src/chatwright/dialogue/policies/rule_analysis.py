"""Running the rules over all rules and stories: which contradict each other, and which turns stories show.

Source: ``_analyze_rules`` of rasa.core.policies.rule_policy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.history import walk
from chatwright.dialogue.policies.matching import rule_key
from chatwright.dialogue.policies.rule import RulePolicy, Verdict
from chatwright.dialogue.states import encode_states
from chatwright.dialogue.tracker import Tracker
from chatwright.dialogue.training_stories import SNIPPET, TrainingDialogue
from chatwright.project.domain import Domain
from chatwright.schema.events import ActionExecutionRejected

__all__ = ["Analysis", "Contradiction", "analyse"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One moment at which two paths want different actions."""

    path: TrainingDialogue
    action: str
    after: str | None
    """Action before."""
    message: str | None
    """Intent or text of the message before."""
    others: tuple[TrainingDialogue, ...]
    other_action: str


@dataclass(slots=True)
class Analysis:
    """What the rules and stories have to do with each other."""

    contradictions: list[Contradiction] = field(default_factory=list)
    in_stories: set[str] = field(default_factory=set)
    """Causes of decisions that stories show, too."""
    superseded: set[str] = field(default_factory=set)
    """Rules that only say "then listen", where a longer rule and a story go on."""


@dataclass(slots=True)
class _Moment:
    tracker: Tracker
    gold: str
    predicted: str | None
    cause: str


def analyse(
    policy: RulePolicy, rules: Sequence[TrainingDialogue], stories: Sequence[TrainingDialogue], domain: Domain
) -> Analysis:
    """Predict every action of every path."""
    analysis = Analysis()
    told_by: dict[str, list[tuple[TrainingDialogue, str]]] = defaultdict(list)
    for rule in rules:
        for moment in _moments(policy, rule, domain):
            if not moment.cause.startswith(("default:", "loop:")):
                told_by[moment.cause].append((rule, moment.gold))
    for path in (*rules, *stories):
        for moment in _moments(policy, path, domain):
            if not path.is_rule and moment.predicted == moment.gold:
                analysis.in_stories.add(moment.cause)
            if moment.predicted in (None, moment.gold) or moment.cause in analysis.superseded:
                continue
            if not path.is_rule and _is_superseded(policy, moment):
                analysis.superseded.add(moment.cause)
                continue
            others = {id(rule): rule for rule, gold in told_by[moment.cause] if gold != moment.gold}
            if others:
                analysis.contradictions.append(_contradiction(path, moment, tuple(others.values())))
    return analysis


def _moments(policy: RulePolicy, path: TrainingDialogue, domain: Domain) -> Iterator[_Moment]:
    open_end = True  # nothing tells the first action, nor the one after "..."
    for tracker, gold in walk(path, domain):
        if gold == SNIPPET or open_end:
            open_end = gold == SNIPPET
            continue
        verdict = policy.judge(tracker)
        loop = tracker.active_loop_name
        if loop is not None and verdict.action == loop != gold:
            # Inside a form another action runs only after the form has declined.
            tracker.update(ActionExecutionRejected(name=loop))
            verdict = policy.judge(tracker)
        yield _Moment(tracker, gold, _spoken(policy, verdict, path), verdict.cause or _nothing(tracker))


def _spoken(policy: RulePolicy, verdict: Verdict, path: TrainingDialogue) -> str | None:
    """What is said; where a rule's own turn is not known, the fallback is."""
    if verdict.action is not None or not path.is_rule:
        return verdict.action
    return policy.fallback_action or LISTEN


def _nothing(tracker: Tracker) -> str:
    states = tracker.states()
    opened = [number for number, state in enumerate(states) if state.previous == SNIPPET]
    return encode_states(states[opened[-1] + 1 :] if opened else states)


def _is_superseded(policy: RulePolicy, moment: _Moment) -> bool:
    """Whether the rule knows nothing but "after this action, listen", while a more specific rule goes on."""
    if moment.predicted != LISTEN or not moment.cause.startswith("rule:"):
        return False
    rule = policy.rules[int(moment.cause.split(":")[1])]
    if len(rule.states) > 1:
        return False
    known = rule_key(rule.states, at_start=rule.at_start).removesuffix("}]")
    keys = (rule_key(other.states, at_start=other.at_start) for other in policy.rules if other is not rule)
    return any(key.startswith(known) for key in keys)


def _contradiction(
    path: TrainingDialogue, moment: _Moment, others: tuple[TrainingDialogue, ...]
) -> Contradiction:
    message = moment.tracker.latest_message
    return Contradiction(
        path,
        moment.gold,
        moment.tracker.latest_action_name,
        (message.intent or message.text) if message else None,
        others,
        moment.predicted or LISTEN,
    )
