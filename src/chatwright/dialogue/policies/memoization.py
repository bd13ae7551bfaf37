"""Memoised stories: what a story shows, word for word, is done again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.history import learned_states
from chatwright.dialogue.policies.policy import RuleOnly
from chatwright.dialogue.states import State, encode_states
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.events import ActionExecuted, Event
from chatwright.schema.reasons import evidence

__all__ = ["MemoizationPolicy", "Memory"]


@dataclass(frozen=True, slots=True)
class Memory:
    """What followed a sequence of states in the stories."""

    action: str
    story: str
    source: str | None


@dataclass(slots=True)
class MemoizationPolicy:
    """Exact recall; ``augmented`` also tries again with the oldest turns, and all they set, forgotten.

    Source: rasa.core.policies.memoization.
    """

    name: str = "MemoizationPolicy"
    priority: int = 3
    max_history: int | None = None
    """In states; None compares whole sessions."""
    augmented: bool = False
    use_nlu_confidence: bool = False
    hidden: RuleOnly = field(default_factory=RuleOnly)
    memories: Mapping[str, Memory] = field(default_factory=dict)
    longest: int = 0
    """States of the longest memory: more than that need not be tried."""

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """The remembered action with confidence 1 (or the intent's), else nothing."""
        for forgotten, states in self._attempts(tracker):
            memory = self.memories.get(encode_states(states))
            if memory is None:
                continue
            confidence = 1.0
            if self.use_nlu_confidence and tracker.latest_message:
                confidence = tracker.latest_message.understanding.intent.confidence
            return PolicyPrediction(
                policy=self.name,
                priority=self.priority,
                scores={memory.action: confidence},
                evidence=(
                    evidence(
                        "story.end" if forgotten else "story",
                        memory.source,
                        story=memory.story,
                        count=forgotten,
                    ),
                ),
            )
        return PolicyPrediction(policy=self.name, priority=self.priority)

    def _attempts(self, tracker: Tracker) -> Iterator[tuple[int, Sequence[State]]]:
        """Actions forgotten, and the states without them."""
        if self.max_history is not None or tracker.starts_at_beginning:
            yield 0, learned_states(tracker, self.hidden, self.max_history)
        if not self.augmented:
            return
        events = _trimmed(tracker.applied_events(), self.max_history)
        actions = [number for number, event in enumerate(events) if isinstance(event, ActionExecuted)]
        first = 0
        if self.max_history is None:  # what is longer than all memories need not be tried
            hidden = sum(isinstance(event, ActionExecuted) and event.hide_rule_turn for event in events)
            first = max(0, len(actions) - self.longest - hidden)
        for forgotten, start in enumerate(actions[first:], start=first):
            shorter = Tracker(tracker.conversation, tracker.domain, window=None)
            shorter.update_all(events[start:])
            yield forgotten, learned_states(shorter, self.hidden, self.max_history)

    def save(self, folder: Path) -> None:
        content = {
            "name": self.name,
            "priority": self.priority,
            "max_history": self.max_history,
            "augmented": self.augmented,
            "use_nlu_confidence": self.use_nlu_confidence,
            "hidden": self.hidden.to_json(),
            "memories": {k: [m.action, m.story, m.source] for k, m in self.memories.items()},
            "longest": self.longest,
        }
        (folder / "memories.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> MemoizationPolicy:
        data = json.loads((folder / "memories.json").read_text("utf-8"))
        data["hidden"] = RuleOnly.from_json(data["hidden"])
        data["memories"] = {key: Memory(*value) for key, value in data["memories"].items()}
        return cls(**data)


def _trimmed(events: Sequence[Event], max_history: int | None) -> Sequence[Event]:
    """The events from the ``action_listen`` before the last ``max_history`` actions on."""
    if not max_history:
        return events
    actions = 0
    for number in range(len(events) - 1, -1, -1):
        event = events[number]
        if isinstance(event, ActionExecuted):
            actions += 1
            if actions > max_history and event.name == LISTEN:
                return events[number:]
    return events
