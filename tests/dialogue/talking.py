"""A small language for tests of the dialogue: bots as YAML, conversations as lines.

A line of a conversation is ``"> greet"`` (the user says an intent; ``> inform city=北京 size=M``; with words:
``> greet "hello there"``), ``"utter_greet"`` (an action runs), ``"= city=北京"`` (a slot takes a value),
``"! form"`` (the action declines to run), ``"loop form"`` and ``"loop"`` (a loop starts, ends).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

from chatwright.dialogue.contradictions import check
from chatwright.dialogue.decider import Decider
from chatwright.dialogue.fit_dialogue import fit_policies
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import Problem
from chatwright.project.domain import Domain
from chatwright.project.read_domain import domain_from_yaml
from chatwright.project.read_stories import stories_from_yaml
from chatwright.project.yaml_reader import plain, read_yaml_text
from chatwright.schema.decision import Decision
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from chatwright.schema.understanding import Entity, IntentScore, Understanding

__all__ = ["Bot", "events", "said"]

LISTEN = "action_listen"


def said(line: str, *, confidence: float = 1.0) -> UserUttered:
    """``greet``, ``inform city=北京``, ``greet "hello there"``; ``city#from=北京`` gives a role."""
    intent, *parts = shlex.split(line)
    text = next((part for part in parts if "=" not in part), "")
    entities = []
    for part in parts:
        name, sign, value = part.partition("=")
        if sign:
            name, _, role = name.partition("#")
            entities.append(Entity(entity=name, value=value, start=0, end=0, role=role or None))
    known = None if intent == "-" else intent
    score = IntentScore(known, confidence if known else 0.0)
    found = Understanding(text=text, intent=score, ranking=(score,), entities=tuple(entities))
    return UserUttered(text=text, understanding=found)


def events(*lines: str) -> list[Event]:
    """The events of a conversation; an ``action_listen`` stands before each message."""
    out: list[Event] = []
    for line in lines:
        mark, _, rest = line.partition(" ")
        match mark:
            case ">":
                out += [ActionExecuted(name=LISTEN), said(rest)]
            case "=":
                name, _, value = rest.partition("=")
                out.append(SlotSet(name=name, value=_value(value)))
            case "!":
                out.append(ActionExecutionRejected(name=rest))
            case "loop":
                out.append(ActiveLoop(name=rest or None))
            case _:
                out.append(ActionExecuted(name=line))
    return out


def _value(text: str) -> Any:
    return plain(read_yaml_text(f"value: {text}").data)["value"]


class Bot:
    """A bot from YAML: its domain, its stories and rules, its trained policies."""

    def __init__(self, domain: str, paths: str = "", *, policies: list[dict[str, Any]] | None = None) -> None:
        self.domain: Domain = domain_from_yaml(domain)
        self.stories, self.rules = stories_from_yaml(paths or "stories: []")
        self.policies = policies or [{"name": "RulePolicy"}]
        self._decider: Decider | None = None

    @property
    def decider(self) -> Decider:
        if self._decider is None:
            self._decider = fit_policies(self.policies, self.stories, self.rules, self.domain)
        return self._decider

    def problems(self) -> list[Problem]:
        return check(self.stories, self.rules, self.domain, self.policies)

    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems()]

    def after(self, *lines: str | Iterable[Event]) -> Tracker:
        tracker = Tracker("ann", self.domain)
        for line in lines:
            tracker.update_all(events(line) if isinstance(line, str) else line)
        return tracker

    def decide(self, *lines: str | Iterable[Event]) -> Decision:
        return self.decider.decide(self.after(*lines))

    def next(self, *lines: str | Iterable[Event]) -> str:
        return self.decide(*lines).action
