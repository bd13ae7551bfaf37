"""A conversation as a test story, as Rasa's ``GET /conversations/{id}/story`` gives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chatwright.project.annotations import annotate
from chatwright.project.yaml_writer import dump_yaml
from chatwright.schema.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered

__all__ = ["is_session_start", "latest_session", "split_sessions", "story_yaml"]

_UNTOLD_ACTIONS = frozenset({"action_listen", "action_session_start"})


def story_yaml(name: str, sessions: Sequence[Sequence[Event]]) -> str:
    """Test stories in YAML, one a session that holds a step; ``name, story 2`` where there are several."""
    told = [steps for events in sessions if (steps := list(_steps(events)))]
    names = [name] if len(told) == 1 else [f"{name}, story {number}" for number in range(1, len(told) + 1)]
    stories = [{"story": name, "steps": steps} for name, steps in zip(names, told, strict=True)]
    return dump_yaml({"version": "3.1", "stories": stories})


def split_sessions(events: Iterable[Event]) -> list[list[Event]]:
    """The events session by session; an ``action_session_start`` opens the session that it starts."""
    sessions: list[list[Event]] = [[]]
    for event in events:
        current = sessions[-1]
        if is_session_start(event) or (
            isinstance(event, SessionStarted) and not (current and is_session_start(current[-1]))
        ):
            sessions.append([])
        sessions[-1].append(event)
    return [session for session in sessions if session]


def latest_session(events: Iterable[Event]) -> list[Event]:
    """The events since the last session began: what Rasa's tracker stores recall."""
    sessions = split_sessions(events)
    return sessions[-1] if sessions else []


def is_session_start(event: Event) -> bool:
    """Whether the event is the run of ``action_session_start``."""
    return isinstance(event, ActionExecuted) and event.name == "action_session_start"


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
