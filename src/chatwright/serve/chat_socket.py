"""The chat page's way to the bot: a signed session, then a WebSocket of JSON frames.

From the page: ``message {id, text, language?}``, ``history``, ``feedback {turn, value}``, ``ping``. To the
page: ``session``, ``history``, ``typing``, ``reply``, ``turn.completed`` (after the turn is kept),
``feedback.kept``, ``error {code, message}``, ``pong``.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect

from chatwright.bot import Bot
from chatwright.errors import ChatwrightError, ConversationBusy, RequestError
from chatwright.schema.events import BotUttered, Event, FeedbackGiven, UserUttered
from chatwright.schema.messages import BotMessage, new_id
from chatwright.serve.host import BotHost
from chatwright.serve.limits import Capacity, check_text
from chatwright.serve.logging_setup import REQUEST_ID
from chatwright.serve.sessions import Sessions
from chatwright.serve.settings import ServeSettings

__all__ = ["Sockets", "router"]

logger = logging.getLogger(__name__)

CHANNEL = "web"
MAX_WAITING = 8
"""Messages of one page that are not answered yet."""
MAX_FRAME_BYTES = 64 * 1024
HISTORY_TURNS = 200
MAX_PAGES = 2000
"""Open pages of one worker."""
REFUSED = 4401
TRY_LATER = 1013
LOOK_EVERY_S = 1.0
"""How often to look whether something was said that no page asked for."""

_PLAIN = re.compile(r"[\w.-]{1,64}")

router = APIRouter(include_in_schema=False)


@router.post("/api/session")
async def open_session(request: Request) -> dict[str, Any]:
    """A new anonymous session: a token, and the conversation it holds."""
    sessions: Sessions = request.app.state.sessions
    session = sessions.new()
    return {"token": session.token, "conversation": session.conversation, "expires": session.expires}


@router.websocket("/api/chat")
async def chat(socket: WebSocket, token: str = "") -> None:
    """One open page."""
    state = socket.app.state
    await socket.accept()
    conversation = state.sessions.conversation(token)
    if conversation is None or not _same_origin(socket, state.settings):
        await socket.close(REFUSED)
        return
    if len(state.sockets) >= MAX_PAGES:
        await socket.close(TRY_LATER)
        return
    page = _Page(socket, conversation, state.host, state.capacity)
    state.sockets.add(page)
    try:
        await page.run()
    except (WebSocketDisconnect, RuntimeError):
        pass  # the page went away
    finally:
        state.sockets.remove(page)


class Sockets:
    """The open pages of this worker, by conversation."""

    def __init__(self) -> None:
        self._pages: dict[str, set[_Page]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._pages.values()))

    def add(self, page: _Page) -> None:
        """A page was opened."""
        self._pages.setdefault(page.conversation, set()).add(page)

    def remove(self, page: _Page) -> None:
        """A page went away."""
        pages = self._pages.get(page.conversation, set())
        pages.discard(page)
        if not pages:
            self._pages.pop(page.conversation, None)

    async def refresh(self, conversation: str) -> None:
        """Something was said that no message of the page asked for."""
        for page in list(self._pages.get(conversation, ())):
            await page.send_history()

    async def watch(self, host: BotHost) -> None:
        """Show what reminders, the API and other pages let happen, in whichever process; for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                for conversation, turns in (await host.store.turns_of(list(self._pages))).items():
                    for page in list(self._pages.get(conversation, ())):
                        if page.turns is not None and page.turns < turns and not page.is_waiting:
                            await page.send_history()
            except ChatwrightError as error:
                logger.error("looking for news of open pages: %s", error)
            except Exception:
                logger.exception("looking for news of open pages failed")


