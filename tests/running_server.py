"""A real server over HTTP for tests of clients: uvicorn in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from chatwright.serve.app import create_app
from chatwright.serve.settings import ServeSettings

__all__ = ["running"]


@contextmanager
def running(settings: ServeSettings) -> Iterator[str]:
    """Serve until the block ends; gives the address."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="warning", lifespan="on"))
    ready = threading.Event()
    startup = server.startup

    async def announced(*arguments: object, **options: object) -> None:
        await startup(*arguments, **options)  # type: ignore[arg-type]
        ready.set()

    server.startup = announced  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(30), "the server did not start"
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
