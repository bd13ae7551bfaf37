"""The rule policy: fixed behaviour, forms and their unhappy paths, and the fallback.

The semantics are those of Rasa 3.6 (rasa.core.policies.rule_policy). A rule matches when its states match the
end of the conversation; only what a rule mentions is compared; the most specific matching rule wins.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.policies.matching import at_beginning, matches_end, rule_key
from chatwright.dialogue.states import State
from chatwright.dialogue.tracker import Tracker
from chatwright.project.domain import Domain
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.events import Event, LoopInterrupted
from chatwright.schema.reasons import evidence
from chatwright.schema.why import Evidence

__all__ = ["CompiledRule", "RulePolicy", "UnhappyPath", "Verdict"]

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


@dataclass(frozen=True, slots=True)
class UnhappyPath:
    """What a story or rule says about going on after a form was interrupted."""

    states: tuple[State, ...]
    returns: bool
    """True: the loop runs again right after the user's message, and must not validate it. False: some
    other action follows an action, so the loop is not to be predicted by itself."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a moment."""

    action: str | None
    cause: str
    """What decided: ``rule:<number>``, ``default:<intent>``, ``loop:<name>``, ``loop:<name>:listen``, or
    the states that no rule matches. The same for all moments that the same thing decides."""
    evidence: Evidence | None = None
    events: tuple[Event, ...] = ()
    no_user: bool = False
    end_to_end: bool = False


