"""The chat page's socket, spoken to as the page does."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chatwright.serve import chat_socket
from chatwright.serve.app import create_app
from chatwright.serve.settings import ServeSettings
from chatwright.serve.workers import WEBSOCKETS

HELLO = {"text": "Hello from one!"}


class Page:
    """An open chat page."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def read(self, until: str | None = None) -> list[dict[str, Any]]:
        """Frames until one of a type, or the next one."""
        frames = []
        while not frames or until not in (None, frames[-1]["type"]):
            frames.append(json.loads(await asyncio.wait_for(self.socket.recv(), 20)))
        return frames

    async def ask(self, text: str, name: str = "m1", **more: Any) -> list[dict[str, Any]]:
        """Frames from a message to the end of its turn."""
        await self.send(type="message", id=name, text=text, **more)
        return await self.read("turn.completed")


class Site:
    """A running server."""

    def __init__(self, url: str, app: Any) -> None:
        self.url, self.app = url, app
        self.http = httpx.AsyncClient(base_url=url, timeout=20)

    async def session(self) -> dict[str, Any]:
        return (await self.http.post("/api/session")).json()

    @asynccontextmanager
    async def page(self, token: str | None = None, **options: Any) -> AsyncIterator[Page]:
        """A page that has read its ``session`` frame."""
        token = token or (await self.session())["token"]
        address = f"{self.url.replace('http', 'ws')}/api/chat?token={token}"
        async with connect(address, open_timeout=20, proxy=None, **options) as socket:
            page = Page(socket)
            page.session = (await page.read())[0]  # type: ignore[attr-defined]
            yield page


