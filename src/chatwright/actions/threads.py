"""Running blocking functions beside the event loop.

Python joins the threads of its own pools at exit, so that one stuck action would keep a server from
stopping; these are daemons.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["MAX_THREADS", "ThreadRunner"]

MAX_THREADS = 32
"""Blocking actions under way at once, those included that ran out of time; further ones wait."""


class ThreadRunner:
    """Runs each function in a thread of its own, ``limit`` at once."""

    def __init__(self, limit: int = MAX_THREADS) -> None:
        self._free = asyncio.Semaphore(limit)

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What ``function`` gives. Cancelling stops the waiting, not the thread."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Any] = loop.create_future()
        context = contextvars.copy_context()

        def finish(value: Any, error: BaseException | None) -> None:
            self._free.release()
            if result.done():
                return
            if error is not None:
                result.set_exception(error)
            else:
                result.set_result(value)

        def work() -> None:
            value, error = None, None
            try:
                value = context.run(function, *arguments)
            except StopIteration as stop:  # a future cannot carry it
                error = RuntimeError("the action raised StopIteration")
                error.__cause__ = stop
            except BaseException as raised:
                error = raised
            if not loop.is_closed():
                loop.call_soon_threadsafe(finish, value, error)

        threading.Thread(target=work, name="chatwright-action", daemon=True).start()
        return await result
