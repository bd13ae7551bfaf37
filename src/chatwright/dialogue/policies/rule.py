"""The rule policy: fixed behaviour, forms and their unhappy paths, and the fallback.

The semantics are those of Rasa 3.6's RulePolicy. A rule matches when its states match the end of the
conversation; only what a rule mentions is compared; the longest matching rule wins.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from chatwright.dialogue.states import NOT_SET, State
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.events import Event, LoopInterrupted
from chatwright.schema.why import Evidence

__all__ = ["CompiledRule", "RulePolicy", "UnhappyPath", "matches"]

LISTEN = "action_listen"
_DEFAULT_INTENTS = {
    "restart": "action_restart",
    "back": "action_back",
    "session_start": "action_session_start",
}


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """After these states comes this action."""

    states: tuple[State, ...]
    action: str
    name: str
    source: str | None = None
    at_start: bool = False
    """Only at the very beginning of a conversation."""
    in_stories: bool = False
    """Some story shows the same, so that learned policies know the turn."""


@dataclass(frozen=True, slots=True)
class UnhappyPath:
    """What a story or rule says about going on after a form was interrupted."""

    states: tuple[State, ...]
    loop: str
    returns: bool
    """True: the loop runs again right after the user's message, and must not validate it. False: some
    other action follows an action, so the loop is not to be predicted by itself."""


@dataclass(slots=True)
class RulePolicy:
    """Rules at run time."""

    kind: ClassVar[str] = "RulePolicy"
    name: str = "RulePolicy"
    priority: int = 4
    fallback_action: str | None = "action_default_fallback"
    """None where fallback prediction is turned off."""
    fallback_threshold: float = 0.3
    rules: Sequence[CompiledRule] = ()
    unhappy: Sequence[UnhappyPath] = ()
    story_loops: frozenset[str] = frozenset()
    _by_last: dict[str | None, list[CompiledRule]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        index: dict[str | None, list[CompiledRule]] = defaultdict(list)
        for rule in self.rules:
            index[rule.states[-1].previous].append(rule)
        self._by_last = dict(index)

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """Rule on text, default intent, running loop, rule on intent, fallback: the first that speaks."""
        found = self.find(tracker)
        if found is not None and found.scores:
            return found
        if self.fallback_action is None:
            return found or PolicyPrediction(policy=self.name, priority=self.priority)
        evidence = Evidence(
            "fallback",
            f"no rule applies; other policies must be surer than {self.fallback_threshold:g}",
            score=self.fallback_threshold,
        )
        fallback = self._prediction(self.fallback_action, evidence, confidence=self.fallback_threshold)
        return replace(fallback, events=found.events) if found is not None else fallback

    def find(self, tracker: Tracker) -> PolicyPrediction | None:
        """As ``predict``, without the fallback; None when no rule has anything to say."""
        states = [state for state in tracker.states() if state.previous is not None]
        by_text = self._by_rules(tracker, states, as_text=True)
        if by_text is not None:
            return by_text
        return (
            self._default_intent(tracker)
            or self._running_loop(tracker)
            or self._by_rules(tracker, states, as_text=False)
        )

    def _default_intent(self, tracker: Tracker) -> PolicyPrediction | None:
        if tracker.latest_action_name not in (None, LISTEN) or tracker.latest_message is None:
            return None
        intent = tracker.latest_message.intent or ""
        action = _DEFAULT_INTENTS.get(intent)
        if action is None:
            return None
        return self._prediction(
            action, Evidence("rule", f"the default intent '{intent}' always runs {action}")
        )

    def _running_loop(self, tracker: Tracker) -> PolicyPrediction | None:
        loop = tracker.active_loop
        if loop is None or loop.rejected:
            return None
        if tracker.latest_action_name != loop.name:
            evidence = Evidence("loop", f"{loop.name} is active and takes the message")
            action = loop.name
        else:
            evidence = Evidence("loop", f"{loop.name} has asked and waits for the answer")
            action = LISTEN
        hide = loop.name not in self.story_loops
        return self._prediction(action, evidence, no_user=True, hide=hide)

    def _by_rules(
        self, tracker: Tracker, states: Sequence[State], *, as_text: bool
    ) -> PolicyPrediction | None:
        if not states:
            return None
        if as_text:
            present = tracker.state(as_text=True)
            if present.text is None:
                return None
            states = [*states[:-1], present]
        elif states[-1].intent is not None:
            states = [*states[:-1], replace(states[-1], text=None)]
        best: CompiledRule | None = None
        for rule in self._by_last.get(states[-1].previous, ()):
            if as_text and rule.states[-1].text is None:
                continue
            if best is not None and len(rule.states) <= len(best.states):
                continue
            if rule.at_start and not (tracker.starts_at_beginning and len(states) == len(rule.states)):
                continue
            if _matches_end(rule.states, states):
                best = rule
        return self._inside_loop(tracker, states, best, as_text)

    def _inside_loop(
        self, tracker: Tracker, states: Sequence[State], best: CompiledRule | None, as_text: bool
    ) -> PolicyPrediction | None:
        """The rule's word, corrected for the unhappy paths of an active form."""
        events: tuple[Event, ...] = ()
        loop = tracker.active_loop_name
        if loop is not None:
            paths = [p for p in self.unhappy if p.loop == loop and _matches_end(p.states, states)]
            general = best is not None and best.action == LISTEN and best.states[-1].loop is None
            if general and not any(not path.returns for path in paths):
                assert best is not None  # noqa: S101 - for the type checker
                evidence = Evidence("loop", f"'{best.name}' is done, {loop} goes on", best.source)
                return self._prediction(loop, evidence, hide=loop not in self.story_loops)
            if any(path.returns for path in paths):
                # A story or rule re-enters the form here: it must ask again, not validate the message.
                events = (LoopInterrupted(is_interrupted=True),)
                if best is None:
                    return PolicyPrediction(policy=self.name, priority=self.priority, events=events)
        if best is None:
            return None
        return PolicyPrediction(
            policy=self.name,
            priority=self.priority,
            scores={best.action: 1.0},
            events=events,
            end_to_end=as_text,
            hide_rule_turn=not best.in_stories,
            evidence=(Evidence("rule", f"rule '{best.name}'", best.source),),
        )

    def _prediction(
        self,
        action: str,
        evidence: Evidence,
        *,
        confidence: float = 1.0,
        no_user: bool = False,
        hide: bool = False,
    ) -> PolicyPrediction:
        return PolicyPrediction(
            policy=self.name,
            priority=self.priority,
            scores={action: confidence},
            no_user=no_user,
            hide_rule_turn=hide,
            evidence=(evidence,),
        )

    def save(self, folder: Path) -> None:
        content = {
            "name": self.name,
            "priority": self.priority,
            "fallback_action": self.fallback_action,
            "fallback_threshold": self.fallback_threshold,
            "story_loops": sorted(self.story_loops),
            "rules": [
                {
                    "states": [state.to_json() for state in rule.states],
                    "action": rule.action,
                    "name": rule.name,
                    "source": rule.source,
                    "at_start": rule.at_start,
                    "in_stories": rule.in_stories,
                }
                for rule in self.rules
            ],
            "unhappy": [
                {"states": [s.to_json() for s in p.states], "loop": p.loop, "returns": p.returns}
                for p in self.unhappy
            ],
        }
        (folder / "rules.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> RulePolicy:
        data: dict[str, Any] = json.loads((folder / "rules.json").read_text("utf-8"))
        data["rules"] = [CompiledRule(**{**r, "states": _states(r["states"])}) for r in data["rules"]]
        data["unhappy"] = [
            UnhappyPath(_states(p["states"]), p["loop"], p["returns"]) for p in data["unhappy"]
        ]
        data["story_loops"] = frozenset(data["story_loops"])
        return cls(**data)


def _states(data: Sequence[Any]) -> tuple[State, ...]:
    return tuple(State.from_json(item) for item in data)


def _matches_end(pattern: Sequence[State], states: Sequence[State]) -> bool:
    if len(pattern) > len(states):
        return False
    return all(
        matches(wanted, state) for wanted, state in zip(reversed(pattern), reversed(states), strict=False)
    )


def matches(pattern: State, state: State) -> bool:
    """Whether a state shows everything that the pattern mentions, and nothing that it forbids."""
    if pattern.previous is not None and pattern.previous != state.previous:
        return False
    if pattern.intent is not None and pattern.intent != state.intent:
        return False
    if pattern.text is not None and pattern.text != state.text:
        return False
    if pattern.entities and pattern.entities != state.entities:
        return False
    if pattern.loop is not None and pattern.loop != (state.loop or NOT_SET):
        return False
    if pattern.slots:
        filled = dict(state.slots)
        return all(filled.get(name, NOT_SET) == value for name, value in pattern.slots)
    return True
