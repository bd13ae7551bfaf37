"""Actions written as classes of rasa-sdk, run in this process.

As on an action server of rasa-sdk, all of them share one event loop, here in a thread of its own, so
that those which block do not keep the bot from other conversations.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from chatwright.actions.call import ActionCall, Saying
from chatwright.actions.protocol import answer_to_events, request_body
from chatwright.errors import ActionRejected, ActionTimeout
from chatwright.project.domain import Domain
from chatwright.schema.events import Event

__all__ = ["SDK_TIMEOUT", "SdkActions"]

SDK_TIMEOUT = 300.0
"""Seconds; as long as Rasa waits for its action server."""


class SdkActions:
    """The rasa-sdk actions of a project, by name.

    Args:
        modules: of the project, already imported.
    """

    def __init__(self, modules: Iterable[ModuleType]) -> None:
        self._executor: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        if "rasa_sdk" not in sys.modules:
            return
        from rasa_sdk.executor import ActionExecutor  # pyright: ignore[reportMissingImports]
        from rasa_sdk.interfaces import Action  # pyright: ignore[reportMissingImports]

        self._executor = ActionExecutor()
        for module in modules:
            for thing in list(vars(module).values()):
                if (
                    inspect.isclass(thing)
                    and issubclass(thing, Action)
                    and thing.__module__ == module.__name__
                    and not inspect.isabstract(thing)
                ):
                    self._executor.register_action(thing)

    @property
    def names(self) -> tuple[str, ...]:
        """All actions."""
        return tuple(self._executor.actions) if self._executor else ()

    async def run(self, name: str, call: ActionCall, domain: Domain) -> list[Event | Saying]:
        """What the action said and did.

        Raises:
            ActionRejected: it declined to run.
            ActionTimeout: it ran longer than an action server may.
            ActionError: its answer is malformed.
        """
        from rasa_sdk.interfaces import ActionExecutionRejection  # pyright: ignore[reportMissingImports]

        body = await request_body(name, call, domain)
        future = asyncio.run_coroutine_threadsafe(self._executor.run(body), self._running_loop())
        try:
            answer = await asyncio.wait_for(asyncio.wrap_future(future), SDK_TIMEOUT)
        except ActionExecutionRejection as error:
            raise ActionRejected(str(error)) from error
        except TimeoutError as error:
            if not future.cancelled():
                raise
            raise ActionTimeout(f"{name} ran longer than {SDK_TIMEOUT:g} s") from error
        return answer_to_events(name, _as_dict(answer))

    def close(self) -> None:
        """Stop the loop; an action under way is left to itself."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=_serve, args=(self._loop,), name="rasa-sdk", daemon=True).start()
        return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


def _as_dict(answer: Any) -> Any:
    """Newer versions give a model instead of a dict."""
    dump = getattr(answer, "model_dump", None) or getattr(answer, "dict", None)
    return dump() if callable(dump) and not isinstance(answer, dict) else answer
