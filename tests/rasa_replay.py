"""Holds a bot to what Rasa 3.6 was recorded to do (``benchmarks/record_rasa.py``): events, action by action.

Every message of a recording is one comparison: the conversation stands as Rasa's stood, the message comes,
and the events of the turn, the calls of the action server and the prediction must be Rasa's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatwright.bot import Bot
from chatwright.brain import Brain
from chatwright.project.endpoints import ActionEndpoint, Endpoints
from chatwright.schema.events import events_from_json
from chatwright.stores.store import ConversationStore

__all__ = ["Difference", "Replay", "read_recording", "replay"]

LEARNED = ("TEDPolicy", "UnexpecTEDIntentPolicy")
"""Policies whose decisions come from training: there ours may differ, as Rasa's do from seed to seed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A turn that is not as Rasa's."""

    conversation: int
    message: str
    kind: str
    """``learned`` (a learned policy decided, Rasa's or ours), ``events``, ``calls`` or ``prediction``."""
    ours: Any
    theirs: Any


@dataclass(slots=True)
class Replay:
    """What was compared."""

    turns: int = 0
    actions: int = 0
    """Of Rasa, over all turns."""
    calls: int = 0
    differences: list[Difference] = field(default_factory=list)


def read_recording(path: Path) -> Mapping[str, Any]:
    """The recording of a project."""
    return json.loads(path.read_text("utf-8"))


async def replay(
    recording: Mapping[str, Any],
    bundle: Path,
    *,
    project: Path,
    action_server: str,
    asked: list[dict[str, Any]],
) -> Replay:
    """Say every message of a recording to the bot, and compare.

    Args:
        action_server: URL of one that answers as the recorded one did.
        asked: the growing list of what it is asked.
    """
    endpoints = Endpoints(action_endpoint=ActionEndpoint(url=action_server))
    store = await ConversationStore.open("sqlite://")
    bot = Bot(Brain.load(bundle, project_root=project, endpoints=endpoints), store, bundle)
    found = Replay()
    try:
        for number, talk in enumerate(recording["conversations"]):
            await _conversation(bot, number, talk, asked, found)
    finally:
        await bot.close()
        await store.close()
    return found


async def _conversation(
    bot: Bot, number: int, talk: Mapping[str, Any], asked: list[dict[str, Any]], found: Replay
) -> None:
    name, past = f"c{number}", list[dict[str, Any]]()
    for message, theirs, calls in zip(talk["messages"], talk["turns"], talk["calls"], strict=True):
        if past:
            await bot.append_events(name, events_from_json(_dated(past)), replace=True)
        before = len(asked)
        turn = await bot.handle(message, conversation=name)
        ours = [slim(event.to_json()) for event in turn.events]
        ours_asked = [{k: v for k, v in call.items() if k != "conversation"} for call in asked[before:]]
        found.turns += 1
        found.actions += sum(event["event"] == "action" for event in theirs)
        found.calls += len(calls)
        if (one := list(map(_compared, ours))) != (other := list(map(_compared, theirs))):
            at = next(n for n, (a, b) in enumerate(_aligned(one, other)) if a != b)
            kind = "learned" if _is_learned(theirs, at) or _is_learned(ours, at) else "events"
            found.differences.append(Difference(number, message, kind, one[at : at + 3], other[at : at + 3]))
        elif ours_asked != calls:
            pair = next((a, b) for a, b in _aligned(ours_asked, calls) if a != b)
            found.differences.append(Difference(number, message, "calls", *pair))
        past += theirs
    await bot.append_events(name, events_from_json(_dated(past)), replace=True)
    decision = await bot.predict(name)
    if decision.action != talk["prediction"]["action"] and talk["prediction"]["score"] > 0:
        is_learned = talk["prediction"]["policy"] in LEARNED or decision.policy in LEARNED
        kind = "learned" if is_learned else "prediction"
        found.differences.append(
            Difference(number, "(predict)", kind, decision.action, talk["prediction"]["action"])
        )


def slim(event: dict[str, Any]) -> dict[str, Any]:
    """The event without what differs between any two runs, as the recorder has it."""
    dropped = ("timestamp", "message_id", "input_channel")
    out = {key: value for key, value in event.items() if value is not None and key not in dropped}
    told = event.get("metadata") or {}
    out["metadata"] = {"utter_action": told["utter_action"]} if "utter_action" in told else {}
    if "parse_data" in out:
        parsed = out["parse_data"]
        out["parse_data"] = {"intent": {"name": parsed["intent"]["name"]}, "entities": parsed["entities"]}
    return {key: value for key, value in out.items() if value not in ({}, [])}


def _compared(event: Mapping[str, Any]) -> dict[str, Any]:
    """What must be alike: of entities their names and values; words only where no response was drawn."""
    out = {key: value for key, value in event.items() if key not in ("confidence", "policy")}
    if "parse_data" in out:
        entities = out["parse_data"].get("entities", ())
        out["parse_data"] = (
            out["parse_data"]["intent"]["name"],
            [(e["entity"], e["value"], e.get("role"), e.get("group")) for e in entities],
        )
    if out["event"] == "bot" and out.get("metadata"):
        return {"event": "bot", "response": out["metadata"]["utter_action"]}
    if "data" in out:
        out["data"] = {key: value for key, value in out["data"].items() if value}
    return {key: value for key, value in out.items() if value not in ({}, [], False)}


def _is_learned(events: Sequence[Mapping[str, Any]], at: int) -> bool:
    """Whether the action at this place, or one before it, was chosen by a learned policy."""
    after = next((event for event in events[at:] if event["event"] == "action"), {})
    actions = [event for event in events[:at] if event["event"] == "action"]
    return any(event.get("policy") in LEARNED for event in [*actions, after])


def _aligned(ours: Sequence[Any], theirs: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    for number in range(max(len(ours), len(theirs))):
        yield (
            ours[number] if number < len(ours) else None,
            theirs[number] if number < len(theirs) else None,
        )


def _dated(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    now = time.time() - len(events) / 1000
    return [{"timestamp": now + number / 1000, **event} for number, event in enumerate(events)]
