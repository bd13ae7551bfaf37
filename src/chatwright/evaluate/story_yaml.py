"""A conversation as a test story, as Rasa's ``GET /conversations/{id}/story`` gives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chatwright.project.annotations import annotate
from chatwright.project.yaml_writer import dump_yaml
from chatwright.schema.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered

__all__ = ["story_yaml"]

_UNTOLD_ACTIONS = frozenset({"action_listen", "action_session_start"})


def story_yaml(name: str, sessions: Sequence[Sequence[Event]]) -> str:
    """Test stories in YAML, one a session that holds a step; ``name, story 2`` where there are several."""
    told = [steps for events in sessions if (steps := list(_steps(events)))]
    names = [name] if len(told) == 1 else [f"{name}, story {number}" for number in range(1, len(told) + 1)]
    stories = [{"story": name, "steps": steps} for name, steps in zip(names, told, strict=True)]
    return dump_yaml({"version": "3.1", "stories": stories})


def _steps(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    for event in events:
        match event:
            case UserUttered():
                yield _user_step(event)
            case ActionExecuted(name=str(name)) if name not in _UNTOLD_ACTIONS:
                yield {"action": name}
            case ActionExecuted(name=None, action_text=str(text)):
                yield {"bot": text}
            case SlotSet():
                yield {"slot_was_set": [{event.name: event.value}]}
            case ActiveLoop():
                yield {"active_loop": event.name}
            case _:
                pass


def _user_step(event: UserUttered) -> dict[str, Any]:
    understanding = event.understanding
    chosen = understanding.response_selector.get(event.intent or "") or {}
    key = (chosen.get("response") or {}).get("intent_response_key")
    step: dict[str, Any] = {"intent": key or event.intent} if event.intent else {}
    entities = tuple(entity for entity in understanding.entities if entity.end <= len(event.text))
    return {**step, "user": annotate(event.text, entities)}
