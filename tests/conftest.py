"""Real servers for tests, and a summary of what was not tested for lack of one.

PostgreSQL and Redis are started on free ports from the binaries of this machine and thrown away
afterwards; each pytest-xdist worker has its own. ``CHATWRIGHT_TEST_POSTGRES`` (URL of a database whose
user may create databases) and ``CHATWRIGHT_TEST_REDIS`` (URL) name running ones instead.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

LACKING = ("PostgreSQL", "Redis", "RabbitMQ", "Chromium", "CHATWRIGHT_DATA", "CHATWRIGHT_BOTS")
"""Words in the reason of a skipped test that say what it lacks."""


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Commands set logging up on streams that are closed when their test ends."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PostgresServer:
    """A PostgreSQL of our own, which can be stopped and started in the middle of a test."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="chatwright-pg-"))
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """As if the machine had lost its power."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), "-D", str(self.folder / "data"), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd="/")


def _postgres_binaries() -> Path:
    pytest.importorskip("psycopg", reason="needs PostgreSQL's driver: pip install 'chatwright[postgres]'")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    if not found and not on_path:
        pytest.skip("needs PostgreSQL: apt-get install postgresql, or set CHATWRIGHT_TEST_POSTGRES")
    return (found[-1] if found else Path(str(on_path))).parent


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a database on a server that all tests share."""
    if url := os.environ.get("CHATWRIGHT_TEST_POSTGRES"):
        yield url
        return
    server = PostgresServer(_postgres_binaries())
    yield server.url
    server.remove()


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that this test alone uses, and may stop."""
    server = PostgresServer(_postgres_binaries())
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty database, gone after the tests."""
    import psycopg

    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield postgres_server.rpartition("/")[0] + f"/{name}"
    if "CHATWRIGHT_TEST_POSTGRES" in os.environ:  # a server of our own is thrown away as a whole
        with psycopg.connect(postgres_server, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """URL of a Redis."""
    if url := os.environ.get("CHATWRIGHT_TEST_REDIS"):
        yield url
        return
    pytest.importorskip("redis", reason="needs Redis's driver: pip install 'chatwright[redis]'")
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs Redis: apt-get install redis-server, or set CHATWRIGHT_TEST_REDIS")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
    )
    _wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close())
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


def _wait_until(ready: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ready()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests are marked by the servers that they use."""
    for item in items:
        uses = getattr(item, "fixturenames", ())
        if {"postgres_server", "own_postgres"} & set(uses):
            item.add_marker(pytest.mark.postgres)
        if "redis_server" in uses:
            item.add_marker(pytest.mark.redis)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line what was not tested for lack of something."""
    lacking: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", ()):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        lacking.update(next(([word] for word in LACKING if word in reason), []))
    if lacking:
        parts = ", ".join(f"{word}: {count} skipped" for word, count in lacking.items())
        terminalreporter.write_line(f"not tested for lack of {parts}", yellow=True)
