"""``/conversations/…``: reading and changing conversations from outside (rasa-format, HTTP server)."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse

from chatwright.bot import Bot, Turn
from chatwright.errors import RequestError
from chatwright.evaluate.story_yaml import story_yaml
from chatwright.schema.sessions import latest_session, split_sessions
from chatwright.schema.understanding import Entity
from chatwright.serve.channels.rest import channel_messages
from chatwright.serve.rasa_api.bodies import (
    ActionRequest,
    ConversationResult,
    EntityJson,
    EventsBody,
    IntentRequest,
    MessageRequest,
    Prediction,
    TrackerState,
)
from chatwright.serve.rasa_api.common import (
    FAILURES,
    ConversationId,
    CurrentBot,
    IncludeEvents,
    JsonRoute,
    OutputChannel,
    Until,
)
from chatwright.serve.rasa_api.prediction import prediction_json
from chatwright.serve.rasa_api.tracker_view import Verbosity, conversation_state, state_of

__all__ = ["router"]


async def _show_on_pages(conversation_id: ConversationId, request: Request) -> AsyncIterator[None]:
    """Chat pages that hold the conversation show what was changed in it."""
    yield
    await request.app.state.sockets.refresh(conversation_id)


WRITES = [Depends(_show_on_pages)]

router = APIRouter(
    prefix="/conversations/{conversation_id:path}",
    tags=["conversations"],
    route_class=JsonRoute,
    responses=FAILURES,
)


@router.get("/tracker", response_model=TrackerState)
async def read_tracker(
    conversation_id: ConversationId,
    bot: CurrentBot,
    include_events: IncludeEvents = Verbosity.AFTER_RESTART,
    until: Until = None,
) -> dict[str, Any]:
    """The conversation as it stands, with the events of all sessions.

    An unknown conversation is shown as it would begin; nothing is kept of it.
    """
    if await _is_known(bot, conversation_id):
        return await conversation_state(bot, conversation_id, include_events, until=until, all_sessions=True)
    tracker = await bot.opening(conversation_id)
    return state_of(tracker, tracker.events, include_events)


@router.post("/tracker/events", dependencies=WRITES, response_model=TrackerState)
async def append_events(
    conversation_id: ConversationId,
    body: EventsBody,
    bot: CurrentBot,
    include_events: IncludeEvents = Verbosity.AFTER_RESTART,
    output_channel: OutputChannel = None,
    execute_side_effects: bool = False,
) -> dict[str, Any]:
    """Append one event or a list of them; `execute_side_effects` also sets and cancels reminders."""
    events = [item.to_event() for item in (body if isinstance(body, list) else [body])]
    if not events:
        raise RequestError("there is no event in the body", details={"parameter": "", "in": "body"})
    await bot.append_events(
        conversation_id, events, channel=output_channel, side_effects=execute_side_effects
    )
    return await conversation_state(bot, conversation_id, include_events)


@router.put("/tracker/events", dependencies=WRITES, response_model=TrackerState)
async def replace_events(
    conversation_id: ConversationId,
    body: EventsBody,
    bot: CurrentBot,
    include_events: IncludeEvents = Verbosity.AFTER_RESTART,
) -> dict[str, Any]:
    """Put these events in the place of all others."""
    events = [item.to_event() for item in (body if isinstance(body, list) else [body])]
    await bot.append_events(conversation_id, events, replace=True)
    return await conversation_state(bot, conversation_id, include_events, all_sessions=True)


@router.get(
    "/story",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def read_story(
    conversation_id: ConversationId,
    bot: CurrentBot,
    until: Until = None,
    all_sessions: Annotated[bool, Query(description="One story a session instead of the last.")] = False,
) -> PlainTextResponse:
    """The conversation as a test story in YAML."""
    await _must_be_known(bot, conversation_id)
    events = await bot.store.events(conversation_id)
    if until is not None:
        events = list(itertools.takewhile(lambda event: event.timestamp <= until, events))
    sessions = split_sessions(events) if all_sessions else [latest_session(events)]
    return PlainTextResponse(story_yaml(conversation_id, sessions))


@router.post("/execute", dependencies=WRITES, response_model=ConversationResult, deprecated=True)
async def execute_action(
    conversation_id: ConversationId,
    body: ActionRequest,
    bot: CurrentBot,
    include_events: IncludeEvents = Verbosity.AFTER_RESTART,
    output_channel: OutputChannel = None,
) -> dict[str, Any]:
    """Run one action in a known conversation, whatever the policies say."""
    await _must_be_known(bot, conversation_id)
    turn = await bot.execute_action(
        conversation_id, body.name, policy=body.policy, confidence=body.confidence, channel=output_channel
    )
    return await _result(bot, turn, include_events)


@router.post("/trigger_intent", dependencies=WRITES, response_model=ConversationResult)
async def trigger_intent(
    conversation_id: ConversationId,
    body: IntentRequest,
    bot: CurrentBot,
    include_events: IncludeEvents = Verbosity.AFTER_RESTART,
    output_channel: OutputChannel = None,
) -> dict[str, Any]:
    """Let an intent happen, and answer it."""
    entities = body.entities if isinstance(body.entities, dict) else _entities(body.entities)
    turn = await bot.trigger_intent(conversation_id, body.name, entities, channel=output_channel)
    return await _result(bot, turn, include_events)


@router.post("/predict", response_model=Prediction)
async def predict(conversation_id: ConversationId, bot: CurrentBot) -> dict[str, Any]:
    """What the bot would do next in a known conversation, without doing it."""
    await _must_be_known(bot, conversation_id)
    state = await conversation_state(bot, conversation_id, Verbosity.AFTER_RESTART)
    return prediction_json(bot, await bot.predict(conversation_id), state)


@router.post("/messages", dependencies=WRITES, response_model=TrackerState)
async def add_message(
    conversation_id: ConversationId,
    body: MessageRequest,
    bot: CurrentBot,
    include_events: IncludeEvents = Verbosity.AFTER_RESTART,
) -> dict[str, Any]:
    """Note a user message without answering it; slots are filled from it."""
    parsed = body.parse_data.model_dump(exclude_unset=True) if body.parse_data else None
    await bot.add_message(conversation_id, body.text, parsed)
    return await conversation_state(bot, conversation_id, include_events)


async def _result(bot: Bot, turn: Turn, verbosity: Verbosity) -> dict[str, Any]:
    return {
        "tracker": await conversation_state(bot, turn.conversation, verbosity),
        "messages": [part for reply in turn.replies for part in channel_messages(reply, turn.conversation)],
    }


async def _is_known(bot: Bot, conversation: str) -> bool:
    return bool(await bot.store.events(conversation, limit=1))


async def _must_be_known(bot: Bot, conversation: str) -> None:
    if not await _is_known(bot, conversation):
        raise RequestError(f"there is no conversation {conversation!r}", status=404, reason="NotFound")


def _entities(items: list[EntityJson]) -> list[Entity]:
    return [Entity.from_json(item.model_dump(exclude_unset=True)) for item in items]
