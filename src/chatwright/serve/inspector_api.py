"""What the inspector page reads: conversations, their events, their state and the reasons of their turns."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from chatwright.errors import RequestError
from chatwright.serve.rasa_api.common import FAILURES, ConversationId, CurrentBot
from chatwright.serve.rasa_api.tracker_view import Verbosity, conversation_state
from chatwright.stores.store import ConversationStore

__all__ = ["router"]

MAX_EVENTS = 2000
"""Events in one answer."""

router = APIRouter(tags=["inspector"], responses=FAILURES)


@router.get("/api/conversations")
async def list_conversations(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(max_length=600, description="`before` of the page before.")] = None,
) -> dict[str, Any]:
    """Conversations, the latest first, page by page."""
    rows = await _store(request).conversations(limit=limit, before=_cursor(before))
    shown = [
        {
            "conversation": row.id,
            "created": row.created,
            "updated": row.updated,
            "events": row.events,
            "turns": row.turns,
            "channel": row.channel,
        }
        for row in rows
    ]
    more = len(rows) == limit
    return {"conversations": shown, "before": f"{rows[-1].updated!r}|{rows[-1].id}" if more else None}


@router.get("/api/conversations/{conversation_id:path}/events")
async def read_events(
    conversation_id: ConversationId,
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**53, description="Leading events to skip.")] = 0,
) -> dict[str, Any]:
    """Events of a conversation after a number of them; `after` of the answer is the next number."""
    store = _store(request)
    events = await store.events(conversation_id, after=after, limit=MAX_EVENTS)
    if not events and await store.conversation(conversation_id) is None:
        raise _unknown(conversation_id)
    return {"events": [event.to_json() for event in events], "after": after + len(events)}


@router.get("/api/conversations/{conversation_id:path}/state")
async def read_state(conversation_id: ConversationId, request: Request, bot: CurrentBot) -> dict[str, Any]:
    """The conversation as it stands: slots, active form, whether the bot is paused."""
    if await _store(request).conversation(conversation_id) is None:
        raise _unknown(conversation_id)
    return await conversation_state(bot, conversation_id, Verbosity.NONE)


@router.get("/conversations/{conversation_id:path}/why")
async def read_why(
    conversation_id: ConversationId,
    request: Request,
    turn: Annotated[int | None, Query(ge=1, le=2**31, description="Of one turn only.")] = None,
) -> list[dict[str, Any]]:
    """Why the bot said what it said: a trace a turn."""
    store = _store(request)
    if await store.conversation(conversation_id) is None:
        raise _unknown(conversation_id)
    return await store.why(conversation_id, turn=turn)


def _store(request: Request) -> ConversationStore:
    return request.app.state.host.store


def _unknown(conversation: str) -> RequestError:
    return RequestError(f"there is no conversation {conversation!r}", status=404, reason="NotFound")


def _cursor(before: str | None) -> tuple[float, str] | None:
    if before is None:
        return None
    updated, _, conversation = before.partition("|")
    try:
        return float(updated), conversation
    except ValueError as error:
        raise RequestError("'before' is not a cursor of this list") from error
