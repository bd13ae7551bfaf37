"""Rasa's Socket.IO channel.

The client sends ``session_request`` and ``user_uttered``, the server ``session_confirm`` and ``bot_uttered``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import socketio
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from socketio.exceptions import ConnectionRefusedError
from starlette.datastructures import State
from starlette.types import ASGIApp

from chatwright.errors import ChatwrightError, ProjectError
from chatwright.project.credentials import Credentials
from chatwright.schema.messages import BotMessage, new_id
from chatwright.serve.access import owned_metadata
from chatwright.serve.channels.affinity import Affinity
from chatwright.serve.doors import channel_access
from chatwright.serve.limits import check_text
from chatwright.serve.settings import ServeSettings
from chatwright.serve.tokens import identify, read_jwt
from chatwright.serve.workers import SHARED_FOLDER_VARIABLE

__all__ = ["CHANNEL", "PATH", "SocketIoOptions", "bot_payloads", "socketio_app", "socketio_options"]

logger = logging.getLogger(__name__)

CHANNEL = "socketio"
PATH = "/socket.io"
MAX_FRAME_BYTES = 64 * 1024


class SocketIoOptions(BaseModel):
    """``socketio:`` of credentials.yml, as Rasa names it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    user_message_evt: str = "user_uttered"
    bot_message_evt: str = "bot_uttered"
    namespace: str = "/"
    session_persistence: bool = False
    jwt_key: str | None = Field(default=None, repr=False)
    jwt_method: str = "HS256"
    metadata_key: str = "metadata"


def socketio_options(credentials: Credentials) -> SocketIoOptions | None:
    """What credentials.yml says of the channel; None where it does not name it.

    Raises:
        ProjectError: an option cannot be.
    """
    options = credentials.channels.get(CHANNEL)
    if options is None:
        return None
    given = {key: value for key, value in options.items() if value is not None}
    path = "/" + str(given.get("socketio_path", PATH)).strip("/")
    if path != PATH:
        raise ProjectError(
            f"credentials.yml: socketio_path {path} cannot be served",
            fix=f"leave it out; clients find {PATH}",
        )
    try:
        return SocketIoOptions.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ProjectError(f"credentials.yml: socketio.{name}: {first['msg']}") from error


def socketio_app(
    options: SocketIoOptions, credentials: Credentials, settings: ServeSettings, state: State
) -> tuple[ASGIApp, Affinity | None]:
    """The channel as an ASGI application, to be mounted at ``PATH``; with several workers, what lets them
    share its sessions, to be entered while the server runs."""
    shared = os.environ.get(SHARED_FOLDER_VARIABLE) if settings.workers > 1 else None
    origins: Any = "*" if "*" in settings.cors else (list(settings.cors) or None)
    server = socketio.AsyncServer(
        async_mode="asgi",
        cors_allowed_origins=origins,
        max_http_buffer_size=MAX_FRAME_BYTES,
        allow_upgrades=not shared,  # a WebSocket may come to another worker than the polls before it
    )
    channel = _Channel(server, options, channel_access(credentials, CHANNEL), settings, state)
    space = options.namespace
    server.on("connect", channel.connect, namespace=space)
    server.on("session_request", channel.session_request, namespace=space)
    server.on(options.user_message_evt, channel.message, namespace=space)
    app = socketio.ASGIApp(server, socketio_path=PATH)
    if not shared:
        return app, None
    affinity = Affinity(app, Path(shared))
    server.eio.generate_id = affinity.session_id
    return affinity, affinity


