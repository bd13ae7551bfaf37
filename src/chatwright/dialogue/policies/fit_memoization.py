"""Remembering the stories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatwright.dialogue.policies.history import learned_decisions
from chatwright.dialogue.policies.memoization import MemoizationPolicy, Memory
from chatwright.dialogue.policies.training_data import Dialogues
from chatwright.dialogue.states import encode_states

__all__ = ["fit_memoization"]


def fit_memoization(config: Mapping[str, Any], dialogues: Dialogues) -> MemoizationPolicy:
    """Every decision of every story; where stories disagree, nothing is remembered."""
    max_history = config.get("max_history")
    found: dict[str, Memory | None] = {}
    longest = 0
    for dialogue in dialogues.stories:
        for states, action in learned_decisions(dialogue, dialogues.domain, max_history):
            longest = max(longest, len(states))
            key = encode_states(states)
            known = found.setdefault(key, Memory(action, dialogue.name, dialogue.source))
            if known is not None and known.action != action:
                found[key] = None
    name = str(config.get("name", "MemoizationPolicy")).rsplit(".", 1)[-1]
    return MemoizationPolicy(
        name=name,
        priority=int(config.get("priority", 3)),
        max_history=max_history,
        augmented=name == "AugmentedMemoizationPolicy",
        use_nlu_confidence=bool(config.get("use_nlu_confidence_as_score", False)),
        hidden=dialogues.hidden,
        memories={key: memory for key, memory in found.items() if memory is not None},
        longest=longest,
    )
