"""Stories and rules as one graph: what the bot does, and what moves it on.

States with the same last turns are one state, as in Rasa's ``visualize``, so that what stories share is drawn
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chatwright.dialogue.folded import LISTEN
from chatwright.dialogue.training_stories import SNIPPET, TrainingDialogue
from chatwright.schema.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered

__all__ = ["Edge", "Node", "StoryGraph", "story_graph"]

MAX_HISTORY = 2


@dataclass(frozen=True, slots=True)
class Node:
    """A state: where a dialogue begins or ends, or an action."""

    label: str
    kind: str
    """``start``, ``end``, ``action``, ``snippet`` (a rule begins or ends in the middle)."""


@dataclass(slots=True)
class Edge:
    """From one state to the next."""

    label: str
    """Intent and entities, slots, loops; empty where the bot goes on by itself."""
    sources: list[str] = field(default_factory=list)
    """The stories and rules that it comes from, as ``name (file:line)``."""
    is_rule: bool = False


@dataclass(slots=True)
class StoryGraph:
    """Nodes by number; 0 is where every conversation begins."""

    nodes: list[Node] = field(default_factory=lambda: [Node("start", "start")])
    edges: dict[tuple[int, int, str], Edge] = field(default_factory=dict)
    """From, to, label → edge."""

    def layers(self) -> list[int]:
        """For each node how many steps it lies from a beginning, at least."""
        following: dict[int, list[int]] = {}
        for start, end, _ in self.edges:
            following.setdefault(start, []).append(end)
        reached = {end for _, end, _ in self.edges}
        current = [number for number in range(len(self.nodes)) if number not in reached or number == 0]
        depth = dict.fromkeys(current, 0)
        while current:
            current = list(dict.fromkeys(e for n in current for e in following.get(n, ()) if e not in depth))
            level = max(depth.values()) + 1
            depth |= dict.fromkeys(current, level)
        return [depth.get(number, 0) for number in range(len(self.nodes))]


def story_graph(dialogues: Sequence[TrainingDialogue], *, max_history: int = MAX_HISTORY) -> StoryGraph:
    """The graph of the dialogues.

    Args:
        max_history: states are the same when their last so many moves are.
    """
    graph = StoryGraph()
    known: dict[tuple[object, ...], int] = {}

    def node(key: tuple[object, ...], label: str, kind: str) -> int:
        if key not in known:
            known[key] = len(graph.nodes)
            graph.nodes.append(Node(label, kind))
        return known[key]

    for dialogue in dialogues:
        source = f"{dialogue.name} ({dialogue.source})" if dialogue.source else dialogue.name
        place, history, moved = 0, (), []
        for event in dialogue.events:
            if isinstance(event, ActionExecuted) and event.name != LISTEN:
                label = event.name or event.action_text or ""
                kind = "snippet" if event.name == SNIPPET else "action"
                history = (*history, " ".join(moved), label)[-2 * max_history :]
                after = node((kind, *history), label, kind)
                _connect(graph, place, after, " ".join(moved), source, dialogue.is_rule)
                place, moved = after, []
            elif word := _word(event):
                moved.append(word)
        if moved:  # the person has the last word
            end = node(("end", place), "end", "end")
            _connect(graph, place, end, " ".join(moved), source, dialogue.is_rule)
    return graph


def _connect(graph: StoryGraph, start: int, end: int, label: str, source: str, is_rule: bool) -> None:
    edge = graph.edges.setdefault((start, end, label), Edge(label, is_rule=is_rule))
    if source not in edge.sources:
        edge.sources.append(source)


def _word(event: object) -> str:
    match event:
        case UserUttered():
            found = event.understanding
            entities = ", ".join(entity.entity for entity in found.entities) if found else ""
            name = str(event.metadata.get("full_intent") or (found.intent.name if found else "") or "")
            return (name or f"“{event.text}”") + (f" {{{entities}}}" if entities else "")
        case SlotSet():
            return f"[{event.name}={event.value}]"
        case ActiveLoop():
            return f"[loop {event.name or 'ends'}]"
        case _:
            return ""
