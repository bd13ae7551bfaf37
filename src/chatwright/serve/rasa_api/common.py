"""What the routes of the API share: the bot, JSON bodies read strictly, parameters, failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import orjson
from fastapi import Depends, HTTPException, Path, Query, Request, Response
from fastapi.routing import APIRoute

from chatwright.bot import Bot
from chatwright.errors import RequestError
from chatwright.serve.rasa_api.bodies import Failure
from chatwright.serve.rasa_api.tracker_view import Verbosity

__all__ = [
    "FAILURES",
    "ConversationId",
    "CurrentBot",
    "IncludeEvents",
    "JsonRoute",
    "OutputChannel",
    "Until",
    "read_body",
]

MAX_JSON_BYTES = 16 * 1024 * 1024
"""Largest JSON body: a whole conversation may be sent."""
MAX_DEPTH = 64
"""Deepest nesting of a JSON body; what is kept must be written again by everyone who reads it."""

FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": Failure, "description": "The request is malformed."},
    401: {"model": Failure, "description": "Who asks is not known."},
    403: {"model": Failure, "description": "Who asks may not."},
    404: {"model": Failure, "description": "There is no such thing."},
    409: {"model": Failure, "description": "No bot is loaded, or the conversation is busy."},
    413: {"model": Failure, "description": "The body is too large."},
    503: {"model": Failure, "description": "The conversation store cannot be reached."},
}


async def _current_bot(request: Request) -> Bot:
    bot: Bot | None = request.app.state.host.bot
    if bot is None:
        raise RequestError(
            "no bot is loaded", status=409, reason="Conflict", fix="load one with PUT /model, or train one"
        )
    return bot


CurrentBot = Annotated[Bot, Depends(_current_bot)]
ConversationId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=512,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="May hold slashes.",
        examples=["ann"],
    ),
]
IncludeEvents = Annotated[Verbosity, Query(description="Which events the state shows.")]
Until = Annotated[
    float | None, Query(ge=0, le=1e11, allow_inf_nan=False, description="As of then, in seconds since 1970.")
]
OutputChannel = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="A channel, or `latest`: the one last heard from.",
    ),
]


class JsonRoute(APIRoute):
    """Reads JSON bodies strictly (no NaN, no half characters, no abyss), whatever a program calls them.

    As with Rasa the content type is not asked for. A browser must name it: pages of strangers can send
    anything but that without being asked for permission first.
    """

    max_bytes = MAX_JSON_BYTES
    max_depth = MAX_DEPTH

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            if "origin" not in request.headers:
                headers = [item for item in request.scope["headers"] if item[0] != b"content-type"]
                request.scope["headers"] = [*headers, (b"content-type", b"application/json")]
            return await handle(_StrictRequest(request, self.max_bytes, self.max_depth))

        return handle_json


class _StrictRequest(Request):
    def __init__(self, request: Request, max_bytes: int, max_depth: int) -> None:
        super().__init__(request.scope, request.receive)
        self._max_bytes = max_bytes
        self._max_depth = max_depth

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            self._body = await read_body(self, self._max_bytes)
        return self._body

    async def json(self) -> Any:
        body = await self.body()
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise json.JSONDecodeError(error.msg, error.doc, error.pos) from error
        if _is_deeper(content, self._max_depth):
            raise json.JSONDecodeError(f"nested deeper than {self._max_depth}", "", 0)
        return content


async def read_body(request: Request, limit: int) -> bytes:
    """The body, at most ``limit`` bytes of it; no more is taken in (413)."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            # FastAPI lets no other kind of error through while it reads a body.
            raise HTTPException(413, f"the body is larger than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _is_deeper(content: Any, depth: int) -> bool:
    level = [content]
    for _ in range(depth):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
