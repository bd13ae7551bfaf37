"""The bot as an OpenAI-compatible model: ``POST /v1/chat/completions`` and ``GET /v1/models``.

The conversation is the header ``X-Conversation-Id`` or the field ``user``; without either each request
is a conversation of its own, whose id the answer tells. The bot remembers by itself: of the messages sent
only the user's last one counts. What a text cannot hold (buttons as such, images, payloads) stands in the
extension field ``chatwright`` of a message or delta.

Shapes: OpenAI's API reference, "Chat" and "Streaming".
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from chatwright.bot import Bot, Turn
from chatwright.errors import ChatwrightError, RequestError
from chatwright.schema.messages import BotMessage, new_id
from chatwright.serve.limits import check_text
from chatwright.serve.rasa_api.common import CurrentBot, JsonRoute
from chatwright.serve.rasa_api.failures import failure_status

__all__ = ["OpenAiFailure", "count_tokens", "openai_failure", "reply_text", "router"]

CHANNEL = "openai"
_ID = r"^[^\x00-\x1f\x7f]+$"
_ID_OR_NOTHING = r"^[^\x00-\x1f\x7f]*$"
_TOKEN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]|\w+|[^\w\s]")
_running: set[asyncio.Task[Turn]] = set()


class OpenAiError(BaseModel):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAiFailure(BaseModel):
    """OpenAI's error body."""

    error: OpenAiError


class ContentPart(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="allow")

    type: str
    text: str | None = Field(default=None, max_length=100_000)


class ChatMessage(BaseModel):
    """A message of the history."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: Annotated[str, Field(max_length=100_000)] | list[ContentPart] | None = None

    @property
    def words(self) -> str:
        """The text of the message."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text" and part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    """How to stream."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """A request for a completion. Settings of sampling and tools are accepted and have no effect."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(description="The bot's assistant_id, as `/v1/models` lists it.")
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] = 1
    user: str | None = Field(
        default=None, max_length=512, pattern=_ID_OR_NOTHING, description="The conversation."
    )


