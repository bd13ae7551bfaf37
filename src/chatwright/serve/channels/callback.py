"""Rasa's callback channel: a message comes in by HTTP, its replies are posted to a URL of credentials.yml."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Header, Request
from fastapi.responses import PlainTextResponse

from chatwright.errors import ProjectError, RequestError
from chatwright.generate.endpoint_client import EndpointClient
from chatwright.project.credentials import Credentials
from chatwright.project.endpoints import Endpoint
from chatwright.schema.messages import DEFAULT_CONVERSATION, new_id
from chatwright.serve.access import CONVERSATION_KEY, owned_metadata
from chatwright.serve.channels.rest import ChannelRoute, RestMessage, channel_messages
from chatwright.serve.limits import check_text
from chatwright.serve.rasa_api.common import FAILURES, CurrentBot

__all__ = ["CHANNEL", "callback_client", "router"]

logger = logging.getLogger(__name__)

CHANNEL = "callback"
ATTEMPTS = 3
FIRST_PAUSE_S = 0.5
TIMEOUT_S = 30.0

router = APIRouter(
    prefix=f"/webhooks/{CHANNEL}", tags=["channels"], route_class=ChannelRoute, responses=FAILURES
)


def callback_client(credentials: Credentials) -> EndpointClient | None:
    """Where replies go; None where credentials.yml does not name the channel.

    Raises:
        ProjectError: the channel has no ``url``.
    """
    options = credentials.channels.get(CHANNEL)
    if options is None:
        return None
    endpoint = Endpoint.model_validate(options)
    if not (endpoint.url or "").startswith(("http://", "https://")):
        raise ProjectError(
            "credentials.yml: the callback channel has no address to send replies to",
            fix="write 'callback:' with 'url: https://…' below it",
        )
    return EndpointClient(endpoint, timeout=TIMEOUT_S)


@router.get("/")
async def health() -> dict[str, str]:
    """Whether the channel is there."""
    return {"status": "ok"}


@router.post("/webhook", response_class=PlainTextResponse)
async def receive(
    body: RestMessage,
    bot: CurrentBot,
    request: Request,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=512, description="Names the delivery.")
    ] = None,
) -> str:
    """Answer a message by posting to the configured URL; says ``success`` when the turn is kept.

    A delivery that comes again is not posted again.
    """
    check_text(body.message)
    mine = request.scope.get(CONVERSATION_KEY)
    if mine is not None and body.sender not in (mine, None):
        raise RequestError("this is not your conversation", status=403, reason="NotAuthorized")
    conversation = mine or body.sender or DEFAULT_CONVERSATION
    turn = await asyncio.shield(
        asyncio.create_task(
            bot.handle(
                body.message,
                conversation=conversation,
                message_id=idempotency_key or new_id(),
                channel=body.input_channel or CHANNEL,
                metadata=owned_metadata(body.metadata or {}, mine),
            )
        )
    )
    if not turn.duplicate:
        parts = [part for reply in turn.replies for part in channel_messages(reply, conversation)]
        await _post(request.app.state.callback, parts)
    return "success"


async def _post(client: EndpointClient, messages: Sequence[dict[str, Any]]) -> None:
    """One message after the other; what cannot be delivered is logged, for the turn is kept already."""
    reason = ""
    for message in messages:
        for attempt in range(ATTEMPTS):
            try:
                answer = await client.post(message)
                if answer.status_code < 500:
                    break
                reason = f"status {answer.status_code}"
            except httpx.HTTPError as error:
                reason = type(error).__name__
            await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
        else:
            logger.error("a reply to %s could not be posted: %s", message["recipient_id"], reason)
