"""Environments with a real rasa-sdk, made once and kept in a cache folder; servers in them."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("CHATWRIGHT_TEST_CACHE") or Path.home() / ".cache" / "chatwright-tests")


def environment(python: str, requirement: str) -> Path:
    """The Python of a virtual environment that has ``requirement``; skips where pip cannot fetch it."""
    folder = CACHE / f"{Path(python).name}-{requirement.replace('=', '-').replace('>', '-')}"
    folder.mkdir(parents=True, exist_ok=True)
    found, ready = folder / "bin" / "python", folder / "ready"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.is_file():
            subprocess.run([python, "-m", "venv", str(folder)], check=True, capture_output=True)
            got = subprocess.run(
                [found, "-m", "pip", "install", "--quiet", "--prefer-binary", requirement],
                capture_output=True,
                text=True,
            )
            if got.returncode:
                pytest.skip(f"needs {requirement}, which pip cannot fetch: {got.stderr.strip()[-200:]}")
            ready.touch()
    return found


def current_sdk() -> Path:
    """A Python like this one with a rasa-sdk that installs on it."""
    return environment(sys.executable, "rasa-sdk>=3.9")


def old_sdk() -> Path:
    """Python 3.10 with rasa-sdk 3.6.2, of Rasa Open Source's last version."""
    candidates = [
        shutil.which("python3.10"),
        *map(str, Path.home().glob(".pyenv/versions/3.10*/bin/python3.10")),
    ]
    for python in candidates:
        if python and subprocess.run([python, "-V"], capture_output=True).returncode == 0:
            return environment(python, "rasa-sdk==3.6.2")
    pytest.skip("needs Python 3.10 for rasa-sdk 3.6.2")


@contextmanager
def action_server(python: Path, project: Path) -> Iterator[str]:
    """The webhook's URL of a server that runs the project's actions."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (project / "server.log").open("w") as log:
        server = subprocess.Popen(
            [python, "-m", "rasa_sdk", "--actions", "actions", "-p", str(port)],
            cwd=project,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        _wait_until_healthy(server, port, project / "server.log")
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)


def _wait_until_healthy(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise AssertionError(f"the action server ended: {log.read_text()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the action server does not answer: {log.read_text()}")
