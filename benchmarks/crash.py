"""Does a killed worker lose anything? ``kill -9`` of real server workers during 500 turns.

Eight clients talk to ``chatwright serve --workers 2`` while a worker is killed at random moments; the
bot's actions run on an action server that counts their effects by idempotency key. Each message is
sent until it is acknowledged, always with the same id. At the end every acknowledged turn must be
there exactly once, every other one wholly or not at all, every conversation must go on, and no effect
may have happened under two keys.

    python benchmarks/crash.py [--postgres URL] [--turns 500]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil

from _peers import Server, chatwright, keep, machine, run_timed, served_chatwright

CLIENTS = 8
KILL_EVERY_S = (0.3, 1.5)
PATIENCE_S = 180
"""After that a client gives up; what it did not say is missing from ``acknowledged``."""

DOMAIN = """\
version: "3.1"
intents: [count]
actions: [action_count]
slots:
  counted:
    type: float
    initial_value: 0
    influence_conversation: false
    mappings: [{type: custom}]
responses:
  utter_counted: [{text: "counted {counted}"}]
"""
DATA = """\
version: "3.1"
nlu:
- intent: count
  examples: |
    - count one more
    - one more please
    - and another one
rules:
- rule: count
  steps:
  - intent: count
  - action: action_count
  - action: utter_counted
"""


class ActionServer(ThreadingHTTPServer):
    """Rasa's action protocol; remembers how often each effect was asked for, by idempotency key."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Action)
        self.lock = threading.Lock()
        self.asked: Counter[str] = Counter()
        self.effects: dict[str, list[str]] = {}
        """Message id → keys under which its effect was asked for."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections of killed workers break; that is what is tried here."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/webhook"

    def run_action(self, key: str, tracker: dict[str, Any]) -> list[dict[str, Any]]:
        message = tracker["latest_message"].get("message_id") or "?"
        with self.lock:
            self.asked[key] += 1
            keys = self.effects.setdefault(message, [])
            if key not in keys:
                keys.append(key)
        counted = (tracker["slots"].get("counted") or 0) + 1
        return [{"event": "slot", "name": "counted", "value": counted}]


class _Action(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ActionServer  # type: ignore[assignment]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Idempotency-Key") or body.get("idempotency_key") or ""
        events = self.server.run_action(key, body["tracker"])
        answer = json.dumps({"events": events, "responses": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def action_server() -> Iterator[ActionServer]:
    """An action server in a thread."""
    server = ActionServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def write_project(folder: Path, actions: ActionServer) -> Path:
    """A bot with one intent and one remote action."""
    (folder / "data").mkdir(parents=True)
    (folder / "config.yml").write_text("recipe: default.v1\nassistant_id: counter\nlanguage: en\n")
    (folder / "domain.yml").write_text(DOMAIN)
    (folder / "data" / "count.yml").write_text(DATA)
    (folder / "endpoints.yml").write_text(f"action_endpoint:\n  url: {actions.url}\n")
    (folder / "credentials.yml").write_text("rest:\n")
    return folder


async def talk(url: str, person: int, turns: int, acknowledged: list[str]) -> int:
    """Say ``turns`` messages one after the other, each until it is acknowledged; gives the retries."""
    retries, deadline = 0, time.monotonic() + PATIENCE_S
    async with httpx.AsyncClient(timeout=30) as client:
        for number in range(turns):
            message_id = f"p{person}-{number}"
            body = {"sender": f"p{person}", "message": "/count"}
            same = {"Idempotency-Key": message_id}
            while True:
                try:
                    answer = await client.post(url + "/webhooks/rest/webhook", json=body, headers=same)
                    if answer.status_code == 200:
                        acknowledged.append(message_id)
                        break
                except httpx.HTTPError:
                    pass
                if time.monotonic() > deadline:
                    return retries
                retries += 1
                await asyncio.sleep(0.05)
    return retries


async def kill_workers(server: Server, until: asyncio.Event, rng: random.Random) -> int:
    """``kill -9`` of a worker again and again; gives how many were killed."""
    killed = 0
    while not until.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), rng.uniform(*KILL_EVERY_S))
            break
        workers = worker_processes(server)
        if len(workers) > 1:  # one goes on, so that there is always work to interrupt
            with suppress(ProcessLookupError):
                os.kill(rng.choice(workers), signal.SIGKILL)
                killed += 1
    return killed


def worker_processes(server: Server) -> list[int]:
    """Children of the server that serve; multiprocessing's helpers are none."""
    with suppress(psutil.Error):
        children = psutil.Process(server.process.pid).children(recursive=True)
        return [child.pid for child in children if "resource_tracker" not in " ".join(child.cmdline())]
    return []


