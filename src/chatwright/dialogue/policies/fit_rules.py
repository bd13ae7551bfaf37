"""Compiling rules, and learning from stories which turns only rules know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.history import decisions
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.policies.rule import CompiledRule, RulePolicy, UnhappyPath
from chatwright.dialogue.policies.rule_analysis import analyse
from chatwright.dialogue.policies.training_data import Dialogues
from chatwright.dialogue.states import NOT_SET, State
from chatwright.dialogue.training_stories import SNIPPET, TrainingDialogue
from chatwright.project.domain import Domain

__all__ = ["compile_rules", "fit_rules", "rule_only"]

FALLBACK = "action_default_fallback"


def fit_rules(config: Mapping[str, Any], dialogues: Dialogues) -> RulePolicy:
    """A rule policy from the rules' and stories' dialogues."""
    rules, stories, domain = dialogues.rules, dialogues.stories, dialogues.domain
    policy = compile_rules(config, rules, stories, domain)
    if not config.get("check_for_contradictions", True):
        return policy
    analysis = analyse(policy, rules, stories, domain)
    kept = [rule for number, rule in enumerate(policy.rules) if f"rule:{number}" not in analysis.superseded]
    numbers = {id(rule): number for number, rule in enumerate(policy.rules)}
    renumbered = {f"rule:{numbers[id(rule)]}": f"rule:{number}" for number, rule in enumerate(kept)}
    return replace(
        policy,
        rules=kept,
        in_stories=frozenset(renumbered.get(cause, cause) for cause in analysis.in_stories),
    )


def compile_rules(
    config: Mapping[str, Any],
    rules: Sequence[TrainingDialogue],
    stories: Sequence[TrainingDialogue],
    domain: Domain,
) -> RulePolicy:
    """The rules as states, before it is known how they and the stories agree."""
    compiled: dict[tuple[tuple[State, ...], bool], CompiledRule | None] = {}
    unhappy: dict[UnhappyPath, None] = {}
    for dialogue in rules:
        for states, action, at_start in _rule_decisions(dialogue, domain):
            found = CompiledRule(states, action, dialogue.name, dialogue.source, at_start)
            known = compiled.setdefault((states, at_start), found)
            if known is not None and known.action != action:
                compiled[states, at_start] = None  # rules that disagree decide nothing
            _note_unhappy(unhappy, states, action)
    for dialogue in stories:
        for states, action in decisions(dialogue, domain):
            _note_unhappy(unhappy, states, action)
    enabled = config.get("enable_fallback_prediction", True)
    return RulePolicy(
        priority=int(config.get("priority", 4)),
        fallback_action=config.get("core_fallback_action_name", FALLBACK) if enabled else None,
        fallback_threshold=float(config.get("core_fallback_threshold", 0.3)),
        use_nlu_confidence=bool(config.get("use_nlu_confidence_as_score", False)),
        rules=[rule for rule in compiled.values() if rule is not None and rule.action != SNIPPET],
        unhappy=list(unhappy),
    )


def rule_only(
    rules: Sequence[TrainingDialogue], stories: Sequence[TrainingDialogue], domain: Domain
) -> RuleOnly:
    """Slots and loops that stand in the states of rules, but in no story's."""
    in_rules = [state for rule in rules for states, _, _ in _rule_decisions(rule, domain) for state in states]
    in_stories = [state for story in stories for states, _ in decisions(story, domain) for state in states]

    def slots(states: Sequence[State]) -> set[str]:
        return {name for state in states for name, _ in state.slots}

    def loops(states: Sequence[State]) -> set[str]:
        return {state.loop for state in states if state.loop} - {NOT_SET}

    return RuleOnly(
        frozenset(slots(in_rules) - slots(in_stories)), frozenset(loops(in_rules) - loops(in_stories))
    )


def _rule_decisions(
    dialogue: TrainingDialogue, domain: Domain
) -> Iterator[tuple[tuple[State, ...], str, bool]]:
    """States since the rule's open beginning → next action, and whether the conversation begins there."""
    blank = replace(
        domain, slots={name: replace(spec, initial_value=None) for name, spec in domain.slots.items()}
    )
    for states, action in decisions(dialogue, blank):
        opened = [number for number, state in enumerate(states) if state.previous == SNIPPET]
        since = tuple(states[opened[-1] + 1 :] if opened else states[1:])
        if since:
            yield since, action, not opened


def _note_unhappy(unhappy: dict[UnhappyPath, None], states: Sequence[State], action: str) -> None:
    """Source: ``_create_loop_unhappy_lookup_from_states`` of Rasa's rule policy."""
    last = states[-1]
    if last.loop in (None, NOT_SET) or last.previous is None:
        return
    # The meaningful action before the listen counts; what the user said before it does not.
    before = states[-2].previous if len(states) > 1 else None
    pattern = (State(previous=before), last) if before is not None else (last,)
    listening = last.previous == LISTEN
    if listening and action == last.loop:
        unhappy[UnhappyPath(pattern, returns=True)] = None
    elif not listening and action != last.loop:
        unhappy[UnhappyPath(pattern, returns=False)] = None
