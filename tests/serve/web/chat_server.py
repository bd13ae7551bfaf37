"""A small server for the pages: it speaks the chat protocol and misbehaves when told to.

The real server cannot be made to drop a socket in the middle of a turn, to lose a session or to
answer twice on demand; this one can.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request

import chatwright

WEB = Path(chatwright.__file__).parent / "serve" / "web"

Message = dict[str, Any]
Script = Callable[[str], list[Message]]


def echo(text: str) -> list[Message]:
    """The default script: the bot repeats what it hears."""
    return [{"text": f"You said: {text}"}]


@dataclass
class ChatServer:
    """The server's state, which outlives its stops; tests read it and turn its knobs."""

    script: Script = echo
    delay_s: float = 0.0
    """Pause before each reply."""
    drop: str | None = None
    """Drop the socket once: ``before reply``, ``after reply`` (not committed), ``after commit``."""
    error: dict[str, str] | None = None
    """Answer the next message with this error."""
    refuse: set[str] = field(default_factory=set)
    """Tokens that are not good any more."""
    mute: bool = False
    """Do not answer pings."""
    bot_name: str = "Mei"
    session_status: int = 200
    api_token: str | None = None
    conversations: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    received: list[dict[str, Any]] = field(default_factory=list)
    """Every frame that came."""
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    why: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    trackers: dict[str, dict[str, Any]] = field(default_factory=dict)
    listing: list[dict[str, Any]] = field(default_factory=list)
    lessons: dict[str, Any] = field(default_factory=lambda: {"allowed": False})
    """Whether the bot may be taught, and the names for it."""
    port: int = 0
    languages: tuple[str, ...] = ("zh", "en")
    _tokens: dict[str, str] = field(default_factory=dict)
    _sockets: set[WebSocket] = field(default_factory=set)
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def messages(self) -> list[dict[str, Any]]:
        """The user messages that came, resent ones too."""
        return [frame for frame in self.received if frame["type"] == "message"]

    def start(self) -> None:
        """Serve from a thread; after ``stop`` on the same port."""
        config = uvicorn.Config(
            self._app(),
            port=self.port,
            log_level="critical",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the test server did not start")
            time.sleep(0.005)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Close every socket and the port."""
        if self._server and self._thread:
            self.drop_sockets()
            self._server.should_exit = True
            self._thread.join(timeout=10)

    def drop_sockets(self) -> None:
        """End every WebSocket at once."""
        self._run(lambda socket: socket.close(1012))

    def push(self, frame: dict[str, Any]) -> None:
        """Send a frame that no message asked for."""
        self._run(lambda socket: socket.send_json(frame))

    def _run(self, do: Callable[[WebSocket], Any]) -> None:
        for socket in list(self._sockets):
            if self._loop:
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the page was quicker
                    asyncio.run_coroutine_threadsafe(do(socket), self._loop).result(5)

    # The pages and what the inspector reads

    def _app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        app.get("/")(lambda: FileResponse(WEB / "index.html"))
        app.get("/inspect")(lambda: FileResponse(WEB / "inspect.html"))
        app.mount("/web", StaticFiles(directory=WEB))
        app.post("/api/session")(self._session)
        app.websocket("/api/chat")(self._chat)

        def guarded(path: str, read: Callable[[Request], Any]) -> None:
            async def route(request: Request) -> Response:
                if self.api_token and request.headers.get("authorization") != f"Bearer {self.api_token}":
                    return JSONResponse({"reason": "NotAuthenticated"}, 401)
                answer = read(request)
                return JSONResponse(answer, 404 if answer is None else 200)

            app.add_api_route(path, route)

        guarded("/api/conversations", self._list)
        guarded("/api/conversations/{id}/events", self._events)
        guarded("/conversations/{id}/why", lambda request: self.why.get(request.path_params["id"], []))
        guarded("/api/lessons", lambda _: self.lessons)
        guarded("/api/conversations/{id}/state", lambda request: self.trackers.get(request.path_params["id"]))
        return app

    def _list(self, request: Request) -> dict[str, Any]:
        limit = int(request.query_params.get("limit", 50))
        before = request.query_params.get("before")
        rows = sorted(self.listing, key=lambda row: -row["updated"])
        if before:
            rows = [row for row in rows if row["updated"] < float(before)]
        page = rows[:limit]
        return {"conversations": page, "before": page[-1]["updated"] if len(rows) > limit else None}

    def _events(self, request: Request) -> dict[str, Any] | None:
        events = self.events.get(request.path_params["id"])
        if events is None:
            return None
        after = int(request.query_params.get("after", 0))
        return {"events": events[after:], "after": len(events)}

    # The chat protocol

    async def _session(self) -> Response:
        if self.session_status != 200:
            return JSONResponse({"reason": "no"}, self.session_status)
        token, conversation = secrets.token_urlsafe(8), secrets.token_hex(8)
        self._tokens[token] = conversation
        return JSONResponse({"token": token, "conversation": conversation, "expires": time.time() + 3600})

    async def _chat(self, socket: WebSocket, token: str = "") -> None:
        await socket.accept()
        if token not in self._tokens or token in self.refuse:
            await socket.close(4401)
            return
        self._loop = asyncio.get_running_loop()
        self._sockets.add(socket)
        conversation = self._tokens[token]
        try:
            await socket.send_json(
                {
                    "type": "session",
                    "conversation": conversation,
                    "bot": {"name": self.bot_name, "languages": list(self.languages)},
                }
            )
            while True:
                await self._frame(socket, conversation, await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            pass  # the page went away, or a test dropped the socket
        finally:
            self._sockets.discard(socket)

    async def _frame(self, socket: WebSocket, conversation: str, frame: dict[str, Any]) -> None:
        self.received.append(frame)
        turns = self.conversations[conversation]
        match frame["type"]:
            case "ping" if self.mute:
                pass
            case "ping":
                await socket.send_json({"type": "pong"})
            case "history":
                await socket.send_json({"type": "history", "messages": list(_history(turns))})
            case "feedback":
                turns[frame["turn"] - 1]["feedback"] = frame["value"]
                await socket.send_json(
                    {"type": "feedback.kept", "turn": frame["turn"], "value": frame["value"]}
                )
            case "message":
                await self._turn(socket, turns, frame)

    async def _turn(self, socket: WebSocket, turns: list[dict[str, Any]], frame: dict[str, Any]) -> None:
        answered = {"in_reply_to": frame["id"]}
        if self.error:
            error, self.error = self.error, None
            await socket.send_json({"type": "error", **answered, **error})
            return
        await socket.send_json({"type": "typing", **answered})
        drop, self.drop = self.drop, None
        if drop == "before reply":
            await socket.close(1012)
            return
        turn = next((turn for turn in turns if turn["id"] == frame["id"]), None)
        duplicate = turn is not None
        if turn is None:
            turn = {"id": frame["id"], "text": frame["text"], "at": time.time(), "feedback": None}
            turn["replies"] = self.script(frame["text"])
        number = turns.index(turn) + 1 if duplicate else len(turns) + 1
        for reply in turn["replies"]:
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await socket.send_json({"type": "reply", **answered, "turn": number, "message": reply})
            if drop == "after reply":
                await socket.close(1012)
                return
        if not duplicate:
            turns.append(turn)
        if drop == "after commit":
            await socket.close(1012)
            return
        await socket.send_json({"type": "turn.completed", **answered, "turn": number, "duplicate": duplicate})


def _history(turns: list[dict[str, Any]]):
    for number, turn in enumerate(turns, 1):
        common = {"turn": number, "id": turn["id"], "timestamp": turn["at"]}
        yield {"role": "user", **common, "message": {"text": turn["text"]}}
        for reply in turn["replies"]:
            yield {"role": "bot", **common, "feedback": turn["feedback"], "message": reply}
