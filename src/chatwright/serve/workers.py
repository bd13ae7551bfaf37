"""Runs the server: one worker in this process, or several in processes of their own."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from chatwright.errors import ProjectError
from chatwright.project.endpoints import load_endpoints
from chatwright.serve.settings import ServeSettings
from chatwright.stores.project_store import store_url

__all__ = ["SHARED_FOLDER_VARIABLE", "WEBSOCKETS", "note_failure", "run"]

SHARED_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where workers keep their figures; the name is prometheus_client's."""
_FAILED = "failed"

KEEP_ALIVE_S = 120
"""An idle connection is kept so long, as by Rasa: a client that is busy itself must not find it closed."""
WORKER_SILENT_S = 30
"""A worker that gives no sign for so long is replaced; a busy one is not."""
GRACE_S = 30
"""Running turns may take so long to end after SIGTERM."""
WEBSOCKETS: dict[str, Any] = {"ws": "websockets-sansio", "ws_max_size": 1 << 17}
"""Options of uvicorn; a larger frame ends its connection."""


def note_failure() -> None:
    """A worker could not start; ``run`` is told, which only sees that all have ended."""
    if folder := os.environ.get(SHARED_FOLDER_VARIABLE):
        Path(folder, _FAILED).touch()


def run(settings: ServeSettings) -> None:
    """Serve until a signal ends it; turns under way are finished.

    Raises:
        ChatwrightError: the server cannot start.
        SystemExit: a worker failed to start (exit code 3, by uvicorn).
    """
    import uvicorn

    if settings.workers > 1:
        _check_shared_store(settings)
    options: dict[str, Any] = {
        "host": settings.interface,
        "port": settings.port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_S,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_worker_healthcheck": WORKER_SILENT_S,
        **WEBSOCKETS,
        "ssl_certfile": settings.ssl_certificate,
        "ssl_keyfile": settings.ssl_keyfile,
        "ssl_keyfile_password": settings.ssl_password,
    }
    if settings.workers == 1:
        from chatwright.serve.app import create_app

        uvicorn.run(create_app(settings), **options)
        return
    from chatwright.serve.worker_process import watch_workers

    watch_workers()
    shared = tempfile.mkdtemp(prefix="chatwright-metrics-")
    os.environ[SHARED_FOLDER_VARIABLE] = shared
    settings.to_environment()
    try:
        uvicorn.run(
            "chatwright.serve.app:from_environment", factory=True, workers=settings.workers, **options
        )
        if Path(shared, _FAILED).exists():
            raise SystemExit(3)  # as uvicorn does with one worker
    finally:
        shutil.rmtree(shared, ignore_errors=True)


def _check_shared_store(settings: ServeSettings) -> None:
    url = store_url(load_endpoints(settings.root / settings.endpoints), settings.store)
    if url in ("sqlite://", "sqlite:///:memory:"):
        raise ProjectError(
            f"{settings.workers} workers cannot share conversations that are kept in memory",
            fix="serve with one worker, or name a file or a PostgreSQL database as the store",
        )
