"""What the server benchmarks share: start a server (ours or Rasa's) on a project, drive it, weigh it.

Rasa is the peer: give the folder of a virtual environment with Rasa 3.6 as ``--with-peer``; both servers
then run the same project in the same session, one after the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PROJECT = HERE / "projects" / "booking"

CONVERSATION = (
    "hello",
    "what is on the menu",
    "i want to book a table",
    "where can i park",
    "italian",
    "for two",
    "when do you open",
    "thanks",
    "is there a car park",
    "bye",
)
"""Ten messages: rules, a form, a question in the middle of the form."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    seconds_to_ready: float

    def memory_mb(self) -> float:
        """Resident memory of the server and its children, shared pages counted once (PSS)."""
        parent = psutil.Process(self.process.pid)
        family = [parent, *parent.children(recursive=True)]
        return sum(_pss(member) for member in family) / 2**20


def _pss(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except (psutil.Error, AttributeError):
        return 0


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def copy_project(source: Path, target: Path) -> Path:
    """A fresh copy to train in."""
    shutil.copytree(
        source, target, ignore=shutil.ignore_patterns("models", "results", ".chatwright", ".rasa")
    )
    return target


def run_timed(
    command: Sequence[str],
    cwd: Path,
    env: dict[str, str] | None = None,
    limit: float | None = None,
    stdout: Path | None = None,
) -> dict[str, float]:
    """Run a command to its end; gives seconds, seconds of processor and peak resident memory in MB.

    Args:
        stdout: file for what it prints; nowhere by default.

    Raises:
        TimeoutError: it took more than ``limit`` seconds, and was stopped.
    """
    log = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
    out = stdout.open("wb") if stdout else subprocess.DEVNULL
    cpu_before = _cpu_of_children()
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=out, stderr=log)
    peak = 0.0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            family = [watched, *watched.children(recursive=True)]
            peak = max(peak, sum(p.memory_info().rss for p in family) / 2**20)
        except psutil.Error:
            pass
        if limit and time.perf_counter() - started > limit:
            process.kill()
            process.wait()
            raise TimeoutError(f"{' '.join(command)} took more than {limit:.0f} s")
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    if not isinstance(out, int):
        out.close()
    with log:
        if process.returncode:
            log.seek(0)
            stderr = log.read().decode()[-3000:]
            raise SystemExit(f"{' '.join(command)} failed with {process.returncode}:\n{stderr}")
    return {"seconds": seconds, "cpu_seconds": _cpu_of_children() - cpu_before, "peak_mb": peak}


def _cpu_of_children() -> float:
    """Processor seconds of all child processes that have ended; one runs at a time."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def chatwright(*arguments: str) -> list[str]:
    """The command line of this checkout."""
    return [sys.executable, "-m", "chatwright.cli.main", *arguments]


def rasa(folder: Path, *arguments: str) -> list[str]:
    """Rasa's command line from its own environment."""
    return [str(folder / "bin" / "rasa"), *arguments]


RASA_ENV = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "2", "SQLALCHEMY_WARN_20": "0"}


@contextmanager
def served(
    name: str, command: Sequence[str], cwd: Path, port: int, *, ready: str, env: dict[str, str] | None = None
) -> Iterator[Server]:
    """Start a server and wait until ``ready`` answers; stop it at the end."""
    log = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=log, stderr=log, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                if httpx.get(url + ready, timeout=1).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            if process.poll() is not None or time.perf_counter() - started > 300:
                log.seek(0)
                raise SystemExit(f"{name} did not start:\n{log.read().decode()[-3000:]}")
            time.sleep(0.02)
        yield Server(name, url, process, time.perf_counter() - started)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        log.close()


def served_chatwright(cwd: Path, *extra: str, env: dict[str, str] | None = None):
    """Our server on the project in ``cwd``."""
    port = free_port()
    command = chatwright("serve", "--port", str(port), *extra)
    return served("chatwright", command, cwd, port, ready="/readyz", env=env)


def served_rasa(folder: Path, cwd: Path, *extra: str):
    """Rasa's server on the project in ``cwd``."""
    port = free_port()
    command = rasa(folder, "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port), *extra)
    return served("rasa", command, cwd, port, ready="/status", env=RASA_ENV)


async def say(
    client: httpx.AsyncClient, url: str, sender: str, text: str
) -> tuple[float, list[dict[str, Any]]]:
    """One message by REST; milliseconds and the replies."""
    started = time.perf_counter()
    answer = await client.post(url + "/webhooks/rest/webhook", json={"sender": sender, "message": text})
    elapsed = (time.perf_counter() - started) * 1000
    answer.raise_for_status()
    return elapsed, answer.json()


async def converse(url: str, sender: str, turns: int, client: httpx.AsyncClient) -> list[float]:
    """``turns`` messages one after the other; milliseconds of each."""
    return [(await say(client, url, sender, CONVERSATION[n % len(CONVERSATION)]))[0] for n in range(turns)]


async def crowd(url: str, people: int, turns: int) -> dict[str, float]:
    """``people`` conversations at once, ``turns`` messages each: throughput and latencies."""
    # A client each: one pool for all looks through its connections for every request, and would be
    # what is measured.
    async with contextlib.AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(timeout=120, verify=False))
            for _ in range(people)
        ]
        await asyncio.gather(*(converse(url, f"warm-{n}", 2, clients[n]) for n in range(min(people, 8))))
        started = time.perf_counter()
        per_person = await asyncio.gather(
            *(converse(url, f"p{n}", turns, client) for n, client in enumerate(clients))
        )
        seconds = time.perf_counter() - started
    latencies = [value for person in per_person for value in person]
    return {"messages_per_s": len(latencies) / seconds, **percentiles(latencies)}


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else [values[0]] * 99
    return {"p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98]}


def machine() -> dict[str, Any]:
    """Where the figures were taken."""
    return {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "load_before": [round(value, 2) for value in os.getloadavg()],
    }


def keep(name: str, result: dict[str, Any]) -> None:
    """Write ``results/<name>.json`` and print it."""
    RESULTS.mkdir(exist_ok=True)
    rounded = json.loads(json.dumps(result), parse_float=lambda text: round(float(text), 3))
    (RESULTS / f"{name}.json").write_text(json.dumps(rounded, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print(json.dumps(rounded, ensure_ascii=False, indent=2))