class OpenAiRoute(JsonRoute):
    """Answers errors in OpenAI's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_openai(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                first = max(error.errors(), key=lambda found: len(found["loc"]))
                place = ".".join(str(part) for part in first["loc"][1:]) or None
                return _failure(400, first["msg"], param=place)
            except HTTPException as error:
                return _failure(error.status_code, str(error.detail))
            except ChatwrightError as error:
                return openai_failure(error)

        return handle_openai


router = APIRouter(
    prefix="/v1",
    tags=["openai"],
    route_class=OpenAiRoute,
    responses={
        status: {"model": OpenAiFailure, "description": "The request was not served."}
        for status in (400, 401, 403, 404, 409, 413, 503)
    },
)


@router.get("/models")
async def list_models(bot: CurrentBot) -> dict[str, Any]:
    """The served bot, as the only model."""
    return {"object": "list", "data": [_model_json(bot)]}


@router.get("/models/{model}")
async def read_model(model: str, bot: CurrentBot) -> dict[str, Any]:
    """The served bot."""
    _must_be_served(model, bot)
    return _model_json(bot)


@router.post(
    "/chat/completions",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}, "text/event-stream": {}}}
    },
)
async def create_completion(
    body: ChatRequest,
    bot: CurrentBot,
    x_conversation_id: Annotated[
        str | None,
        Header(min_length=1, max_length=512, pattern=_ID, description="The conversation; before `user`."),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=512, description="The same key again gets the same answer."),
    ] = None,
) -> Response:
    """Answer the user's last message: one turn of the conversation.

    When streaming, each reply is sent as soon as the bot says it; `finish_reason` and `[DONE]` only when
    the turn is kept.
    """
    _must_be_served(body.model, bot)
    text = next((message.words for message in reversed(body.messages) if message.role == "user"), "")
    if not text.strip():
        raise RequestError("there is no text of the user in 'messages'", fix="send a message of role 'user'")
    check_text(text)
    answer = _Answer(bot, text, x_conversation_id or body.user or new_id(), idempotency_key or new_id())
    headers = {"X-Conversation-Id": answer.conversation} if answer.conversation.isascii() else {}
    if not body.stream:
        return JSONResponse(await answer.whole(), headers=headers)
    await answer.begun()  # what fails before the first word still gets its status
    usage = body.stream_options is not None and body.stream_options.include_usage
    return StreamingResponse(
        answer.events(usage),
        media_type="text/event-stream",
        headers={**headers, "Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


class _Answer:
    """One turn on its way to the client. It goes on to its end when the client leaves."""

    def __init__(self, bot: Bot, text: str, conversation: str, message_id: str) -> None:
        self.conversation = conversation
        self._bot, self._text = bot, text
        self._said: asyncio.Queue[BotMessage | None] = asyncio.Queue()
        self._early: list[BotMessage | None] = []
        self._common = {
            "id": f"chatcmpl-{message_id}",
            "created": int(time.time()),
            "model": _name(bot),
        }
        self._turn = asyncio.create_task(
            bot.handle(
                text,
                conversation=conversation,
                message_id=message_id,
                channel=CHANNEL,
                on_reply=self._said.put,
            )
        )
        _running.add(self._turn)
        self._turn.add_done_callback(self._ended)

    async def whole(self) -> dict[str, Any]:
        """The completion in one piece."""
        turn = await asyncio.shield(self._turn)
        content = "\n\n".join(words for reply in turn.replies if (words := reply_text(reply)))
        message = {"role": "assistant", "content": content, "refusal": None, "chatwright": self._ours(turn)}
        return {
            **self._common,
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": self._usage(turn.replies),
        }

    async def begun(self) -> None:
        """Wait for the first reply or the end of the turn.

        Raises:
            ChatwrightError: the turn failed before anything was said.
        """
        first = await self._said.get()
        if first is None:
            await self._turn
        self._early.append(first)

    async def events(self, usage: bool) -> AsyncIterator[bytes]:
        """Server-sent events: the role, a delta a reply, and the end once the turn is kept."""
        yield self._chunk({"role": "assistant", "content": ""}, usage=usage)
        sent = 0
        while (reply := self._early.pop() if self._early else await self._said.get()) is not None:
            yield self._delta(reply, sent, usage)
            sent += 1
        try:
            turn = await self._turn
        except ChatwrightError as error:
            yield _event(_error_json(failure_status(error), error.message, None, error.code))
            return
        except Exception:
            yield _event(_error_json(500, "the turn failed", None, None))
            raise
        for reply in turn.replies[sent:]:  # of a message that had been answered before
            yield self._delta(reply, sent, usage)
            sent += 1
        ended = {"chatwright": {"conversation": self.conversation, "turn": turn.number}}
        yield self._chunk(ended, finish="stop", usage=usage)
        if usage:
            yield _event({**self._base(), "choices": [], "usage": self._usage(turn.replies)})
        yield b"data: [DONE]\n\n"

    def _delta(self, reply: BotMessage, sent: int, usage: bool) -> bytes:
        words = reply_text(reply)
        content = f"\n\n{words}" if sent and words else words
        ours = {"replies": [_reply_json(reply)]}
        return self._chunk({"content": content, "chatwright": ours}, usage=usage)

    def _chunk(self, delta: dict[str, Any], *, usage: bool, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event({**self._base(), "choices": [choice], **({"usage": None} if usage else {})})

    def _base(self) -> dict[str, Any]:
        return {**self._common, "object": "chat.completion.chunk"}

    def _ours(self, turn: Turn) -> dict[str, Any]:
        replies = [_reply_json(reply) for reply in turn.replies]
        return {"conversation": self.conversation, "turn": turn.number, "replies": replies}

    def _usage(self, replies: Sequence[BotMessage]) -> dict[str, int]:
        asked = count_tokens(self._text)
        said = sum(count_tokens(reply_text(reply)) for reply in replies)
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}

    def _ended(self, turn: asyncio.Task[Turn]) -> None:
        _running.discard(turn)
        self._said.put_nowait(None)
        if not turn.cancelled():
            turn.exception()  # looked at, also where the client has left


def openai_failure(error: ChatwrightError) -> JSONResponse:
    """An error in OpenAI's shape; the fix stands behind the message."""
    message = f"{error.message}: {error.fix}" if error.fix else error.message
    code = error.reason if isinstance(error, RequestError) else error.code
    return _failure(failure_status(error), message, code=code)


def reply_text(reply: BotMessage) -> str:
    """A reply in words alone: its text, the address of its image, a line for each button.

    >>> reply_text(BotMessage(text="Sure?", buttons=[{"title": "Yes", "payload": "/affirm"}]))
    'Sure?\\n- Yes'
    """
    buttons = [*reply.buttons, *reply.quick_replies]
    lines = [reply.text, reply.image, *(f"- {button.get('title', '')}" for button in buttons)]
    return "\n".join(line for line in lines if line)


def count_tokens(text: str) -> int:
    """Words, Chinese characters and signs: a size for accounts, not any model's own tokens.

    >>> count_tokens("查订单 20231107, please")
    6
    """
    return len(_TOKEN.findall(text))


def _reply_json(reply: BotMessage) -> dict[str, Any]:
    """All parts that the reply has."""
    parts = {"text": reply.text, **reply.data()}
    return {name: part for name, part in parts.items() if part is not None}


def _name(bot: Bot) -> str:
    return bot.brain.manifest.assistant_id or "chatwright"


def _must_be_served(model: str, bot: Bot) -> None:
    if model not in (_name(bot), bot.bundle_id):
        raise RequestError(
            f"there is no model {model!r}",
            status=404,
            reason="model_not_found",
            fix=f"the bot is {_name(bot)!r}",
        )


def _model_json(bot: Bot) -> dict[str, Any]:
    created = int(bot.model_file.stat().st_mtime) if bot.model_file.exists() else 0
    return {"id": _name(bot), "object": "model", "created": created, "owned_by": "chatwright"}


def _failure(status: int, message: str, *, param: str | None = None, code: str | None = None) -> JSONResponse:
    return JSONResponse(_error_json(status, message, param, code), status_code=status)


def _error_json(status: int, message: str, param: str | None, code: str | None) -> dict[str, Any]:
    kinds = {401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _event(content: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(content) + b"\n\n"
