"""Training and testing asked for over HTTP: child processes, never work of a serving worker.

A job has a folder of its own, which holds what was asked (``job.json``) and what came of it
(``result.json``, both of ``serve/model_job.py``). The folder's name tells which worker of which project
it belongs to, so that every worker can count the jobs of all.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from chatwright.errors import RequestError

__all__ = ["DOCUMENT", "JSON_DATA", "active_training_jobs", "job_folder", "run_job"]

logger = logging.getLogger(__name__)

DOCUMENT = "project.yml"
"""File of a job's folder with what was sent; a project to train is one document with everything."""
JSON_DATA = "nlu.json"
"""The same where NLU data was sent as JSON."""

TIME_LIMIT_S = 3600.0
"""Rasa's response timeout."""
AT_ONCE = 2
"""Jobs of one worker that run side by side; further ones wait their turn."""

_PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "CHATWRIGHT_CACHE")
_PASSED_ON_PREFIXES = ("LC_", "XDG_", "PYTHON")
_turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


@contextlib.asynccontextmanager
async def job_folder(project: Path, *, training: bool) -> AsyncIterator[Path]:
    """A folder for one job, removed afterwards; while it stands the job counts as active."""
    with tempfile.TemporaryDirectory(prefix=f"{_prefix(project, training)}{os.getpid()}-") as folder:
        yield Path(folder)


def active_training_jobs(project: Path) -> int:
    """Training jobs under way on this machine for the project, whichever worker runs them."""
    prefix = _prefix(project, training=True)
    folders = Path(tempfile.gettempdir()).glob(f"{prefix}*")
    return sum(_is_alive(folder.name[len(prefix) :].split("-")[0]) for folder in folders)


async def run_job(folder: Path, job: Mapping[str, Any], *, threads: int = 1) -> dict[str, Any]:
    """Run a job of ``serve/model_job.py`` in a child process and give its result.

    The child sees no secrets of the server: of the environment only what Python needs is passed on, as
    ``${NAMES}`` in the files of a request are replaced by variables.

    Args:
        folder: of the job; the child works in it.
        job: as ``model_job.run`` takes it.
        threads: that numeric libraries may use.

    Raises:
        RequestError: what was sent is wrong (400, its problems in ``details``), the job failed (500), or
            took too long (504).
    """
    _write(folder / "job.json", json.dumps(job))
    loop = asyncio.get_running_loop()
    turns = _turns.setdefault(loop, asyncio.Semaphore(AT_ONCE))
    async with turns:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "chatwright.serve.model_job",
            str(folder),
            cwd=folder,
            env=_environment(threads),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                _, errors = await child.communicate()
        except TimeoutError:
            raise RequestError(
                f"the job took more than {TIME_LIMIT_S:.0f} s and was stopped",
                status=504,
                reason="Timeout",
                fix="train with `chatwright train` where the project lies",
            ) from None
        finally:
            await _stop(child)
    result = _read(folder / "result.json")
    if result is None:
        logger.error("a job ended with exit code %s: %s", child.returncode, errors.decode(errors="replace"))
        raise RequestError(
            f"the job's process ended early, with exit code {child.returncode}",
            status=500,
            reason="JobError",
            fix="see the server's log",
        )
    if error := result.get("error"):
        raise RequestError(
            error["message"],
            status=error["status"],
            reason=error["reason"],
            fix=error["fix"],
            details=error.get("details"),
        )
    return result


async def _stop(child: asyncio.subprocess.Process) -> None:
    """End the child and whatever it started; nothing happens when it has ended."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await asyncio.shield(child.wait())


def _prefix(project: Path, training: bool) -> str:
    key = hashlib.sha256(str(project.absolute()).encode()).hexdigest()[:12]
    return f"chatwright-{'training' if training else 'testing'}-{key}-"


def _is_alive(pid: str) -> bool:
    """Whether the worker runs; the folder of one that was killed is no job any more."""
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _environment(threads: int) -> dict[str, str]:
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    limits = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return passed | dict.fromkeys(limits, str(threads))


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text("utf-8")) if path.is_file() else None
