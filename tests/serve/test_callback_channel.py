"""The callback channel: replies are posted to a server of the user's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chatwright.errors import ProjectError
from chatwright.serve.channels import callback


class Receiver:
    """A server that keeps what is posted; it may fail the first times."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.failures = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                failed = outer.failures > 0
                outer.failures -= failed
                if not failed:
                    outer.received.append(json.loads(body))
                self.send_response(503 if failed else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/replies"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


async def test_replies_are_posted_in_order(serve: Any, project: Path, receiver: Receiver) -> None:
    (project / "credentials.yml").write_text(f"callback:\n  url: {receiver.url}\n")
    async with serve() as client:
        assert (await client.get("/webhooks/callback/")).json() == {"status": "ok"}
        body = {"sender": "ann", "message": "the menu please"}
        answer = await client.post("/webhooks/callback/webhook", json=body)
        assert (answer.status_code, answer.text) == (200, "success")
        assert [next(key for key in m if key != "recipient_id") for m in receiver.received] == [
            "text",
            "image",
        ]
        assert {m["recipient_id"] for m in receiver.received} == {"ann"}


async def test_a_delivery_that_comes_again_is_not_posted_again(
    serve: Any, project: Path, receiver: Receiver
) -> None:
    (project / "credentials.yml").write_text(f"callback:\n  url: {receiver.url}\n")
    async with serve() as client:
        for _ in range(2):
            answer = await client.post(
                "/webhooks/callback/webhook",
                json={"sender": "ann", "message": "hello"},
                headers={"Idempotency-Key": "one"},
            )
            assert answer.text == "success"
        assert len(receiver.received) == 1


async def test_a_receiver_that_fails_is_asked_again(
    serve: Any, project: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "FIRST_PAUSE_S", 0.01)
    receiver.failures = 2
    (project / "credentials.yml").write_text(f"callback:\n  url: {receiver.url}\n")
    async with serve() as client:
        await client.post("/webhooks/callback/webhook", json={"sender": "ann", "message": "hello"})
        assert [m["text"] for m in receiver.received] == ["Hello from one!"]


async def test_a_receiver_that_is_gone_loses_no_turn(
    serve: Any, project: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "FIRST_PAUSE_S", 0.01)
    receiver.failures = 99
    (project / "credentials.yml").write_text(f"callback:\n  url: {receiver.url}\n")
    async with serve(enable_api=True) as client:
        answer = await client.post("/webhooks/callback/webhook", json={"sender": "ann", "message": "hello"})
        assert answer.text == "success"
        tracker = (await client.get("/conversations/ann/tracker")).json()
        assert tracker["latest_message"]["intent"]["name"] == "greet"


async def test_a_bot_without_the_channel_does_not_offer_it(serve: Any) -> None:
    async with serve() as client:
        body = {"sender": "ann", "message": "hello"}
        assert (await client.post("/webhooks/callback/webhook", json=body)).status_code == 404


async def test_an_address_is_needed(serve: Any, project: Path) -> None:
    (project / "credentials.yml").write_text("callback:\n  url:\n")
    with pytest.raises(ProjectError, match="no address"):
        async with serve():
            pass