@pytest.fixture
async def site(project: Path) -> AsyncIterator[Site]:
    app = create_app(ServeSettings(root=project, enable_api=True))
    config = uvicorn.Config(app, port=0, log_config=None, **WEBSOCKETS)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    for _ in range(1000):
        if server.started:
            break
        await asyncio.sleep(0.01)
    site = Site(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", app)
    yield site
    await site.http.aclose()
    server.should_exit = True
    await asyncio.to_thread(thread.join, 30)


async def test_a_turn_from_message_to_feedback(site: Site) -> None:
    session = await site.session()
    async with site.page(session["token"]) as page:
        assert page.session == {
            "type": "session",
            "conversation": session["conversation"],
            "bot": {"name": None, "languages": ["en", "zh"]},
        }
        await page.send(type="history")
        assert await page.read() == [{"type": "history", "messages": []}]
        frames = await page.ask("hello")
        assert [frame["type"] for frame in frames] == ["typing", "reply", "turn.completed"]
        assert {frame["in_reply_to"] for frame in frames} == {"m1"}
        assert frames[1]["message"] == HELLO
        assert (frames[2]["turn"], frames[2]["duplicate"]) == (1, False)
        await page.send(type="feedback", turn=1, value="up")
        assert await page.read() == [{"type": "feedback.kept", "turn": 1, "value": "up"}]
        await page.send(type="ping")
        assert await page.read() == [{"type": "pong"}]
    async with site.page(session["token"]) as page:  # opened again
        await page.send(type="history")
        ((history),) = await page.read()
        user, bot = history["messages"]
        assert (user["role"], user["turn"], user["id"], user["message"]) == (
            "user",
            1,
            "m1",
            {"text": "hello"},
        )
        assert (bot["role"], bot["turn"], bot["feedback"], bot["message"]) == ("bot", 1, "up", HELLO)
    events = (await site.http.get(f"/api/conversations/{session['conversation']}/events")).json()["events"]
    assert [event["value"] for event in events if event["event"] == "feedback"] == ["up"]


async def test_both_languages_and_rich_replies(site: Site) -> None:
    async with site.page() as page:
        (_, reply, _) = await page.ask("你好")
        assert reply["message"] == {"text": "你好，one！"}
        (_, reply, _) = await page.ask("show me the menu", "m2", language="en")
        assert reply["message"] == {
            "text": "What now?",
            "image": "https://example.com/menu.png",
            "buttons": [{"title": "Greet", "payload": "/greet"}],
        }
        (_, reply, _) = await page.ask("/greet", "m3", language="zh")
        assert reply["message"] == {"text": "你好，one！"}


async def test_the_same_message_again_gets_the_same_answer(site: Site) -> None:
    async with site.page() as page:
        first = await page.ask("hello", "m1")
        again = await page.ask("hello", "m1")
        assert [frame["message"] for frame in again if frame["type"] == "reply"] == [HELLO]
        assert (again[-1]["turn"], again[-1]["duplicate"]) == (first[-1]["turn"], True)
        await page.send(type="message", id="m1", text="something else")
        assert (await page.read("error"))[-1]["in_reply_to"] == "m1"


async def test_messages_are_answered_in_order_and_pings_meanwhile(site: Site) -> None:
    async with site.page() as page:
        for number, seconds in enumerate(("0.3", "0.1", "0")):
            await page.send(type="message", id=f"m{number}", text=f'/wait{{"seconds": "{seconds}"}}')
        await page.send(type="ping")
        frames = []
        while len([frame for frame in frames if frame["type"] == "turn.completed"]) < 3:
            frames += await page.read()
        kinds = [frame["type"] for frame in frames]
        assert kinds.index("pong") < kinds.index("turn.completed")
        done = [frame["in_reply_to"] for frame in frames if frame["type"] == "turn.completed"]
        assert done == ["m0", "m1", "m2"]


async def test_a_page_that_leaves_finds_its_answer(site: Site) -> None:
    session = await site.session()
    async with site.page(session["token"]) as page:
        await page.send(type="message", id="m1", text='/wait{"seconds": "0.5"}')
        await page.read("typing")
    await asyncio.sleep(1)
    async with site.page(session["token"]) as page:
        await page.send(type="history")
        assert [m["message"]["text"] for m in (await page.read())[0]["messages"]][1:] == ["I waited."]


async def test_a_page_sees_what_others_let_happen(site: Site) -> None:
    session = await site.session()
    async with site.page(session["token"]) as page:
        await page.send(type="history")
        await page.read("history")
        await page.ask('/remind{"seconds": "0.1"}')
        (history,) = await page.read()  # nobody asked for it
        assert [m["message"]["text"] for m in history["messages"] if m["role"] == "bot"] == ["Your tea!"]
        path = f"/conversations/{session['conversation']}/trigger_intent"
        await site.http.post(path, json={"name": "EXTERNAL_tea"})
        (history,) = await page.read()
        said = [m["message"]["text"] for m in history["messages"] if m["role"] == "bot"]
        assert said == ["Your tea!", "Your tea!"]
        with pytest.raises(TimeoutError):  # it is not told again and again
            await asyncio.wait_for(page.socket.recv(), 2 * chat_socket.LOOK_EVERY_S + 0.5)


async def test_frames_that_are_none_are_answered_with_an_error(site: Site) -> None:
    async with site.page() as page:
        for raw in (
            "",
            "x",
            "[]",
            "7",
            '"message"',
            "{}",
            '{"type": "shutdown"}',
            '{"type": ["x"]}',
            b"\xff\x00",
        ):
            await page.socket.send(raw)
            assert (await page.read())[0]["type"] == "error", raw
        for frame in (
            {"id": "m1"},
            {"text": "hello"},
            {"id": "", "text": "hello"},
            {"id": "x" * 129, "text": "hello"},
            {"id": 7, "text": "hello"},
            {"id": "m1", "text": None},
            {"id": "a\x00b", "text": "hello"},
        ):
            await page.send(type="message", **frame)
            assert (await page.read("error"))[-1]["code"], frame
        for feedback in (
            {"turn": 1, "value": "up"},  # there is no turn yet
            {"turn": 0, "value": "up"},
            {"turn": True, "value": "up"},
            {"turn": 1, "value": "great"},
            {"value": "up"},
        ):
            await page.send(type="feedback", **feedback)
            assert (await page.read())[0]["type"] == "error", feedback
        await page.send(type="message", id="long", text="长" * 6000)
        assert (await page.read("error"))[-1]["code"] == "message_too_long"
        await page.send(type="message", id="nul", text="a\x00b")
        assert (await page.read("error"))[-1]["in_reply_to"] == "nul"
        assert (await page.ask("hello"))[-1]["turn"] == 1  # nothing of all that was kept


async def test_too_many_messages_at_once_are_refused(site: Site) -> None:
    async with site.page() as page:
        most = chat_socket.MAX_WAITING
        for number in range(most + 3):
            await page.send(type="message", id=f"m{number}", text='/wait{"seconds": "0.2"}')
        frames = []
        while len([f for f in frames if f["type"] in ("turn.completed", "error")]) < most + 3:
            frames += await page.read()
        refused = [frame["in_reply_to"] for frame in frames if frame["type"] == "error"]
        assert refused == [f"m{most}", f"m{most + 1}", f"m{most + 2}"]
        assert {frame["code"] for frame in frames if frame["type"] == "error"} == {"busy"}


async def test_a_frame_beyond_all_measure_ends_the_connection(site: Site) -> None:
    async with site.page() as page:
        await page.socket.send("x" * 1_000_000)
        with pytest.raises(ConnectionClosed):
            await page.read("nothing like that")
    assert (await site.http.get("/readyz")).status_code == 200


async def test_strangers_do_not_get_in(site: Site) -> None:
    token = (await site.session())["token"]
    for refused in ("", "x", token[:-3] + "abc"):
        with pytest.raises(ConnectionClosed) as closed:
            async with site.page(refused or "%00"):
                pass
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == chat_socket.REFUSED
    for origin in ("https://evil.example", "null", site.url + ".evil.example", "http://127.0.0.1:1"):
        with pytest.raises((ConnectionClosed, InvalidStatus)):
            async with site.page(token, origin=origin):
                pass
    async with site.page(token, origin=site.url) as page:
        await page.ask("hello")


async def test_more_pages_than_there_is_room_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_socket, "MAX_PAGES", 2)
    async with site.page(), site.page() as second:
        with pytest.raises(ConnectionClosed) as closed:
            async with site.page():
                pass
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == chat_socket.TRY_LATER
        await second.ask("hello")


async def test_conversations_are_separate(site: Site) -> None:
    async with site.page() as ann, site.page() as bob:
        assert ann.session["conversation"] != bob.session["conversation"]
        await ann.ask("hello")
        await bob.send(type="history")
        assert (await bob.read("history"))[-1]["messages"] == []