@dataclass(slots=True)
class RulePolicy:
    """Rules at run time."""

    name: str = "RulePolicy"
    priority: int = 4
    fallback_action: str | None = "action_default_fallback"
    """None where fallback prediction is turned off."""
    fallback_threshold: float = 0.3
    use_nlu_confidence: bool = False
    rules: Sequence[CompiledRule] = ()
    unhappy: Sequence[UnhappyPath] = ()
    in_stories: frozenset[str] | None = None
    """Causes that stories show too; turns that others decide are hidden from learned policies. None hides
    nothing."""
    _by_last: dict[str | None, list[tuple[str, CompiledRule]]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        index: dict[str | None, list[tuple[str, CompiledRule]]] = defaultdict(list)
        for number, rule in enumerate(self.rules):
            index[rule.states[-1].previous].append((f"rule:{number}", rule))
        for rules in index.values():
            rules.sort(key=lambda item: -len(rule_key(item[1].states, at_start=item[1].at_start)))
        self._by_last = dict(index)

    def predict(self, tracker: Tracker, domain: Domain) -> PolicyPrediction:
        """Default intent, running loop, rule on text, rule on intent, fallback: the first that speaks."""
        verdict = self.judge(tracker)
        action, confidence, reason = verdict.action, 1.0, verdict.evidence
        if action is not None and self.use_nlu_confidence and tracker.latest_message is not None:
            confidence = tracker.latest_message.understanding.intent.confidence
        if action is None and self.fallback_action is not None:
            action, confidence = self.fallback_action, self.fallback_threshold
            reason = evidence("fallback.no_rule", score=confidence, threshold=confidence)
        scores = {action: confidence} if action is not None else {}
        if self.fallback_action is not None:  # what is left when the action declines
            scores.setdefault(self.fallback_action, self.fallback_threshold)
        known = self.in_stories
        return PolicyPrediction(
            policy=self.name,
            priority=self.priority,
            scores=scores,
            events=verdict.events,
            no_user=verdict.no_user,
            end_to_end=verdict.end_to_end,
            hide_rule_turn=verdict.action is not None and known is not None and verdict.cause not in known,
            evidence=(reason,) if reason else (),
        )

    def judge(self, tracker: Tracker) -> Verdict:
        """What the rules say, without the fallback."""
        states = [state for state in tracker.states() if state.previous is not None]
        by_text = self._by_rules(tracker, states, as_text=True)
        if by_text is None or by_text.action is None:
            default = _default_intent(tracker)
            if default is not None:
                return default
        loop = _running_loop(tracker)
        if loop is not None:
            return loop
        if by_text is not None and by_text.action is not None:
            return by_text
        verdict = self._by_rules(tracker, states, as_text=False) or Verdict(None, "")
        if by_text is not None and by_text.events and not verdict.events:
            return replace(verdict, events=by_text.events)
        return verdict

    def _by_rules(self, tracker: Tracker, states: Sequence[State], *, as_text: bool) -> Verdict | None:
        """The word of the most specific rule, corrected for an active form; None where none can be asked."""
        if not states:
            return None
        present = states[-1]
        if as_text:
            present = tracker.state(as_text=True)
            if present.previous != LISTEN or present.text is None:
                return None
        elif present.intent is not None:
            present = replace(present, text=None)
        states = [*states[:-1], present]
        cause, best = self._best(tracker, states, as_text)
        loop = tracker.active_loop_name
        events: tuple[Event, ...] = ()
        if loop is not None:
            paths = {path.returns for path in self.unhappy if matches_end(path.states, states)}
            if best is not None and best.action == LISTEN and best.states[-1].loop is None:
                # The rule is about the message, not about the form, so the form goes on afterwards.
                if False not in paths:
                    reason = evidence("loop.goes_on", best.source, rule=best.name, loop=loop)
                    return Verdict(loop, cause, reason, end_to_end=as_text)
                best = None
            if True in paths:
                # A story or rule enters the form again here: it must ask again, not validate the message.
                events = (LoopInterrupted(is_interrupted=True),)
        if best is None:
            return Verdict(None, cause, events=events)
        reason = evidence("rule", best.source, rule=best.name)
        return Verdict(best.action, cause, reason, events, end_to_end=as_text)

    def _best(
        self, tracker: Tracker, states: Sequence[State], as_text: bool
    ) -> tuple[str, CompiledRule | None]:
        for cause, rule in self._by_last.get(states[-1].previous, ()):
            if as_text and rule.states[-1].text is None:
                continue
            if rule.at_start and not at_beginning(tracker, rule.states, states):
                continue
            if matches_end(rule.states, states):
                return cause, rule
        return "", None

    def save(self, folder: Path) -> None:
        content = {
            "name": self.name,
            "priority": self.priority,
            "fallback_action": self.fallback_action,
            "fallback_threshold": self.fallback_threshold,
            "use_nlu_confidence": self.use_nlu_confidence,
            "in_stories": None if self.in_stories is None else sorted(self.in_stories),
            "rules": [
                [
                    [state.to_json() for state in rule.states],
                    rule.action,
                    rule.name,
                    rule.source,
                    rule.at_start,
                ]
                for rule in self.rules
            ],
            "unhappy": [[[state.to_json() for state in path.states], path.returns] for path in self.unhappy],
        }
        (folder / "rules.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> RulePolicy:
        data: dict[str, Any] = json.loads((folder / "rules.json").read_text("utf-8"))
        data["rules"] = [CompiledRule(_states(states), *rest) for states, *rest in data["rules"]]
        data["unhappy"] = [UnhappyPath(_states(states), returns) for states, returns in data["unhappy"]]
        if data["in_stories"] is not None:
            data["in_stories"] = frozenset(data["in_stories"])
        return cls(**data)


def _default_intent(tracker: Tracker) -> Verdict | None:
    if tracker.latest_action_name != LISTEN or tracker.latest_message is None:
        return None
    intent = tracker.latest_message.intent or ""
    action = _DEFAULT_INTENTS.get(intent)
    if action is None:
        return None
    return Verdict(action, f"default:{intent}", evidence("rule.default", intent=intent, action=action))


def _running_loop(tracker: Tracker) -> Verdict | None:
    loop = tracker.active_loop
    name = tracker.active_loop_name
    if loop is None or name is None or loop.rejected:
        return None
    if tracker.latest_action_name != name:
        if tracker.latest_action_name is None:
            return None
        return Verdict(name, f"loop:{name}", evidence("loop.takes", loop=name), no_user=True)
    return Verdict(LISTEN, f"loop:{name}:listen", evidence("loop.waits", loop=name), no_user=True)


def _states(data: Sequence[Any]) -> tuple[State, ...]:
    return tuple(State.from_json(item) for item in data)