class _Channel:
    """What is done at each event."""

    def __init__(
        self,
        server: socketio.AsyncServer,
        options: SocketIoOptions,
        access: str,
        settings: ServeSettings,
        state: State,
    ) -> None:
        self._server = server
        self._options = options
        self._access = access
        self._settings = settings
        self._state = state

    async def connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> None:
        """Let the client in, or refuse it. A token may hold one conversation, and no other."""
        given = auth.get("token") if isinstance(auth, dict) else None
        token = str(given or "").removeprefix("Bearer ").strip()
        conversation = self._conversation_of(token)
        await self._server.save_session(
            sid, {"conversation": conversation}, namespace=self._options.namespace
        )

    def _conversation_of(self, token: str) -> str | None:
        """The only conversation that a token is good for; None for any.

        Raises:
            ConnectionRefusedError: a valid token is needed.
        """
        options = self._options
        if options.jwt_key:
            if read_jwt(token, options.jwt_key, options.jwt_method) is not None:
                return None
        elif self._access == "open":
            return None
        elif self._access == "signed":
            if conversation := self._state.sessions.conversation(token):
                return conversation
        elif self._settings.guards_api and (caller := identify(self._settings, token)) and caller.user != "":
            return caller.user
        raise ConnectionRefusedError("a valid token is needed")

    async def session_request(self, sid: str, data: Any = None) -> None:
        """Confirm the session that the client names, or a new one."""
        mine = await self._mine(sid)
        session = mine or _session_id(data) or new_id()
        if self._options.session_persistence:
            await self._server.enter_room(sid, session, namespace=self._options.namespace)
        await self._server.emit("session_confirm", session, room=sid, namespace=self._options.namespace)

    async def message(self, sid: str, data: Any = None) -> None:
        """Answer a message. Failures are said in words, and never close the connection."""
        if not isinstance(data, dict) or not isinstance(data.get("message"), str):
            logger.warning("a Socket.IO message without a text 'message' is left out")
            return
        options, mine = self._options, await self._mine(sid)
        conversation = mine or (_session_id(data) if options.session_persistence else sid)
        if not conversation:
            logger.warning("a Socket.IO message without a session_id is left out")
            return
        if options.session_persistence:
            await self._server.enter_room(sid, conversation, namespace=options.namespace)
        room = conversation if options.session_persistence else sid

        async def said(reply: BotMessage) -> None:
            await self._emit(reply, room)

        metadata = data.get(options.metadata_key)
        message_id = data.get("message_id")
        try:
            check_text(data["message"])
            bot = self._state.host.bot
            if bot is None:
                raise ProjectError("no bot is loaded")
            with self._state.capacity.one():
                turn = await bot.handle(
                    data["message"],
                    conversation=conversation,
                    message_id=message_id if isinstance(message_id, str) and message_id else new_id(),
                    channel=CHANNEL,
                    metadata=owned_metadata(metadata, mine) if isinstance(metadata, dict) else {},
                    on_reply=said,
                )
            if turn.duplicate:
                for reply in turn.replies:
                    await said(reply)
        except ChatwrightError as error:
            logger.error("a Socket.IO message was not answered: %s", error)
            await self._server.emit("error", error.message, room=sid, namespace=options.namespace)

    async def _mine(self, sid: str) -> str | None:
        session = await self._server.get_session(sid, namespace=self._options.namespace)
        return session.get("conversation")

    async def _emit(self, reply: BotMessage, room: str) -> None:
        options = self._options
        for payload in bot_payloads(reply):
            await self._server.emit(options.bot_message_evt, payload, room=room, namespace=options.namespace)
        if reply.custom:
            custom = reply.custom if isinstance(reply.custom, dict) else {"data": reply.custom}
            data = custom.get("data", custom)
            await self._server.emit(options.bot_message_evt, data, room=room, namespace=options.namespace)


def _session_id(data: Any) -> str | None:
    given = data.get("session_id") if isinstance(data, dict) else None
    return str(given) if isinstance(given, str | int) and 0 < len(str(given)) <= 512 else None


def bot_payloads(reply: BotMessage) -> list[dict[str, Any]]:
    """A reply as Rasa emits it, without its custom part: a paragraph a message, buttons with the last.

    >>> bot_payloads(BotMessage(text="one\\n\\ntwo", buttons=({"title": "Yes", "payload": "/yes"},)))
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'text': 'one', 'quick_replies': []},
     {'text': 'two', 'quick_replies': [{'content_type': 'text', 'title': 'Yes', 'payload': '/yes'}]}]
    """
    texts = reply.text.strip().split("\n\n") if reply.text is not None else []
    out: list[dict[str, Any]]
    if buttons := reply.quick_replies or reply.buttons:
        out = [{"text": text, "quick_replies": []} for text in texts or [""]]
        out[-1]["quick_replies"] = [
            {"content_type": "text", "title": button.get("title"), "payload": button.get("payload")}
            for button in buttons
        ]
    else:
        out = [{"text": text} for text in texts if reply.text]
    if reply.image:
        out.append({"attachment": {"type": "image", "payload": {"src": reply.image}}})
    if reply.attachment:
        out.append({"attachment": reply.attachment})
    for element in reply.elements:
        template = {"template_type": "generic", "elements": element}
        out.append({"attachment": {"type": "template", "payload": template}})
    return out
