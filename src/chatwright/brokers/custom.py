"""An event broker of the project's own: ``type: module.Class``.

The class is written as for Rasa: a class method ``from_endpoint_config(config)``, which may be asynchronous
(without one, the class is called with the keys of the section), ``publish(event)``, perhaps ``close()``.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatwright.brokers.broker import Sent
from chatwright.errors import BrokerUnavailable, Location, ProjectError
from chatwright.project.endpoints import BrokerEndpoint

__all__ = ["CustomBroker", "EndpointConfig"]


@dataclass(frozen=True)
class EndpointConfig:
    """What ``from_endpoint_config`` is given: the section of endpoints.yml, as Rasa hands it over."""

    url: str | list[str] | None
    type: str
    kwargs: Mapping[str, Any]


class CustomBroker:
    """Calls the project's class, event by event; whatever it raises means that the event did not arrive."""

    def __init__(self, broker: Any) -> None:
        self._broker = broker

    @classmethod
    def load(cls, path: str, endpoint: BrokerEndpoint, root: Path) -> CustomBroker:
        """Make the broker that ``type: module.Class`` names.

        Raises:
            ProjectError: there is no such class, or it cannot be made.
        """
        module, _, name = path.rpartition(".")
        folder = str(root.resolve())
        if folder not in sys.path:
            sys.path.insert(0, folder)
        arguments = dict(endpoint.model_extra or {})
        try:
            found = getattr(importlib.import_module(module), name)
            if hasattr(found, "from_endpoint_config"):
                made = _done(found.from_endpoint_config(EndpointConfig(endpoint.url, path, arguments)))
            else:
                made = found(**arguments, **({"url": endpoint.url} if endpoint.url else {}))
        except Exception as error:  # the project's own code may fail in any way
            raise ProjectError(
                f"event_broker: {path!r} cannot be made: {type(error).__name__} {error}",
                fix="put the module into the project's folder, or correct endpoints.yml",
                location=Location("endpoints.yml", key="event_broker"),
            ) from error
        return cls(made)

    def publish(self, events: Sequence[Sent], *, headers: Mapping[str, str] | None = None) -> None:
        """One call an event."""
        for event in events:
            try:
                _done(self._broker.publish(dict(event)))
            except Exception as error:
                raise BrokerUnavailable(
                    f"the project's event broker failed: {type(error).__name__} {error}"
                ) from error

    def close(self) -> None:
        """Close it, where it can be closed."""
        if callable(close := getattr(self._broker, "close", None)):
            _done(close())


def _done(result: Any) -> Any:
    """The result; of a coroutine when it is through. Brokers run in a thread without a loop."""
    return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(result: Any) -> Any:
    return await result