async def drive(server: Server, actions: ActionServer, turns: int) -> dict[str, Any]:
    """Talk, kill, then compare what the store kept with what was acknowledged."""
    rng = random.Random(7)
    acknowledged: list[str] = []
    done = asyncio.Event()
    killer = asyncio.create_task(kill_workers(server, done, rng))
    started = time.perf_counter()
    each = -(-turns // CLIENTS)
    retries = await asyncio.gather(*(talk(server.url, n, each, acknowledged) for n in range(CLIENTS)))
    seconds = time.perf_counter() - started
    done.set()
    killed = await killer
    return {
        "seconds": seconds,
        "workers_killed": killed,
        "acknowledged": len(acknowledged),
        "retries": sum(retries),
        **await audit(server.url, set(acknowledged), actions),
    }


async def audit(url: str, acknowledged: set[str], actions: ActionServer) -> dict[str, int]:
    """What went wrong; zeros are what is promised."""
    kept: Counter[str] = Counter()
    torn = stuck = miscounted = 0
    async with httpx.AsyncClient(timeout=60) as client:
        for person in range(CLIENTS):
            answer = await client.get(f"{url}/conversations/p{person}/tracker?include_events=ALL")
            events = answer.json()["events"]
            turns: list[list[dict[str, Any]]] = []
            for event in events:
                if event["event"] == "user":
                    turns.append([])
                if turns:
                    turns[-1].append(event)
            for turn in turns:
                kept[turn[0]["message_id"]] += 1
                actions_run = [event["name"] for event in turn if event["event"] == "action"]
                torn += actions_run[:3] != ["action_count", "utter_counted", "action_listen"]
            counted = [e["value"] for e in events if e["event"] == "slot" and e["name"] == "counted"]
            miscounted += [value for value in counted if value] != list(range(1, len(turns) + 1))
            body = {"sender": f"p{person}", "message": "/count"}
            last = await client.post(url + "/webhooks/rest/webhook", json=body)
            stuck += last.status_code != 200 or f"counted {len(turns) + 1}" not in last.text
    doubled_keys = sum(len(keys) > 1 for keys in actions.effects.values())
    return {
        "lost": len(acknowledged - set(kept)),
        "duplicated": sum(count > 1 for count in kept.values()),
        "half_turns": torn,
        "states_unlike_events": miscounted,
        "conversations_that_do_not_go_on": stuck,
        "effects_under_two_keys": doubled_keys,
        "effects_asked_for_again_under_their_key": sum(count - 1 for count in actions.asked.values()),
    }


def run(url: str, scratch: Path, turns: int) -> dict[str, Any]:
    """One database, from training to audit."""
    with action_server() as actions:
        project = write_project(scratch, actions)
        run_timed(chatwright("train"), project)
        with served_chatwright(project, "--workers", "2", "--enable-api", "--store", url) as server:
            return asyncio.run(drive(server, actions, turns))


PROMISED = (
    "lost",
    "duplicated",
    "half_turns",
    "states_unlike_events",
    "conversations_that_do_not_go_on",
    "effects_under_two_keys",
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--postgres", help="URL of an empty PostgreSQL database")
    arguments.add_argument("--turns", type=int, default=500)
    options = arguments.parse_args()
    result: dict[str, Any] = {"machine": machine(), "clients": CLIENTS, "workers": 2, "turns": options.turns}
    with tempfile.TemporaryDirectory() as scratch:
        result["sqlite"] = run(f"sqlite:///{scratch}/crash.sqlite", Path(scratch) / "sqlite", options.turns)
        if options.postgres:
            result["postgres"] = run(options.postgres, Path(scratch) / "postgres", options.turns)
    keep("crash", result)
    broken = [f"{store} {name}" for store in ("sqlite", "postgres") for name in PROMISED
              if result.get(store, {}).get(name)]  # fmt: skip
    if broken:
        raise SystemExit(f"broken promises: {', '.join(broken)}")


if __name__ == "__main__":
    main()