class _Page:
    def __init__(self, socket: WebSocket, conversation: str, host: BotHost, capacity: Capacity) -> None:
        self.conversation = conversation
        self.turns: int | None = None
        """How many turns the page has been shown; None before it asks for its history."""
        self._socket = socket
        self._host = host
        self._capacity = capacity
        self._waiting: set[asyncio.Task[None]] = set()

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is on its way to the page."""
        return bool(self._waiting)

    async def run(self) -> None:
        bot = self._host.bot
        await self._send(
            type="session",
            conversation=self.conversation,
            bot={"name": self._host.name, "languages": list(bot.languages) if bot else []},
        )
        while True:
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            raw = received.get("text") or received.get("bytes") or b""
            try:
                await self._frame(_frame_of(raw))
            except ChatwrightError as error:
                await self._send_error(error, None)

    async def _frame(self, frame: dict[str, Any]) -> None:
        match frame.get("type"):
            case "ping":
                await self._send(type="pong")
            case "history":
                await self.send_history()
            case "feedback":
                await self._feedback(frame)
            case "message":
                await self._message(frame)
            case other:
                raise RequestError(f"unknown frame type {other!r:.40}")

    async def _message(self, frame: dict[str, Any]) -> None:
        """Messages are answered one after the other by the store; pings are answered meanwhile."""
        name = frame.get("id")
        if not isinstance(name, str) or not 0 < len(name) <= 128 or not isinstance(frame.get("text"), str):
            raise RequestError("a message needs 'id' and 'text'")
        if len(self._waiting) >= MAX_WAITING:
            busy = ConversationBusy("too many messages wait for an answer")
            await self._send_error(busy, name)
            return
        await self._send_quietly(type="typing", in_reply_to=name)
        # Tasks begin in the order of the messages, and the store answers in the order it is asked.
        task = asyncio.create_task(self._answer(name, frame["text"], frame.get("language")))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _answer(self, name: str, text: str, language: Any) -> None:
        REQUEST_ID.set(name if _PLAIN.fullmatch(name) else new_id())

        async def said(reply: BotMessage) -> None:
            await self._send_quietly(type="reply", in_reply_to=name, message=_shown(reply))

        try:
            check_text(text)
            bot = self._bot()
            with self._capacity.one():
                turn = await bot.handle(
                    text,
                    conversation=self.conversation,
                    message_id=name,
                    channel=CHANNEL,
                    metadata={"language": language} if isinstance(language, str) else {},
                    on_reply=said,
                )
            self.turns = max(self.turns or 0, turn.number)
            if turn.duplicate:
                for reply in turn.replies:
                    await said(reply)
            await self._send_quietly(
                type="turn.completed", in_reply_to=name, turn=turn.number, duplicate=turn.duplicate
            )
        except ChatwrightError as error:
            await self._send_error(error, name)
        except Exception:
            logger.exception("a message of the chat page failed")
            await self._send_quietly(type="error", in_reply_to=name, code="internal", message="it failed")

    async def _feedback(self, frame: dict[str, Any]) -> None:
        turn, value = frame.get("turn"), frame.get("value")
        if not isinstance(turn, int) or isinstance(turn, bool) or turn < 1 or value not in ("up", "down"):
            raise RequestError("feedback needs a 'turn' and a 'value' of up or down")
        known = await self._host.store.conversation(self.conversation)
        if known is None or turn > known.turns:
            raise RequestError("feedback on a turn that does not exist")
        await self._bot().append_events(self.conversation, [FeedbackGiven(turn=turn, value=value)])
        await self._send(type="feedback.kept", turn=turn, value=value)

    async def send_history(self) -> None:
        """All that was said, so that the page and the store agree."""
        known = await self._host.store.conversation(self.conversation)
        events = await self._host.store.events(self.conversation)
        self.turns = known.turns if known else 0
        await self._send_quietly(type="history", messages=_history(events))

    def _bot(self) -> Bot:
        if self._host.bot is None:
            raise RequestError("no bot is loaded", status=409, reason="Conflict")
        return self._host.bot

    async def _send_error(self, error: ChatwrightError, name: str | None) -> None:
        code = "busy" if isinstance(error, ConversationBusy) else error.code
        if isinstance(error, RequestError):
            code = "message_too_long" if error.status == 413 else error.reason
        await self._send_quietly(type="error", in_reply_to=name, code=code, message=error.message)

    async def _send(self, **frame: Any) -> None:
        await self._socket.send_text(orjson.dumps(frame, default=str).decode())

    async def _send_quietly(self, **frame: Any) -> None:
        """The page may be gone; the turn goes on, and the page reads the history when it is back."""
        try:
            await self._send(**frame)
        except (WebSocketDisconnect, RuntimeError, OSError):
            logger.debug("the page of %s is gone", self.conversation)


def _frame_of(raw: str | bytes) -> dict[str, Any]:
    if len(raw) > MAX_FRAME_BYTES:
        raise RequestError("the frame is too large", status=413, reason="too_large")
    try:
        frame = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise RequestError("the frame is not JSON") from error
    if not isinstance(frame, dict):
        raise RequestError("the frame is not an object")
    return frame


def _same_origin(socket: WebSocket, settings: ServeSettings) -> bool:
    """Browsers tell where a page comes from; pages of strangers may not use a visitor's session."""
    origin = socket.headers.get("origin")
    if origin is None or "*" in settings.cors or origin in settings.cors:
        return True
    return urlsplit(origin).netloc == socket.headers.get("host")


def _shown(reply: BotMessage) -> dict[str, Any]:
    return {"text": reply.text, **{key: value for key, value in reply.data().items() if value is not None}}


def _turn_of(event: Event) -> int | None:
    ours = event.metadata.get("chatwright")
    return ours.get("turn") if isinstance(ours, dict) else None


def _history(events: list[Event]) -> list[dict[str, Any]]:
    """Messages of the page's form; feedback stands on the replies of its turn."""
    feedback = {event.turn: event.value for event in events if isinstance(event, FeedbackGiven)}
    messages: list[dict[str, Any]] = []
    heard: str | None = None
    for event in events:
        common = {"turn": _turn_of(event), "timestamp": event.timestamp}
        if isinstance(event, UserUttered):
            if event.metadata.get("is_external"):
                continue
            heard = event.message_id
            messages.append({"role": "user", **common, "id": heard, "message": {"text": event.text}})
        elif isinstance(event, BotUttered):
            rated = feedback.get(common["turn"]) if common["turn"] is not None else None
            messages.append(
                {"role": "bot", **common, "id": heard, "feedback": rated, "message": _shown(event.message())}
            )
    return messages[-2 * HISTORY_TURNS :]
