"""Runs the server: one worker in this process, or several in processes of their own."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

from chatwright.serve.settings import ServeSettings

__all__ = ["WEBSOCKETS", "run"]

GRACE_S = 30
"""Running turns may take so long to end after SIGTERM."""
WEBSOCKETS: dict[str, Any] = {"ws": "websockets-sansio", "ws_max_size": 1 << 17}
"""Options of uvicorn; a larger frame ends its connection."""


def run(settings: ServeSettings) -> None:
    """Serve until a signal ends it; turns under way are finished.

    Raises:
        ChatwrightError: the server cannot start.
        SystemExit: a worker failed to start (exit code 3, by uvicorn).
    """
    import uvicorn

    options: dict[str, Any] = {
        "host": settings.interface,
        "port": settings.port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_S,
        **WEBSOCKETS,
        "ssl_certfile": settings.ssl_certificate,
        "ssl_keyfile": settings.ssl_keyfile,
        "ssl_keyfile_password": settings.ssl_password,
    }
    if settings.workers == 1:
        from chatwright.serve.app import create_app

        uvicorn.run(create_app(settings), **options)
        return
    shared = tempfile.mkdtemp(prefix="chatwright-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
    settings.to_environment()
    try:
        uvicorn.run(
            "chatwright.serve.app:from_environment", factory=True, workers=settings.workers, **options
        )
    finally:
        shutil.rmtree(shared, ignore_errors=True)
