"""``chatwright serve`` in a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

__all__ = ["ServerProcess"]


class ServerProcess:
    """A server that a test may kill and start again; it answers ``probe`` when made."""

    def __init__(self, project: Path, *options: str, probe: str = "/readyz", command: str = "serve") -> None:
        self.project = project
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = project / f"{self.port}.log"
        self._command = [sys.executable, "-m", "chatwright.cli.main", command, "--port", str(self.port)]
        self._command += options
        self._probe = probe
        self.start()

    def start(self) -> None:
        """Start it; after it has ended, again on the same port."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, cwd=self.project, stderr=log)
        try:
            self.wait_until(lambda: httpx.get(f"{self.url}{self._probe}").status_code == 200)
        except BaseException:
            self.end()
            raise

    def say(self, message: str, sender: str = "ann", **options: Any) -> list[str | None]:
        """What the bot says to a message."""
        body = {"sender": sender, "message": message}
        answer = httpx.post(f"{self.url}/webhooks/rest/webhook", json=body, timeout=60, **options)
        assert answer.status_code == 200, f"{answer.text}\n{self.log.read_text()}"
        return [reply.get("text") for reply in answer.json()]

    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return [child for child in psutil.Process(self.process.pid).children() if _is_worker(child)]

    def wait_until(self, done: Any, seconds: float = 60) -> None:
        """Until ``done()``; what the server wrote is told otherwise."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if done():
                    return
            except httpx.TransportError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"exit code {self.process.poll()}\n{self.log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def kill(self) -> None:
        """End it and its workers as a power cut would."""
        family = [self.process, *psutil.Process(self.process.pid).children(recursive=True)]
        for process in family:
            process.kill()
        for process in family:
            process.wait()

    def end(self) -> None:
        """However it stands."""
        if self.process.poll() is None:
            self.kill()


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):  # it has just died
        return False
