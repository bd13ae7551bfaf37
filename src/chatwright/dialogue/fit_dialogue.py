"""Training the dialogue part: from stories and rules to policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatwright.dialogue.decider import Decider
from chatwright.dialogue.policies.custom import load_policy_class
from chatwright.dialogue.policies.fit_aligned import fit_aligned
from chatwright.dialogue.policies.fit_learned import fit_learned
from chatwright.dialogue.policies.fit_memoization import fit_memoization
from chatwright.dialogue.policies.fit_rules import fit_rules, rule_only
from chatwright.dialogue.policies.fit_transformer import fit_transformer
from chatwright.dialogue.policies.fit_unlikely import fit_unlikely
from chatwright.dialogue.policies.policy import Policy, RuleOnly
from chatwright.dialogue.policies.training_data import Dialogues
from chatwright.dialogue.training_stories import TrainingDialogue, rule_dialogues, story_dialogues
from chatwright.errors import ComponentError, Location, MissingExtraError, Problem, did_you_mean
from chatwright.learn.deep import can_train
from chatwright.project.domain import Domain
from chatwright.project.stories import ActionStep, BotStep, Rule, Story

__all__ = ["DEFAULT_POLICIES", "check_policies", "fit_policies", "policy_name", "policy_notices"]

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

DEEP_FROM = 1000
"""For ``TEDPolicy``: actions in the stories from which on the net beats the light policy by some points."""


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
    dialogues = Dialogues(story_list, rule_list, hidden, domain, seed, augmentation, _worth_a_net(stories))
    entries = [
        entry for entry in config or DEFAULT_POLICIES if not _why_absent(policy_name(entry), project_root)
    ]
    policies: list[Policy] = []
    for number, entry in enumerate(entries):
        name = policy_name(entry)

        def tell(done: float, name: str = name, number: int = number) -> None:
            if progress:
                progress(name, (number + done) / len(entries))

        tell(0)
        policies.append(_trainer(name, project_root)(entry, replace(dialogues, progress=tell)))
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
    for number, entry in enumerate(config or ()):
        if _why_absent(policy_name(entry), project_root):
            continue
        try:
            _trainer(policy_name(entry), project_root)
        except (ComponentError, MissingExtraError) as error:
            at = Location("config.yml", key=f"policies[{number}]")
            problems.append(Problem("error", "unknown-policy", error.message, error.fix, at))
    return problems


def policy_notices(
    config: Sequence[Mapping[str, Any]] | None,
    project_root: Path | None = None,
    *,
    stories: Sequence[Story] = (),
) -> list[str]:
    """What is done otherwise than ``config`` says, a sentence each."""
    out = []
    for entry in config or ():
        name = policy_name(entry)
        if reason := _why_absent(name, project_root):
            out.append(f"{name} is left out: its code cannot be had ({reason})")
        elif name == "UnexpecTEDIntentPolicy":
            out.append("UnexpecTEDIntentPolicy is trained as a light linear check over the last turns")
        elif name == "TEDPolicy":
            kind = "a Transformer" if _worth_a_net(stories) else "a light linear policy"
            out.append(f"TEDPolicy is trained as {kind} over the last turns")
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


def _worth_a_net(stories: Sequence[Story]) -> bool:
    """Whether PyTorch is there, and so many stories that a net learns more from them than a linear model."""
    actions = sum(isinstance(step, ActionStep | BotStep) for story in stories for step in story.steps)
    return actions >= DEEP_FROM and can_train()


def _trainer(name: str, project_root: Path | None) -> Callable[[Mapping[str, Any], Dialogues], Policy]:
    if name == "TransformerPolicy" and not can_train():
        raise MissingExtraError("training the TransformerPolicy", "train")
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


def _fit_deep(config: Mapping[str, Any], dialogues: Dialogues) -> Policy:
    return fit_transformer(config, dialogues) or fit_learned(config, dialogues)


def _fit_ted(config: Mapping[str, Any], dialogues: Dialogues) -> Policy:
    """Rasa's sizes and passes suit its own net; what means the same here is kept."""
    kept = ("name", "priority", "max_history", "e2e_confidence_threshold", "random_seed")
    return (
        _fit_deep({key: config[key] for key in kept if key in config}, dialogues)
        if dialogues.deep
        else fit_learned(config, dialogues)
    )


TRAINERS: dict[str, Callable[[Mapping[str, Any], Dialogues], Policy]] = {
    "RulePolicy": fit_rules,
    "MemoizationPolicy": fit_memoization,
    "AugmentedMemoizationPolicy": fit_memoization,
    "TEDPolicy": _fit_ted,
    "TransformerPolicy": _fit_deep,
    "UnexpecTEDIntentPolicy": fit_unlikely,
    "AlignedPolicy": lambda config, dialogues: fit_aligned(config, dialogues.domain),
}
