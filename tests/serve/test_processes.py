"""`chatwright serve` as people start it: several workers, signals, crashes, another bot meanwhile."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from chatwright.serve.workers import WORKER_SILENT_S
from served_project import train_version
from server_process import ServerProcess

Start = Callable[..., ServerProcess]
HEAVY = ("torch", "tensorflow", "sklearn", "scipy", "pandas", "spacy", "transformers", "matplotlib")


def events(server: ServerProcess, conversation: str = "ann") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := _page(server, conversation, len(found)):
        found += page
    return found


def _page(server: ServerProcess, conversation: str, after: int) -> list[dict[str, Any]]:
    path = f"/api/conversations/{conversation}/events"
    return httpx.get(f"{server.url}{path}", params={"after": after}).json()["events"]


def heard(server: ServerProcess, conversation: str = "ann") -> list[str]:
    return [event["text"] for event in events(server, conversation) if event["event"] == "user"]


@contextmanager
def load(server: ServerProcess, clients: int = 6) -> Any:
    """Conversations that go on all the while; gives what was said, and fails on anything but answers."""
    said: Counter[str | None] = Counter()
    over = threading.Event()

    def converse(number: int) -> int:
        turn = 0
        with httpx.Client(timeout=60) as client:
            while not over.is_set():
                body = {"sender": f"client-{number}", "message": "/greet"}
                answer = client.post(f"{server.url}/webhooks/rest/webhook", json=body)
                assert answer.status_code == 200, f"{answer.text}\n{server.log.read_text()}"
                said.update(reply["text"] for reply in answer.json())
                turn += 1
        return turn

    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(converse, number) for number in range(clients)]
        try:
            yield said
        finally:
            over.set()
        turns = [task.result() for task in running]
    for number, count in enumerate(turns):
        assert len(heard(server, f"client-{number}")) == count  # nothing twice, nothing lost


def test_a_new_bot_is_served_without_dropping_a_turn(start: Start, project: Path) -> None:
    server = start("--workers", "2", "--enable-api")
    first = httpx.get(f"{server.url}/status").json()["model_id"]
    waiting = ThreadPoolExecutor(1)
    with load(server) as said, waiting:
        server.wait_until(lambda: said["Hello from one!"] > 20)
        late = waiting.submit(server.say, '/wait{"seconds": "3"}')
        train_version(project, "two")
        server.wait_until(lambda: said["Hello from two!"] > 0)
        assert late.result() == ["I waited."]  # the turn kept its bot
        time.sleep(2.5)  # both workers have looked by now
        ones = said["Hello from one!"]
        server.wait_until(lambda: said["Hello from two!"] > 100)
        assert said["Hello from one!"] == ones
        # PUT /model answers when all workers serve it.
        old = next(path for path in (project / "models").iterdir() if first in manifest(path))
        answer = httpx.put(f"{server.url}/model", json={"model_file": str(old)}, timeout=60)
        assert answer.status_code == 204, answer.text
        time.sleep(0.3)  # answers that were under way
        twos = said["Hello from two!"]
        server.wait_until(lambda: said["Hello from one!"] > ones + 100)
        assert said["Hello from two!"] == twos
    # A worker that takes the place of a dead one serves what the others serve, not the newest.
    (victim, other) = server.workers()
    victim.kill()
    serving = f'chatwright_workers_serving{{bundle="{first[:8]}"}}'
    server.wait_until(lambda: len(server.workers()) == 2 and scrape(server)[serving] == 2)
    assert victim.pid not in {worker.pid for worker in server.workers()}
    assert other.is_running()


def test_a_worker_that_dies_while_it_is_asked_for_a_sign_is_replaced_at_once(start: Start) -> None:
    server = start("--workers", "2")
    (victim, _) = server.workers()
    victim.suspend()
    time.sleep(1.5)  # the server asks every half second, and now waits
    victim.kill()
    server.wait_until(
        lambda: len(server.workers()) == 2 and victim not in server.workers(), WORKER_SILENT_S / 2
    )


def manifest(bundle: Path) -> str:
    from chatwright.bundle import open_bundle

    return open_bundle(bundle).manifest.bundle_id


def test_the_end_waits_for_turns_under_way(start: Start) -> None:
    for options in ((), ("--workers", "2")):
        server = start(*options)
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(server.say, '/wait{"seconds": "1.5"}', f"u{n}") for n in range(4)]
            time.sleep(0.7)
            server.process.send_signal(signal.SIGTERM)
            assert [answer.result() for answer in asked] == [["I waited."]] * 4
        server.process.wait(30)
        assert "Traceback" not in server.log.read_text()
        with pytest.raises(httpx.TransportError):
            server.say("/greet")


def test_a_crash_in_a_turn_loses_nothing(start: Start, project: Path) -> None:
    server = start("--workers", "2")
    server.say("/greet")
    with pytest.raises(httpx.TransportError):
        server.say("/die", headers={"Idempotency-Key": "d1"})
    server.wait_until(lambda: len(server.workers()) == 2)
    pass_time(project)
    server.wait_until(lambda: heard(server) == ["/greet", "/die"])  # nobody has asked again
    assert server.say("/die", headers={"Idempotency-Key": "d1"}) == ["I live."]
    assert heard(server) == ["/greet", "/die"]


def test_after_a_power_cut_all_is_there(start: Start, project: Path) -> None:
    server = start()
    server.say('/remind{"seconds": "1"}', "bob")
    with ThreadPoolExecutor(1) as pool:
        cut = pool.submit(server.say, '/wait{"seconds": "2"}')
        time.sleep(0.6)
        server.kill()
        with pytest.raises(httpx.TransportError):
            cut.result()
    pass_time(project)
    server = start()
    server.wait_until(lambda: [e["text"] for e in events(server) if e["event"] == "bot"] == ["I waited."])
    server.wait_until(lambda: "Your tea!" in [e.get("text") for e in events(server, "bob")])
    time.sleep(2)
    assert [e.get("text") for e in events(server, "bob")].count("Your tea!") == 1
    assert heard(server) == ['/wait{"seconds": "2"}']


def pass_time(project: Path) -> None:
    """As if a dead process had not been heard of for half a minute."""
    with sqlite3.connect(next((project / ".chatwright").glob("*.sqlite"))) as store:
        store.execute("UPDATE conversations SET leased_until = leased_until - 30 WHERE leased_until > 0")
        store.execute("UPDATE inbox SET seen = seen - 30 WHERE state = 'open'")


def test_figures_are_those_of_all_workers(start: Start) -> None:
    server = start("--workers", "2")
    with ThreadPoolExecutor(10) as pool:  # two conversations, whose messages reach both workers at once
        answers = list(pool.map(lambda number: server.say("/greet", f"u{number % 2}"), range(40)))
    assert answers == [["Hello from one!"]] * 40
    assert [len(heard(server, conversation)) for conversation in ("u0", "u1")] == [20, 20]
    httpx.post(f"{server.url}/webhooks/rest/webhook", json={"message": "/fail"})
    for _ in range(10):  # whoever is asked
        figures = scrape(server)
        assert figures['chatwright_turns_total{channel="rest"}'] == 41
        assert figures['chatwright_turn_seconds_count{channel="rest"}'] == 41
        assert figures['chatwright_stage_seconds_count{stage="understand"}'] == 41
        assert sum(v for k, v in figures.items() if k.startswith("chatwright_action_errors_total")) == 1
        assert sum(v for k, v in figures.items() if k.startswith("chatwright_workers_serving")) == 2
        assert figures["chatwright_requests_in_progress"] == 0
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(server.say, '/wait{"seconds": "1"}')
        time.sleep(0.4)
        assert scrape(server)["chatwright_requests_in_progress"] == 1
        asked.result()
    server.workers()[0].kill()
    server.wait_until(lambda: scrape(server).get('chatwright_turns_total{channel="rest"}') == 42)
    server.wait_until(
        lambda: sum(v for k, v in scrape(server).items() if k.startswith("chatwright_workers_serving")) == 2
    )


def scrape(server: ServerProcess) -> dict[str, float]:
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def test_a_server_is_light_and_its_log_tells_no_secrets(start: Start) -> None:
    server = start("--enable-api")
    for text in ("hello", "你好", "/fail"):
        server.say(text)
    httpx.post(f"{server.url}/model/parse", json={"text": "my card is 4111 1111 1111 1111"})
    server.say("call 138 0013 8000 or 我的邮箱 ann@example.com", "+8613800138000")
    loaded = {Path(part.path).parts for part in psutil.Process(server.process.pid).memory_maps()}
    assert not [parts for parts in loaded if set(parts) & set(HEAVY)]
    server.stop()
    log = server.log.read_text()
    assert "action_fail" in log
    assert not [
        secret for secret in ("138 0013", "13800138000", "ann@example.com", "4111 1111") if secret in log
    ]


def test_what_cannot_be_served_is_said_and_ends(start: Start, project: Path) -> None:
    (bundle,) = (project / "models").iterdir()
    bundle.write_bytes(bundle.read_bytes()[:1000])
    for options in (("--workers", "2"), ("--model", bundle.relative_to(project).as_posix())):
        with pytest.raises(AssertionError) as ended:
            start(*options)
        assert bundle.name in str(ended.value), options
        assert "Traceback" not in str(ended.value), options
        assert "exit code 1" in str(ended.value), options
    bundle.unlink()
    with pytest.raises(AssertionError, match="chatwright train"):
        start()
    with pytest.raises(AssertionError, match="--allow-open"):
        start("--interface", "0.0.0.0", "--enable-api")


def test_a_server_without_a_bot_waits_for_one(start: Start, project: Path) -> None:
    (bundle,) = (project / "models").iterdir()
    kept = bundle.rename(project / bundle.name)
    server = start("--enable-api", probe="/healthz")
    told = httpx.get(f"{server.url}/readyz")
    assert (told.status_code, told.json()["bot"], told.json()["store"]) == (503, False, True)
    asked = httpx.post(f"{server.url}/webhooks/rest/webhook", json={"message": "/greet"})
    assert (asked.status_code, asked.json()["reason"]) == (409, "Conflict")
    kept.rename(bundle)
    server.wait_until(lambda: httpx.get(f"{server.url}/readyz").status_code == 200)
    assert server.say("/greet") == ["Hello from one!"]
