"""A real server sends its events, also those that a server before it left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chatwright.trainer import train
from server_process import ServerProcess
from small_bot import write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = write_project(tmp_path / "bot")
    train(folder, nlu=False)
    return folder


def sent(project: Path) -> list[dict[str, Any]]:
    log = project / "events.log"
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []


def said(project: Path) -> list[str]:
    return [event["text"] for event in sent(project) if event["event"] == "user"]


def test_what_was_left_is_sent_by_the_next_server(project: Path) -> None:
    endpoints = project / "endpoints.yml"
    endpoints.write_text("event_broker:\n  type: file\n  path: /dev/full\n", "utf-8")
    server = ServerProcess(project)
    try:
        server.say("/greet")
        server.process.kill()
        server.process.wait()
        endpoints.write_text("event_broker:\n  type: file\n  path: events.log\n", "utf-8")
        server.start()
        server.say("/bye")
        server.wait_until(lambda: "/bye" in said(project))
    finally:
        server.end()
    assert list(dict.fromkeys(said(project))) == ["/greet", "/bye"]
    assert {event["sender_id"] for event in sent(project)} == {"ann"}


def test_a_server_with_an_unknown_broker_does_not_start(project: Path) -> None:
    (project / "endpoints.yml").write_text("event_broker:\n  type: pikka\n", "utf-8")
    command = [sys.executable, "-m", "chatwright.cli.main", "serve", "--port", "0"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "did you mean 'pika'?" in done.stderr
    assert "Traceback" not in done.stderr
