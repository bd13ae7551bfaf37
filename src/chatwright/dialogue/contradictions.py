"""Rules and stories that say different things, found in seconds and before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatwright.dialogue.fit_dialogue import DEFAULT_POLICIES
from chatwright.dialogue.policies.fit_rules import as_rejected, fit_rules, walk
from chatwright.dialogue.policies.memoization import story_states
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.policies.rule import RulePolicy
from chatwright.dialogue.states import encode_states
from chatwright.dialogue.training_stories import TrainingDialogue, rule_dialogues, story_dialogues
from chatwright.errors import Problem
from chatwright.project.domain import Domain
from chatwright.project.stories import Rule, Story, UserStep

__all__ = ["check"]


def check(
    stories: Sequence[Story],
    rules: Sequence[Rule],
    domain: Domain,
    config: Sequence[Mapping[str, Any]] | None = None,
) -> list[Problem]:
    """Contradictions and overlong rules as errors, story conflicts and loose checkpoints as warnings."""
    entries = DEFAULT_POLICIES if config is None else config
    settings = {str(entry.get("name", "")).rsplit(".", 1)[-1]: entry for entry in entries}
    problems: list[Problem] = []
    story_list = story_dialogues(stories, domain, problems)
    rule_settings = settings.get("RulePolicy")
    if rule_settings is not None:
        if rule_settings.get("restrict_rules", True):
            problems += _too_many_messages(rules)
        if rule_settings.get("check_for_contradictions", True):
            rule_list = rule_dialogues(rules, domain)
            policy = fit_rules(rule_settings, rule_list, story_list, domain)
            problems += _contradictions(policy, [*rule_list, *story_list], domain)
    problems += _conflicts(story_list, domain, settings.get("MemoizationPolicy", {}).get("max_history"))
    return problems


def _too_many_messages(rules: Sequence[Rule]) -> list[Problem]:
    return [
        Problem(
            "error",
            "rule-with-several-messages",
            f"rule '{rule.name}' holds more than one user message",
            "write a story, or one rule for each message",
            rule.location,
        )
        for rule in rules
        if sum(isinstance(step, UserStep) for step in rule.steps) > 1
    ]


def _contradictions(
    policy: RulePolicy, dialogues: Sequence[TrainingDialogue], domain: Domain
) -> list[Problem]:
    out: list[Problem] = []
    for dialogue in dialogues:
        if dialogue.is_rule:
            continue  # rules meet other rules below, in the stories' walk they are not complete
        for tracker, action in walk(dialogue, domain):
            found = policy.find(as_rejected(tracker, action))
            if found is None or found.action in (None, action):
                continue
            evidence = found.evidence[0]
            where = f" ({evidence.source})" if evidence.source else ""
            said = tracker.latest_message.intent if tracker.latest_message else None
            out.append(
                Problem(
                    "error",
                    "rule-contradicts-story",
                    f"after '{said}' and {tracker.latest_action_name}, story '{dialogue.name}' runs {action}, "
                    f"but {evidence.summary}{where} runs {found.action}",
                    "make the rule and the story agree, or remove one of them",
                    dialogue.location,
                )
            )
            break
    return [*out, *_rules_against_rules(policy)]


def _rules_against_rules(policy: RulePolicy) -> list[Problem]:
    seen: dict[tuple[str, bool], Any] = {}
    out = []
    for rule in policy.rules:
        key = (encode_states(rule.states), rule.at_start)
        other = seen.setdefault(key, rule)
        if other.action != rule.action:
            out.append(
                Problem(
                    "error",
                    "rules-contradict",
                    f"rule '{rule.name}' ({rule.source}) runs {rule.action} where rule "
                    f"'{other.name}' ({other.source}) runs {other.action}",
                    "give one of them a condition, or remove it",
                )
            )
    return out


def _conflicts(stories: Sequence[TrainingDialogue], domain: Domain, max_history: int | None) -> list[Problem]:
    seen: dict[str, tuple[str, TrainingDialogue]] = {}
    out = []
    for dialogue in stories:
        for tracker, action in walk(dialogue, domain):
            states = story_states(tracker.states(), RuleOnly(), max_history)
            if not states:
                continue
            known, other = seen.setdefault(encode_states(states), (action, dialogue))
            if known != action:
                out.append(
                    Problem(
                        "warning",
                        "story-conflict",
                        f"story '{dialogue.name}' runs {action} where story '{other.name}' "
                        f"({other.location}) runs {known}, after the same conversation",
                        "make them agree, or let a slot tell them apart",
                        dialogue.location,
                    )
                )
                break
    return out
