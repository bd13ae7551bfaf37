"""Runs the server: one worker in this process, or several in processes of their own."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

from chatwright.errors import ProjectError
from chatwright.project.credentials import load_credentials
from chatwright.serve.settings import ServeSettings

__all__ = ["WEBSOCKETS", "check_doors", "run"]

GRACE_S = 30
"""Running turns may take so long to end after SIGTERM."""
WEBSOCKETS: dict[str, Any] = {"ws": "websockets-sansio", "ws_max_size": 1 << 17}
"""Options of uvicorn; a larger frame ends its connection."""


def check_doors(settings: ServeSettings) -> list[str]:
    """What is open to anyone; refuses to open it beyond this machine.

    Raises:
        ProjectError: the server would be reachable from outside, and not all of it asks who is there.
    """
    from chatwright.serve.access import open_doors

    doors = open_doors(settings, load_credentials(settings.root / settings.credentials))
    if doors and not settings.is_loopback and not settings.allow_open:
        raise ProjectError(
            f"on {settings.interface} anyone could use {' and '.join(doors)}",
            fix="give --auth-token or --jwt-secret and set `access` in credentials.yml, "
            "or say --allow-open if that is meant",
        )
    return doors


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
