"""The Socket.IO channel, spoken to by the real client over a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
import socketio
from socketio.exceptions import ConnectionError as RefusedConnection

from chatwright.schema.messages import BotMessage
from chatwright.serve.channels.socketio import bot_payloads
from server_process import ServerProcess

Start = Callable[..., ServerProcess]

# The client leaves a connection to the garbage collector when it is slow to say good-bye.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Client:
    """What a site's chat widget does."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self.client = client
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        self.confirmed: asyncio.Queue[str] = asyncio.Queue()
        client.on("bot_uttered", self.heard.put)
        client.on("session_confirm", self.confirmed.put)

    async def session(self, session_id: str | None = None) -> str:
        await self.client.emit("session_request", {"session_id": session_id} if session_id else None)
        return await asyncio.wait_for(self.confirmed.get(), 20)

    async def say(self, text: str, **more: Any) -> Any:
        await self.client.emit("user_uttered", {"message": text, **more})
        return await asyncio.wait_for(self.heard.get(), 20)


@asynccontextmanager
async def connected(url: str, **options: Any) -> AsyncIterator[Client]:
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        client = socketio.AsyncClient(reconnection=False, http_session=session)
        mine = Client(client)
        await client.connect(url, wait_timeout=20, **options)
        try:
            yield mine
        finally:
            # Not to wait for the last poll, which the server answers at its next ping.
            await client.eio.disconnect(abort=True)


def credentials(project: Path, text: str) -> None:
    (project / "credentials.yml").write_text(text, "utf-8")


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
async def test_a_conversation_by_every_transport(project: Path, start: Start, transports: list[str]) -> None:
    credentials(project, "socketio:\n  session_persistence: true\n")
    server = start()
    async with connected(server.url, transports=transports) as client:
        session = await client.session("ann")
        assert session == "ann"
        assert await client.say("hello", session_id=session) == {"text": "Hello from one!"}
        menu = await client.say("the menu please", session_id=session)
        assert menu == {
            "text": "What now?",
            "quick_replies": [{"content_type": "text", "title": "Greet", "payload": "/greet"}],
        }
        picture = await asyncio.wait_for(client.heard.get(), 20)
        assert picture["attachment"]["payload"]["src"] == "https://example.com/menu.png"


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
async def test_four_workers_share_the_sessions(project: Path, start: Start, transports: list[str]) -> None:
    credentials(project, "socketio:\n  session_persistence: true\n")
    server = start("--workers", "4")
    server.wait_until(lambda: len(server.workers()) == 4)

    async def talk(name: str) -> None:
        async with connected(server.url, transports=transports) as client:
            session = await client.session(name)
            for _ in range(3):
                assert await client.say("hello", session_id=session) == {"text": "Hello from one!"}

    await asyncio.gather(*(talk(f"person-{n}") for n in range(8)))


async def test_events_and_names_are_those_of_the_file(project: Path, start: Start) -> None:
    credentials(
        project, "socketio:\n  user_message_evt: said\n  bot_message_evt: replied\n  namespace: /shop\n"
    )
    server = start()
    async with connected(server.url, namespaces=["/shop"]) as mine:
        heard: asyncio.Queue[Any] = asyncio.Queue()
        mine.client.on("replied", heard.put, namespace="/shop")
        await mine.client.emit("said", {"message": "hello"}, namespace="/shop")
        assert await asyncio.wait_for(heard.get(), 20) == {"text": "Hello from one!"}


async def test_without_persistence_each_connection_is_a_conversation(project: Path, start: Start) -> None:
    credentials(project, "socketio:\n")
    server = start()
    async with connected(server.url) as one, connected(server.url) as two:
        assert await one.session() != await two.session()
        assert await one.say("hello") == {"text": "Hello from one!"}
        assert two.heard.empty()


async def test_nonsense_is_left_out_and_the_conversation_goes_on(project: Path, start: Start) -> None:
    credentials(project, "socketio:\n  session_persistence: true\n")
    server = start()
    async with connected(server.url) as client:
        for data in (None, "hello", {"message": 5}, {"message": "hello"}, {"session_id": "ann"}):
            await client.client.emit("user_uttered", data)
        session = await client.session()
        assert await client.say("hello", session_id=session) == {"text": "Hello from one!"}
        assert client.heard.empty()


async def test_a_delivery_that_comes_again_changes_nothing(project: Path, start: Start) -> None:
    credentials(project, "socketio:\n  session_persistence: true\n")
    server = start()
    async with connected(server.url) as client:
        session = await client.session("ann")
        first = await client.say("hello", session_id=session, message_id="m1")
        assert await client.say("hello", session_id=session, message_id="m1") == first


async def test_with_a_key_only_valid_tokens_come_in(project: Path, start: Start) -> None:
    credentials(project, "socketio:\n  jwt_key: a-key-that-is-long-enough-for-hs256\n")
    server = start()
    with pytest.raises(RefusedConnection):
        async with connected(server.url):
            pass
    forged = jwt.encode({"user": "ann"}, "another-key-that-is-long-enough-here", algorithm="HS256")
    with pytest.raises(RefusedConnection):
        async with connected(server.url, auth={"token": forged}):
            pass
    token = jwt.encode({"user": "ann"}, "a-key-that-is-long-enough-for-hs256", algorithm="HS256")
    async with connected(server.url, auth={"token": f"Bearer {token}"}) as client:
        assert await client.say("hello") == {"text": "Hello from one!"}


async def test_a_user_speaks_in_no_other_conversation(project: Path, start: Start) -> None:
    credentials(project, "socketio:\n  access: jwt\n  session_persistence: true\n")
    secret = "a-secret-that-is-long-enough-for-it"
    server = start("--jwt-secret", secret, probe="/readyz")
    claims = {"user": {"username": "ann", "role": "user"}}
    token = jwt.encode(claims, secret, algorithm="HS256")
    async with connected(server.url, auth={"token": token}) as client:
        assert await client.session("bob") == "ann"


def test_text_is_split_and_pictures_follow() -> None:
    reply = BotMessage(text="one\n\ntwo", image="https://x/y.png", attachment={"type": "file"})
    assert bot_payloads(reply) == [
        {"text": "one"},
        {"text": "two"},
        {"attachment": {"type": "image", "payload": {"src": "https://x/y.png"}}},
        {"attachment": {"type": "file"}},
    ]
