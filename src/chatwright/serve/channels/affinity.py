"""Requests of one Socket.IO session find the worker that holds it.

A client that polls opens connections as it likes, and with several workers each may answer. The session's
id says whose it is; a request that came to another worker is handed over through a socket file in the folder
that the workers of one server share. Sessions by WebSocket stay on their connection and need none of this.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from chatwright.schema.messages import new_id

__all__ = ["Affinity"]

LONGEST_POLL_S = 90.0
"""A poll waits for news as long as the ping interval (25 s) and its timeout (20 s)."""
_MARK = "-"
_HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"}


class Affinity:
    """Around the Socket.IO application of one worker of several.

    Args:
        app: the application of this worker.
        folder: shared by all workers of the server, and by nobody else.
    """

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._worker = str(os.getpid())
        self._clients: dict[str, httpx.AsyncClient] = {}

    def session_id(self) -> str:
        """A new session id, which names this worker."""
        return f"{self._worker}{_MARK}{new_id()}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the worker answer that the session belongs to."""
        sid = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("sid", [""])[0]
        owner, mark, _ = sid.partition(_MARK)
        elsewhere = mark and owner.isdigit() and owner != self._worker and scope["type"] == "http"
        if elsewhere and self._socket(owner).exists():
            await self._hand_over(owner, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Answer what other workers hand over."""
        path = self._socket(self._worker)
        config = uvicorn.Config(self._app, uds=str(path), lifespan="off", log_config=None, access_log=False)
        server = _Inner(config)
        task = asyncio.create_task(server.serve())
        try:
            yield
        finally:
            server.should_exit = True
            await task
            path.unlink(missing_ok=True)
            for client in self._clients.values():
                await client.aclose()

    def _socket(self, worker: str) -> Path:
        return self._folder / f"socketio-{worker}.sock"

    async def _hand_over(self, owner: str, scope: Scope, receive: Receive, send: Send) -> None:
        client = self._clients.get(owner)
        if client is None:
            transport = httpx.AsyncHTTPTransport(uds=str(self._socket(owner)))
            client = self._clients[owner] = httpx.AsyncClient(transport=transport, timeout=LONGEST_POLL_S)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        url = f"http://worker{scope['path']}?{scope['query_string'].decode('latin-1')}"
        headers = [(k, v) for k, v in scope["headers"] if k not in _HOP_BY_HOP and k != b"content-length"]
        try:
            answer = await client.request(scope["method"], url, content=body, headers=headers)
        except httpx.HTTPError:  # the worker has ended, and its session with it; the client connects again
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"the session is gone"})
            return
        kept = [(k.lower(), v) for k, v in answer.headers.raw if k.lower() not in _HOP_BY_HOP]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
        await send({"type": "http.response.body", "body": answer.content})


class _Inner(uvicorn.Server):
    """A server beside the worker's own, which alone hears signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
