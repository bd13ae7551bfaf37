"""Training the dialogue part: from stories and rules to policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatwright.dialogue.decider import Decider
from chatwright.dialogue.policies.custom import load_policy_class
from chatwright.dialogue.policies.fit_aligned import fit_aligned
from chatwright.dialogue.policies.fit_learned import fit_learned
from chatwright.dialogue.policies.fit_memoization import fit_memoization
from chatwright.dialogue.policies.fit_rules import fit_rules, rule_only
from chatwright.dialogue.policies.fit_unlikely import fit_unlikely
from chatwright.dialogue.policies.policy import Policy, RuleOnly
from chatwright.dialogue.training_stories import TrainingDialogue, rule_dialogues, story_dialogues
from chatwright.errors import ComponentError, Problem, did_you_mean
from chatwright.project.domain import Domain
from chatwright.project.stories import Rule, Story

__all__ = ["DEFAULT_POLICIES", "Dialogues", "check_policies", "fit_policies", "policy_name", "policy_notices"]

DEFAULT_POLICIES: tuple[Mapping[str, Any], ...] = (
    {"name": "MemoizationPolicy"},
    {"name": "RulePolicy"},
    {"name": "TEDPolicy", "max_history": 5},
)

_REMOVED = {
    "MappingPolicy": "write a rule: intent → action",
    "FallbackPolicy": "use FallbackClassifier in the pipeline and a rule for nlu_fallback",
    "TwoStageFallbackPolicy": "use FallbackClassifier and a rule: nlu_fallback → action_two_stage_fallback",
    "FormPolicy": "use RulePolicy and rules for the form",
    "SklearnPolicy": "use TEDPolicy",
    "KerasPolicy": "use TEDPolicy",
    "EmbeddingPolicy": "use TEDPolicy",
}

_RASA_PATH = "rasa.core.policies."


@dataclass(frozen=True, slots=True)
class Dialogues:
    """What the policies learn from."""

    stories: Sequence[TrainingDialogue]
    rules: Sequence[TrainingDialogue]
    hidden: RuleOnly
    domain: Domain
    seed: int = 42
    augmentation: int = 50


def fit_policies(
    config: Sequence[Mapping[str, Any]] | None,
    stories: Sequence[Story],
    rules: Sequence[Rule],
    domain: Domain,
    *,
    project_root: Path | None = None,
    seed: int = 42,
    augmentation: int = 50,
    progress: Callable[[str, float], None] | None = None,
) -> Decider:
    """Train every policy of ``config`` (the defaults where it is None or empty).

    Args:
        project_root: folder in which policies of the user's own are looked for.
        augmentation: how many stories are glued together for the learned policy (times ten).

    Raises:
        ComponentError: an entry is unknown, was removed before Rasa 3, or is code that cannot be imported.
    """
    story_list, rule_list = story_dialogues(stories, domain), rule_dialogues(rules, domain)
    hidden = _hidden(config, story_list, rule_list, domain)
    dialogues = Dialogues(story_list, rule_list, hidden, domain, seed, augmentation)
    entries = [
        entry for entry in config or DEFAULT_POLICIES if not _why_absent(policy_name(entry), project_root)
    ]
    policies: list[Policy] = []
    for number, entry in enumerate(entries):
        if progress:
            progress(policy_name(entry), number / len(entries))
        policies.append(_trainer(policy_name(entry), project_root)(entry, dialogues))
    if progress:
        progress("policies", 1.0)
    return Decider(policies, domain)


def policy_name(entry: Mapping[str, Any]) -> str:
    """The name in an entry of config.yml; Rasa's own policies may stand there with their module paths."""
    name = str(entry.get("name", "")).strip()
    return name.rsplit(".", 1)[-1] if name.startswith(_RASA_PATH) else name


def check_policies(
    config: Sequence[Mapping[str, Any]] | None, project_root: Path | None = None
) -> list[Problem]:
    """Policies that cannot be had, as errors, before anything is trained."""
    problems = []
    for entry in config or ():
        if _why_absent(policy_name(entry), project_root):
            continue
        try:
            _trainer(policy_name(entry), project_root)
        except ComponentError as error:
            problems.append(Problem("error", "unknown-policy", error.message, error.fix))
    return problems


def policy_notices(config: Sequence[Mapping[str, Any]] | None, project_root: Path | None = None) -> list[str]:
    """What is done otherwise than ``config`` says, a sentence each."""
    out = []
    for entry in config or ():
        name = policy_name(entry)
        if reason := _why_absent(name, project_root):
            out.append(f"{name} is left out: its code cannot be had ({reason})")
        elif name == "UnexpecTEDIntentPolicy":
            out.append("UnexpecTEDIntentPolicy is trained as a light linear check over the last turns")
        elif name == "TEDPolicy":
            out.append("TEDPolicy is trained as a light linear policy over the last turns")
        elif name == "AlignedPolicy":
            out.append(
                "AlignedPolicy learns how to ask by `chatwright align policy`; until then, and after a "
                "change of domain, stories or rules, forms ask in their own order"
            )
    return out


def _why_absent(name: str, project_root: Path | None) -> str:
    """Why the code of a policy of the user's own cannot be had; empty where it can, or is wrong otherwise."""
    if name in TRAINERS or "." not in name:
        return ""
    try:
        load_policy_class(name, project_root)
    except ComponentError as error:
        return str(error.__cause__) if isinstance(error.__cause__, ModuleNotFoundError) else ""
    return ""


def _hidden(
    config: Sequence[Mapping[str, Any]] | None,
    stories: Sequence[TrainingDialogue],
    rules: Sequence[TrainingDialogue],
    domain: Domain,
) -> RuleOnly:
    for entry in config or DEFAULT_POLICIES:
        if policy_name(entry) == "RulePolicy" and entry.get("check_for_contradictions", True):
            return rule_only(rules, stories, domain)
    return RuleOnly()


def _trainer(name: str, project_root: Path | None) -> Callable[[Mapping[str, Any], Dialogues], Policy]:
    if name in TRAINERS:
        return TRAINERS[name]
    if name in _REMOVED:
        raise ComponentError(f"policy {name} was removed in Rasa 3", fix=_REMOVED[name])
    if "." in name:
        return load_policy_class(name, project_root).fit
    raise ComponentError(
        f"there is no policy {name!r}",
        fix=did_you_mean(name, TRAINERS) or f"use one of {', '.join(TRAINERS)}",
    )


TRAINERS: dict[str, Callable[[Mapping[str, Any], Dialogues], Policy]] = {
    "RulePolicy": lambda c, d: fit_rules(c, d.rules, d.stories, d.domain),
    "MemoizationPolicy": lambda c, d: fit_memoization(c, d.stories, d.domain, d.hidden),
    "AugmentedMemoizationPolicy": lambda c, d: fit_memoization(c, d.stories, d.domain, d.hidden),
    "TEDPolicy": lambda c, d: fit_learned(
        c, d.stories, d.domain, d.hidden, seed=d.seed, augmentation=d.augmentation
    ),
    "UnexpecTEDIntentPolicy": lambda c, d: fit_unlikely(
        c, d.stories, d.domain, d.hidden, seed=d.seed, augmentation=d.augmentation
    ),
    "AlignedPolicy": lambda c, d: fit_aligned(c, d.domain),
}
