"""Training the dialogue part: from stories and rules to policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatwright.dialogue.decider import Decider
from chatwright.dialogue.policies.fit_learned import fit_learned
from chatwright.dialogue.policies.fit_memoization import fit_memoization
from chatwright.dialogue.policies.fit_rules import fit_rules
from chatwright.dialogue.policies.policy import Policy, RuleOnly
from chatwright.dialogue.training_stories import TrainingDialogue, rule_dialogues, story_dialogues
from chatwright.errors import ComponentError, did_you_mean
from chatwright.project.domain import Domain
from chatwright.project.stories import Rule, Story
from chatwright.schema.events import ActiveLoop, SlotSet

__all__ = ["DEFAULT_POLICIES", "Dialogues", "fit_policies", "policy_notices"]

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

_LEFT_OUT = {
    "UnexpecTEDIntentPolicy": "left out: the light dialogue part makes no check for unlikely intents",
}


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
    seed: int = 42,
    augmentation: int = 50,
    progress: Callable[[str, float], None] | None = None,
) -> Decider:
    """Train every policy of ``config`` (the defaults where it is None).

    Raises:
        ComponentError: an entry is unknown or was removed before Rasa 3.
    """
    story_list, rule_list = story_dialogues(stories, domain), rule_dialogues(rules, domain)
    dialogues = Dialogues(
        story_list, rule_list, _rule_only(story_list, rule_list), domain, seed, augmentation
    )
    entries = list(DEFAULT_POLICIES if config is None else config)
    policies: list[Policy] = []
    for number, entry in enumerate(entries):
        name = str(entry.get("name", "")).rsplit(".", 1)[-1]
        if progress:
            progress(name, number / len(entries))
        if name in _LEFT_OUT:
            continue
        trainer = TRAINERS.get(name)
        if trainer is None:
            raise _unknown(str(entry.get("name")))
        policies.append(trainer(entry, dialogues))
        if progress:
            progress(name, 1.0)
    return Decider(policies, domain)


def policy_notices(config: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """What is done otherwise than ``config`` says, a sentence each."""
    out = []
    for entry in config or ():
        name = str(entry.get("name", "")).rsplit(".", 1)[-1]
        if name in _LEFT_OUT:
            out.append(f"{name} is {_LEFT_OUT[name]}")
        elif name == "TEDPolicy":
            out.append("TEDPolicy is trained as a light linear policy over the last turns")
    return out


def _rule_only(stories: Sequence[TrainingDialogue], rules: Sequence[TrainingDialogue]) -> RuleOnly:
    def used(dialogues: Sequence[TrainingDialogue], kind: type) -> set[str]:
        return {e.name for d in dialogues for e in d.events if isinstance(e, kind) and e.name}

    return RuleOnly(
        frozenset(used(rules, SlotSet) - used(stories, SlotSet)),
        frozenset(used(rules, ActiveLoop) - used(stories, ActiveLoop)),
    )


def _unknown(name: str) -> ComponentError:
    short = name.rsplit(".", 1)[-1]
    if short in _REMOVED:
        return ComponentError(f"policy {short} was removed in Rasa 3", fix=_REMOVED[short])
    return ComponentError(
        f"there is no policy {name!r}",
        fix=did_you_mean(short, TRAINERS) or f"use one of {', '.join(TRAINERS)}",
    )


TRAINERS: dict[str, Callable[[Mapping[str, Any], Dialogues], Policy]] = {
    "RulePolicy": lambda c, d: fit_rules(c, d.rules, d.stories, d.domain),
    "MemoizationPolicy": lambda c, d: fit_memoization(c, d.stories, d.domain, d.hidden),
    "AugmentedMemoizationPolicy": lambda c, d: fit_memoization(c, d.stories, d.domain, d.hidden),
    "TEDPolicy": lambda c, d: fit_learned(
        c, d.stories, d.domain, d.hidden, seed=d.seed, augmentation=d.augmentation
    ),
}
