"""Memoised stories: what a story shows, word for word, is done again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.states import State, encode_states
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.why import Evidence

__all__ = ["MemoizationPolicy", "Memory", "story_states"]


@dataclass(frozen=True, slots=True)
class Memory:
    """What followed a sequence of states in the stories."""

    action: str
    story: str
    source: str | None


def story_states(states: Sequence[State], hidden: RuleOnly, max_history: int | None) -> list[State]:
    """The states as policies learned from stories see them: the last ``max_history`` of them."""
    shown = [hidden.hidden_from(state) for state in states if state.previous is not None]
    return shown[-max_history:] if max_history else shown


@dataclass(slots=True)
class MemoizationPolicy:
    """Exact recall; with ``augmented`` it also tries again with the oldest turns forgotten."""

    kind: ClassVar[str] = "MemoizationPolicy"
    name: str = "MemoizationPolicy"
    priority: int = 3
    max_history: int | None = None
    augmented: bool = False
    use_nlu_confidence: bool = False
    hidden: RuleOnly = field(default_factory=RuleOnly)
    memories: Mapping[str, Memory] = field(default_factory=dict)

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """The remembered action with confidence 1 (or the intent's), else nothing."""
        states = story_states(tracker.states(hide_rule_turns=True), self.hidden, self.max_history)
        complete = self.max_history is not None or tracker.starts_at_beginning
        starts = range(len(states)) if self.augmented else range(int(bool(states)) if complete else 0)
        for start in starts:
            memory = self.memories.get(encode_states(states[start:]))
            if memory is None:
                continue
            confidence = 1.0
            if self.use_nlu_confidence and tracker.latest_message:
                confidence = tracker.latest_message.understanding.intent.confidence
            forgotten = f", the first {start} states forgotten" if start else ""
            return PolicyPrediction(
                policy=self.name,
                priority=self.priority,
                scores={memory.action: confidence},
                evidence=(Evidence("story", f"story '{memory.story}'{forgotten}", memory.source),),
            )
        return PolicyPrediction(policy=self.name, priority=self.priority)

    def save(self, folder: Path) -> None:
        content = {
            "name": self.name,
            "priority": self.priority,
            "max_history": self.max_history,
            "augmented": self.augmented,
            "use_nlu_confidence": self.use_nlu_confidence,
            "hidden": self.hidden.to_json(),
            "memories": {k: [m.action, m.story, m.source] for k, m in self.memories.items()},
        }
        (folder / "memories.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> MemoizationPolicy:
        data = json.loads((folder / "memories.json").read_text("utf-8"))
        data["hidden"] = RuleOnly.from_json(data["hidden"])
        data["memories"] = {key: Memory(*value) for key, value in data["memories"].items()}
        return cls(**data)
