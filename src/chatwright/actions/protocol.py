"""Rasa's action server protocol: what is sent to an action, and what its answer means (rasa-sdk 3.x)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatwright.actions.call import ActionCall, Saying
from chatwright.errors import ActionError, RequestError
from chatwright.project.domain import Domain
from chatwright.schema.events import Event, event_from_json

__all__ = ["RASA_VERSION", "answer_to_events", "request_body"]

RASA_VERSION = "3.6.20"
"""The version that action servers are told; rasa-sdk warns of others than its own."""


async def request_body(name: str, call: ActionCall, domain: Domain | None) -> dict[str, Any]:
    """The JSON of one call, with all events of the session. Evidence and the why of decisions are not sent.

    Args:
        domain: None leaves it out (``selective_domain``).
    """
    state = call.tracker.state_json(await call.session_events())
    state["latest_message"] = _without_why(state["latest_message"])
    state["events"] = [_event_without_why(event) for event in state["events"]]
    body = {
        "next_action": name,
        "sender_id": call.tracker.conversation,
        "tracker": state,
        "version": RASA_VERSION,
    }
    if domain is not None:
        body["domain"] = domain.to_json()
    return body


def answer_to_events(name: str, answer: Any) -> list[Event | Saying]:
    """What an action did: its messages, then its events.

    Raises:
        ActionError: the answer is not what the protocol says.
    """
    if not isinstance(answer, Mapping):
        raise ActionError(f"the action {name!r} answered with something that is not an object")
    sayings = [_saying(message) for message in _objects(name, answer, "responses")]
    try:
        return [*sayings, *(event_from_json(event) for event in _objects(name, answer, "events"))]
    except RequestError as error:
        raise ActionError(
            f"the action {name!r} gave a wrong event: {error.message}", fix=error.fix
        ) from error


def _objects(name: str, answer: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    found = answer.get(key) or []
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise ActionError(f"the action {name!r} gave {key!r} that is not a list of objects")
    return found


def _saying(message: Mapping[str, Any]) -> Saying:
    content = dict(message)
    response = content.pop("response", None) or content.pop("template", None)
    content.pop("template", None)
    return Saying(response=response, variables=content, content=content)


def _event_without_why(event: dict[str, Any]) -> dict[str, Any]:
    if "parse_data" in event:
        event["parse_data"] = _without_why(event["parse_data"])
    ours = event.get("metadata", {}).get("chatwright")
    if isinstance(ours, Mapping) and "why" in ours:
        kept = {key: value for key, value in ours.items() if key != "why"}
        event["metadata"] = {**event["metadata"], "chatwright": kept}
    return event


def _without_why(parse_data: dict[str, Any]) -> dict[str, Any]:
    ours = parse_data.get("chatwright")
    if not isinstance(ours, Mapping) or "evidence" not in ours:
        return parse_data
    return {**parse_data, "chatwright": {key: value for key, value in ours.items() if key != "evidence"}}
