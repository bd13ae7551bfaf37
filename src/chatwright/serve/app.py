"""The application of one worker: routes, access, errors, and what runs beside them."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatwright import __version__
from chatwright.errors import ChatwrightError, RequestError
from chatwright.project.credentials import Credentials, load_credentials
from chatwright.schema.messages import new_id
from chatwright.serve import (
    chat_socket,
    health,
    inspector_api,
    lessons_api,
    metrics,
    openai_api,
    pages,
    users_api,
)
from chatwright.serve.access import ROUTE_KEY, AccessControl
from chatwright.serve.channels import callback, rest
from chatwright.serve.host import BotHost
from chatwright.serve.limits import Capacity
from chatwright.serve.logging_setup import REQUEST_ID, set_up_logging
from chatwright.serve.rasa_api import routers
from chatwright.serve.rasa_api.failures import failure_response
from chatwright.serve.sessions import Sessions, signing_key
from chatwright.serve.settings import ServeSettings
from chatwright.serve.timers import answer_open_messages, forget_old_answers, run_timers
from chatwright.serve.workers import note_failure

__all__ = ["create_app", "from_environment"]

logger = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[\w.-]{1,64}")
_ALWAYS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Answered also when too much is under way."""


def create_app(settings: ServeSettings) -> FastAPI:
    """The application. The bot is loaded when it starts, not here.

    Raises:
        ProjectInvalid: endpoints or credentials are wrong.
        ProjectError: the signing key cannot be kept.
    """
    app = FastAPI(
        title="Chatwright",
        version=__version__,
        description="A bot's channels and API.",
        lifespan=_lifespan,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    credentials = load_credentials(settings.root / settings.credentials)
    app.state.settings = settings
    app.state.host = BotHost(settings)
    app.state.sessions = Sessions(signing_key(settings.root))
    app.state.sockets = chat_socket.Sockets()
    app.state.capacity = Capacity()
    app.include_router(pages.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(chat_socket.router)
    app.include_router(rest.router)
    _add_channels(app, settings, credentials)
    app.include_router(openai_api.router)
    app.include_router(inspector_api.router)
    app.include_router(lessons_api.router)
    app.include_router(users_api.router)
    if settings.enable_api:
        for router in routers():
            app.include_router(router)
    app.mount("/web", StaticFiles(directory=pages.WEB))
    _answer_errors(app)
    _add_middleware(app, settings, credentials)
    return app


def _add_channels(app: FastAPI, settings: ServeSettings, credentials: Credentials) -> None:
    """Those that credentials.yml names; REST is always there."""
    app.state.callback = callback.callback_client(credentials)
    app.state.affinity = None
    if app.state.callback is not None:
        app.include_router(callback.router)
    if "socketio" in credentials.channels:
        from chatwright.serve.channels import socketio  # a library that other bots do without

        if options := socketio.socketio_options(credentials):
            channel, affinity = socketio.socketio_app(options, credentials, settings, app.state)
            app.mount(socketio.PATH, channel)
            app.state.affinity = affinity


def from_environment() -> FastAPI:
    """The application of a worker that was started by ``workers.py``."""
    settings = ServeSettings.from_environment()
    set_up_logging(settings.log_level, settings.log_file)
    return create_app(settings)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    host: BotHost = app.state.host
    metrics.forget_dead()
    try:
        await host.start()
    except ChatwrightError as error:
        note_failure()
        raise _NotStarted(str(error)) from error
    beside = [
        asyncio.create_task(answer_open_messages(host)),
        asyncio.create_task(run_timers(host)),
        asyncio.create_task(forget_old_answers(host)),
        asyncio.create_task(app.state.sockets.watch(host)),
    ]
    affinity = app.state.affinity
    try:
        async with affinity.listening() if affinity else nullcontext():
            yield
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await host.stop()
        if app.state.callback is not None:
            await app.state.callback.close()
        metrics.forget_process(os.getpid())


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(ChatwrightError)
    async def _(request: Request, error: ChatwrightError) -> JSONResponse:
        answer = failure_response(error)
        if answer.status_code >= 500:
            logger.error("%s %s: %s", request.method, request.url.path, error)
        return answer

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return failure_response(
            RequestError(f"{place}: {first['msg']}", details={"parameter": place, "in": str(first["loc"][0])})
        )

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> JSONResponse:
        reasons = {404: "NotFound", 405: "MethodNotAllowed", 413: "BodyTooLarge"}
        reason = reasons.get(error.status_code, "BadRequest")
        answer = failure_response(RequestError(str(error.detail), status=error.status_code, reason=reason))
        answer.headers.update(error.headers or {})
        return answer


def _add_middleware(app: FastAPI, settings: ServeSettings, credentials: Credentials) -> None:
    """The last one added is the outermost."""
    app.add_middleware(
        AccessControl,
        settings=settings,
        credentials=credentials,
        sessions=app.state.sessions,
    )
    if settings.cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors),
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["filename", "X-Request-Id", "X-Conversation-Id"],
        )
    app.add_middleware(_Requests, capacity=app.state.capacity, timeout_s=settings.response_timeout_s)


class _NotStarted(Exception):
    """The server cannot start, for a reason that people understand."""


def _plainly(send: Send) -> Send:
    """Where the reason is for people, they are not shown where in the code it was found."""

    async def told(message: Message) -> None:
        reason = sys.exception()
        if message["type"] == "lifespan.startup.failed" and isinstance(reason, _NotStarted):
            message = {**message, "message": str(reason)}
        await send(message)

    return told


class _Requests:
    """Around all else: an id for each request (the caller's if plain), bounds and a last word."""

    def __init__(self, app: ASGIApp, *, capacity: Capacity, timeout_s: float) -> None:
        self.app = app
        self._capacity = capacity
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, _plainly(send))
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
        token = REQUEST_ID.set(request_id)
        began = asyncio.Event()
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                began.set()
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            failure = await self._failure(scope, receive, answer, began)
            if failure is not None and not began.is_set():
                await failure_response(failure)(scope, receive, answer)
        finally:
            route = (scope["method"], scope[ROUTE_KEY]) if ROUTE_KEY in scope else ("none", "none")
            metrics.HTTP_REQUESTS.labels(*route, str(status)).inc()
            REQUEST_ID.reset(token)

    async def _failure(
        self, scope: Scope, receive: Receive, send: Send, began: asyncio.Event
    ) -> RequestError | None:
        """Let the application answer; what kept it from that, if something did."""
        limit = asyncio.timeout(self._timeout_s)

        async def answer(message: Message) -> None:
            if not began.is_set():
                limit.reschedule(None)  # a stream may take its time
            await send(message)

        try:
            async with limit:
                if scope["path"] in _ALWAYS:
                    await self.app(scope, receive, answer)
                else:
                    with self._capacity.one(), metrics.IN_PROGRESS.track_inprogress():
                        await self.app(scope, receive, answer)
        except RequestError as full:
            return full
        except Exception as error:
            if isinstance(error, TimeoutError) and limit.expired():
                return RequestError("the answer took too long", status=503, reason="ResponseTimeout")
            logger.exception("%s %s failed", scope["method"], scope["path"])
            message = f"something went wrong; it is in the log under {REQUEST_ID.get()}"
            return RequestError(message, status=500, reason="InternalError")
        return None
