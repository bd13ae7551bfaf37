"""Rules and stories that say different things, found in seconds and before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chatwright.dialogue.fit_dialogue import DEFAULT_POLICIES, check_policies, policy_name
from chatwright.dialogue.incomplete_rules import incomplete_rules
from chatwright.dialogue.policies.fit_rules import compile_rules
from chatwright.dialogue.policies.history import learned_decisions
from chatwright.dialogue.policies.rule_analysis import Contradiction, analyse
from chatwright.dialogue.states import encode_states
from chatwright.dialogue.training_stories import TrainingDialogue, rule_dialogues, story_dialogues
from chatwright.errors import Problem, did_you_mean
from chatwright.project.domain import Domain
from chatwright.project.stories import OrStep, Rule, Story, UserStep

__all__ = ["check"]


def check(
    stories: Sequence[Story],
    rules: Sequence[Rule],
    domain: Domain,
    config: Sequence[Mapping[str, Any]] | None = None,
    *,
    project_root: Path | None = None,
) -> list[Problem]:
    """What stands in the way of training the dialogue part, and what may be meant otherwise.

    Errors are policies that cannot be had, and rules that contradict rules or stories, hold too much or too
    little (Rasa: InvalidRule); warnings are stories that part and checkpoints that lead nowhere.
    """
    settings = {policy_name(entry): entry for entry in config or DEFAULT_POLICIES}
    problems = check_policies(config, project_root)
    story_list = story_dialogues(stories, domain, problems)
    rule_settings = settings.get("RulePolicy")
    if rule_settings is not None:
        problems += _check_rules(rule_settings, rules, story_list, domain)
    elif domain.forms or rules:
        what = "forms" if domain.forms else "rules"
        problems.append(
            Problem(
                "error" if domain.forms else "warning",
                "no-rule-policy",
                f"the project has {what}, but no RulePolicy to run them",
                "add '- name: RulePolicy' to 'policies' in config.yml",
            )
        )
    problems += _conflicts(story_list, domain, settings.get("MemoizationPolicy", {}).get("max_history"))
    return problems


def _check_rules(
    settings: Mapping[str, Any], rules: Sequence[Rule], stories: Sequence[TrainingDialogue], domain: Domain
) -> list[Problem]:
    problems: list[Problem] = []
    fallback = settings.get("core_fallback_action_name")
    if fallback and fallback not in domain.action_names:
        hint = did_you_mean(fallback, domain.action_names) or "declare it under 'actions' in the domain"
        what = f"the fallback action '{fallback}' of RulePolicy is not in the domain"
        problems.append(Problem("error", "unknown-fallback-action", what, hint))
    if settings.get("restrict_rules", True):
        problems += [_too_many_messages(rule) for rule in rules if _messages(rule) > 1]
    if settings.get("check_for_contradictions", True):
        rule_list = rule_dialogues(rules, domain)
        problems += incomplete_rules(rule_list, domain)
        policy = compile_rules(settings, rule_list, stories, domain)
        found = analyse(policy, rule_list, stories, domain).contradictions
        problems += list({_described(contradiction): None for contradiction in found})
    return problems


def _messages(rule: Rule) -> int:
    return sum(
        isinstance(step, UserStep)
        or (isinstance(step, OrStep) and any(isinstance(item, UserStep) for item in step.alternatives))
        for step in rule.steps
    )


def _too_many_messages(rule: Rule) -> Problem:
    return Problem(
        "error",
        "rule-with-several-messages",
        f"rule '{rule.name}' holds more than one user message",
        "write a story, or one rule for each message",
        rule.location,
    )


def _described(found: Contradiction) -> Problem:
    path = found.path
    kind = "rule" if path.is_rule else "story"
    others = " and ".join(f"rule '{other.name}' ({other.source})" for other in found.others)
    said = f"the message '{found.message}' and " if found.message else ""
    return Problem(
        "error",
        "rules-contradict" if path.is_rule else "rule-contradicts-story",
        f"after {said}{found.after}, {kind} '{path.name}' runs {found.action}, but {others} "
        + ("does not" if path.is_rule else f"runs {found.other_action}"),
        "make them agree, give one of them a condition, or remove it",
        path.location,
    )


def _conflicts(stories: Sequence[TrainingDialogue], domain: Domain, max_history: int | None) -> list[Problem]:
    seen: dict[str, tuple[str, TrainingDialogue]] = {}
    out: dict[tuple[str, str], Problem] = {}
    for dialogue in stories:
        for states, action in learned_decisions(dialogue, domain, max_history):
            known, other = seen.setdefault(encode_states(states), (action, dialogue))
            if known != action:
                problem = Problem(
                    "warning",
                    "story-conflict",
                    f"story '{dialogue.name}' runs {action} where story '{other.name}' ({other.source}) runs "
                    f"{known}, after the same conversation",
                    "make them agree, or let a slot tell them apart",
                    dialogue.location,
                )
                out.setdefault((dialogue.name, other.name), problem)
                break
    return list(out.values())
