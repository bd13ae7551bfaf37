"""Rasa's REST channel: ``POST /webhooks/rest/webhook``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from chatwright.bot import Turn
from chatwright.errors import ChatwrightError, RequestError
from chatwright.schema.messages import DEFAULT_CONVERSATION, BotMessage, new_id
from chatwright.serve.access import CONVERSATION_KEY, owned_metadata
from chatwright.serve.limits import check_text
from chatwright.serve.rasa_api.common import FAILURES, CurrentBot, JsonRoute
from chatwright.serve.rasa_api.failures import failure_status

__all__ = ["channel_messages", "router"]

CHANNEL = "rest"
_ID = r"^[^\x00-\x1f\x7f]+$"
_running: set[asyncio.Task[Turn]] = set()


class RestMessage(BaseModel):
    """What a client sends."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)

    sender: str | None = Field(
        default=None,
        min_length=1,
        max_length=512,
        pattern=_ID,
        description=f"The conversation, `{DEFAULT_CONVERSATION}` when there is none.",
    )
    message: str = Field(description="What the person wrote; 16 KiB at most.")
    metadata: dict[str, Any] | None = Field(
        default=None,
        description="`language` in it is the person's own choice; `message_id` names the delivery.",
    )
    input_channel: str | None = Field(default=None, max_length=64, description="Channel to report as.")


class ChannelRoute(JsonRoute):
    """Strangers send no more than a message."""

    max_bytes = 64 * 1024
    max_depth = 20


router = APIRouter(prefix="/webhooks/rest", tags=["channels"], route_class=ChannelRoute, responses=FAILURES)


@router.get("/")
async def health() -> dict[str, str]:
    """Whether the channel is there."""
    return {"status": "ok"}


@router.post(
    "/webhook",
    response_class=Response,
    responses={
        200: {
            "content": {
                "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
                "text/event-stream": {},
            }
        }
    },
)
async def receive(
    body: RestMessage,
    bot: CurrentBot,
    request: Request,
    stream: Annotated[bool, Query(description="Send each message as it is said.")] = False,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=512, description="Names the delivery.")
    ] = None,
) -> Response:
    """Answer a message. The same delivery again gets the same answer and changes nothing."""
    check_text(body.message)
    mine = request.scope.get(CONVERSATION_KEY)
    if mine is not None and body.sender not in (mine, None):
        raise RequestError("this is not your conversation", status=403, reason="NotAuthorized")
    conversation = mine or body.sender or DEFAULT_CONVERSATION
    metadata = owned_metadata(body.metadata or {}, mine)
    message_id = idempotency_key or metadata.get("message_id")
    if message_id is not None and not isinstance(message_id, str):
        raise RequestError("metadata.message_id must be a text")
    said: asyncio.Queue[BotMessage | None] = asyncio.Queue()
    # The turn goes on to its end when the client leaves.
    turn = asyncio.create_task(
        bot.handle(
            body.message,
            conversation=conversation,
            message_id=message_id or new_id(),
            channel=body.input_channel or CHANNEL,
            metadata=metadata,
            on_reply=said.put,
        )
    )
    _running.add(turn)
    turn.add_done_callback(lambda done: _ended(done, said))
    if stream:
        first = await said.get()
        if first is None:
            await turn  # what fails before the first word still gets its status
        return StreamingResponse(_stream(turn, first, said, conversation), media_type="text/event-stream")
    kept = await asyncio.shield(turn)
    messages = [part for reply in kept.replies for part in channel_messages(reply, conversation)]
    return Response(orjson.dumps(messages), media_type="application/json")


async def _stream(
    turn: asyncio.Task[Turn], first: BotMessage | None, said: asyncio.Queue[BotMessage | None], recipient: str
) -> AsyncIterator[bytes]:
    """One JSON object a line, as the messages are said."""
    reply, sent = first, 0
    while reply is not None:
        for part in channel_messages(reply, recipient):
            yield orjson.dumps(part) + b"\n"
        sent += 1
        reply = await said.get()
    try:
        kept = await turn
    except ChatwrightError as error:
        yield orjson.dumps({"error": error.message, "code": failure_status(error)}) + b"\n"
        return
    for late in kept.replies[sent:]:  # of a delivery that had been answered before
        for part in channel_messages(late, recipient):
            yield orjson.dumps(part) + b"\n"


def _ended(turn: asyncio.Task[Turn], said: asyncio.Queue[BotMessage | None]) -> None:
    _running.discard(turn)
    said.put_nowait(None)
    if not turn.cancelled():
        turn.exception()  # looked at, also where the client has left


def channel_messages(reply: BotMessage, recipient: str) -> list[dict[str, Any]]:
    """A reply as Rasa's REST channel sends it: a message a part, text split at blank lines.

    >>> channel_messages(BotMessage(text="one\\n\\ntwo", image="https://x/y.png"), "ann")
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'recipient_id': 'ann', 'text': 'one'}, {'recipient_id': 'ann', 'text': 'two'},
     {'recipient_id': 'ann', 'image': 'https://x/y.png'}]
    """
    parts: list[dict[str, Any]] = []
    if buttons := reply.quick_replies or reply.buttons:
        text = {} if reply.text is None else {"text": reply.text}
        parts.append({**text, "buttons": list(buttons)})
    elif reply.text:
        parts += [{"text": text} for text in reply.text.strip().split("\n\n")]
    if reply.custom:
        parts.append({"custom": reply.custom})
    if reply.image:
        parts.append({"image": reply.image})
    if reply.attachment:
        parts.append({"attachment": reply.attachment})
    for element in reply.elements:
        shown = f"{element.get('title', '')} : {element.get('subtitle', '')}"
        parts.append({"text": shown, "buttons": list(element.get("buttons") or [])})
    return [{"recipient_id": recipient, **part} for part in parts]
