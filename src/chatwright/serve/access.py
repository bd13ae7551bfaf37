"""Who may use which route. Every route has a row; one without is refused to everyone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import FastAPI
from starlette.requests import HTTPConnection
from starlette.routing import Mount, Route, WebSocketRoute, compile_path
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from chatwright.errors import RequestError
from chatwright.project.credentials import Credentials
from chatwright.serve.doors import SERVED_CHANNELS, allowed_hosts, channel_access, host_name
from chatwright.serve.openai_api import openai_failure
from chatwright.serve.rasa_api.failures import failure_response
from chatwright.serve.sessions import Sessions
from chatwright.serve.settings import ServeSettings
from chatwright.serve.tokens import identify

__all__ = [
    "ACCESS",
    "CONVERSATION_KEY",
    "ROUTE_KEY",
    "AccessControl",
    "describe_access",
    "owned_metadata",
    "routes_of",
]

Rule = Literal["open", "api", "own", "teach", "page", "session", "channel"]
"""``open``: anyone. ``page``: anyone, nothing but files. ``session``: the handler checks the session itself.
``api``: the API's token, or a JSON Web Token of an admin. ``own``: also the user whose conversation it is.
``teach``: as ``api``, on a server that was started for teaching.
``channel``: as credentials.yml says of the channel in the path."""

CONVERSATION_KEY = "chatwright.conversation"
"""In the scope of a request with a session token: the only conversation it may speak in."""

ROUTE_KEY = "chatwright.route"
"""In the scope of a request: the path of its row."""

_CONVERSATION = "/conversations/{conversation_id:path}"

ACCESS: dict[tuple[str, str], Rule] = {
    ("GET", "/"): "page",
    ("GET", "/inspect"): "page",
    ("GET", "/web/{path:path}"): "page",
    ("GET", "/docs"): "page",
    ("GET", "/openapi.json"): "page",
    ("GET", "/healthz"): "open",
    ("GET", "/readyz"): "open",
    ("GET", "/version"): "open",
    ("GET", "/metrics"): "api",
    ("POST", "/api/session"): "session",
    ("WEBSOCKET", "/api/chat"): "session",
    ("GET", "/api/conversations"): "api",
    ("GET", "/api/conversations/{conversation_id:path}/events"): "own",
    ("GET", "/api/conversations/{conversation_id:path}/state"): "own",
    ("GET", "/api/lessons"): "api",
    ("POST", "/api/lessons/begin"): "teach",
    ("POST", "/api/lessons/understand"): "teach",
    ("POST", "/api/lessons/hear"): "teach",
    ("POST", "/api/lessons/act"): "teach",
    ("POST", "/api/lessons/undo"): "teach",
    ("POST", "/api/lessons/keep"): "teach",
    ("GET", "/users/{user_id:path}"): "own",
    ("PUT", "/users/{user_id:path}"): "api",
    ("DELETE", "/users/{user_id:path}"): "own",
    ("GET", "/webhooks/rest/"): "open",
    ("POST", "/webhooks/rest/webhook"): "channel",
    ("GET", "/webhooks/callback/"): "open",
    ("POST", "/webhooks/callback/webhook"): "channel",
    ("GET", "/socket.io/{path:path}"): "session",
    ("POST", "/socket.io/{path:path}"): "session",
    ("WEBSOCKET", "/socket.io/{path:path}"): "session",
    ("GET", "/v1/models"): "api",
    ("GET", "/v1/models/{model}"): "api",
    ("POST", "/v1/chat/completions"): "api",
    ("GET", f"{_CONVERSATION}/why"): "own",
    ("GET", f"{_CONVERSATION}/tracker"): "own",
    ("POST", f"{_CONVERSATION}/tracker/events"): "own",
    ("PUT", f"{_CONVERSATION}/tracker/events"): "own",
    ("GET", f"{_CONVERSATION}/story"): "own",
    ("POST", f"{_CONVERSATION}/execute"): "own",
    ("POST", f"{_CONVERSATION}/trigger_intent"): "own",
    ("POST", f"{_CONVERSATION}/predict"): "own",
    ("POST", f"{_CONVERSATION}/messages"): "own",
    ("GET", "/status"): "api",
    ("GET", "/domain"): "api",
    ("PUT", "/model"): "api",
    ("DELETE", "/model"): "api",
    ("POST", "/model/parse"): "api",
    ("POST", "/model/predict"): "api",
    ("POST", "/model/train"): "api",
    ("POST", "/model/test/stories"): "api",
    ("POST", "/model/test/intents"): "api",
}

_WORDS: dict[Rule, str] = {
    "open": "open",
    "page": "open",
    "session": "signed session",
    "api": "token, or JWT of an admin",
    "teach": "token, or JWT of an admin; off but for `chatwright interactive --web`",
    "own": "token, JWT of an admin, or JWT of the conversation's user",
    "channel": "as `credentials.yml` says of the channel (default: open)",
}


def owned_metadata(metadata: Mapping[str, Any], mine: str | None) -> dict[str, Any]:
    """The metadata of a message as it may be believed: whoever holds one conversation names no other user."""
    return {key: value for key, value in metadata.items() if mine is None or key != "user_id"}


def describe_access(method: str, path: str) -> str:
    """The rule of a route in words, for the documentation."""
    return _WORDS[ACCESS[method, path]]


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every route of an application; ``WEBSOCKET`` stands for the method of a socket."""
    found = []
    for entry in app.routes:
        inner = getattr(entry, "original_router", None)
        for route in inner.routes if inner is not None else [entry]:
            if isinstance(route, Mount):
                methods = ["GET"] if isinstance(route.app, StaticFiles) else ["GET", "POST", "WEBSOCKET"]
                found += [(method, f"{route.path}/{{path:path}}") for method in methods]
            elif isinstance(route, WebSocketRoute):
                found.append(("WEBSOCKET", route.path))
            elif isinstance(route, Route):
                found += [(method, route.path) for method in sorted((route.methods or set()) - {"HEAD"})]
    return found


class AccessControl:
    """ASGI middleware: finds the row of a request, then asks for what it demands."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: ServeSettings,
        credentials: Credentials,
        sessions: Sessions,
    ) -> None:
        self.app = app
        self._settings = settings
        self._channels = {name: channel_access(credentials, name) for name in SERVED_CHANNELS}
        self._hosts = allowed_hosts(settings, credentials)
        self._sessions = sessions
        self._rows: list[tuple[str, str, re.Pattern[str], Rule]] = [
            (method, path, compile_path(path)[0], rule) for (method, path), rule in ACCESS.items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it with 400, 401 or 403."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        try:
            self._check(scope)
        except RequestError as error:
            if scope["type"] == "websocket":
                await receive()
                return await send({"type": "websocket.close", "code": 4403, "reason": error.message})
            answer = openai_failure if scope["path"].startswith("/v1/") else failure_response
            return await answer(error)(scope, receive, send)
        await self.app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        method = "WEBSOCKET" if scope["type"] == "websocket" else str(scope["method"])
        path, rule, conversation = self._row("GET" if method == "HEAD" else method, scope)
        scope[ROUTE_KEY] = path
        connection = HTTPConnection(scope)
        if rule != "open":  # those only say that the server lives, to probes, too
            self._check_host(connection)
        if rule in ("api", "own", "teach"):
            self._check_api(connection, conversation if rule == "own" else None)
        if rule == "teach" and not self._settings.teach:
            raise RequestError(
                "teaching is off on this server",
                status=403,
                reason="NotAuthorized",
                fix="start `chatwright interactive --web` in the folder of the project",
            )
        elif rule == "channel":
            self._check_channel(connection, scope, path.split("/")[2])

    def _check_host(self, connection: HTTPConnection) -> None:
        """Whether the server is asked by a name of its own; browsers always say the name."""
        host = connection.headers.get("host")
        if self._hosts is None or host is None or host_name(host) in self._hosts:
            return
        raise RequestError(
            f"this server does not go by the name {host!r}",
            reason="UnknownHost",
            fix=f"open http://localhost:{self._settings.port}, "
            "or start the server with `--allowed-hosts` and the name",
        )

    def _row(self, method: str, scope: Scope) -> tuple[str, Rule, str | None]:
        """The row of a request, and the conversation or user in its path; a last slash means nothing."""
        known = False
        path = str(scope["path"])
        for spelt in (path, path[:-1] if path.endswith("/") else f"{path}/"):
            for row_method, template, pattern, rule in self._rows:
                found = pattern.match(spelt)
                if found and row_method == method:
                    scope["path"] = spelt
                    owned = found.groupdict()
                    return template, rule, owned.get("conversation_id") or owned.get("user_id")
                known = known or found is not None
        if known:
            raise RequestError(f"{method} is not offered here", status=405, reason="MethodNotAllowed")
        raise RequestError("there is nothing here", status=404, reason="NotFound")

    def _check_channel(self, connection: HTTPConnection, scope: Scope, channel: str) -> None:
        if self._channels[channel] == "open":
            return
        if self._channels[channel] == "signed":
            conversation = self._sessions.conversation(_token(connection) or "")
            if conversation is None:
                raise _unknown()
            scope[CONVERSATION_KEY] = conversation
            return
        if not self._settings.guards_api:
            raise RequestError(
                "the channel asks for a token, and the server has none",
                status=403,
                reason="NotAuthorized",
                fix="start it with --auth-token or --jwt-secret",
            )
        user = self._check_api(connection, None, any_user=True)
        if user is not None:
            scope[CONVERSATION_KEY] = user

    def _check_api(
        self, connection: HTTPConnection, conversation: str | None, *, any_user: bool = False
    ) -> str | None:
        """Nothing for a token or an admin; the user's name for a user who may."""
        settings = self._settings
        if not settings.guards_api:
            return None
        token = _token(connection)
        if token is None:
            raise _unknown()
        caller = identify(settings, token)
        if caller is None:
            raise _unknown()
        if caller.user is None:
            return None
        if caller.user and (any_user or (conversation and caller.user == conversation)):
            return caller.user
        raise RequestError("this is not yours to use", status=403, reason="NotAuthorized")


def _token(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return connection.query_params.get("token")


def _unknown() -> RequestError:
    return RequestError(
        "a valid token is needed",
        status=401,
        reason="NotAuthenticated",
        fix="send it as 'Authorization: Bearer …' or '?token=…'",
    )
