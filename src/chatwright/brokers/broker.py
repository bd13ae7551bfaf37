"""What an event broker does, and which one ``event_broker:`` in endpoints.yml names."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from chatwright.errors import Location, MissingExtraError, ProjectError, did_you_mean
from chatwright.project.endpoints import BrokerEndpoint

__all__ = ["EXTRA", "Broker", "Sent", "open_broker"]

EXTRA = "brokers"
Sent = Mapping[str, Any]
"""An event in Rasa's JSON, with ``sender_id``."""


class Broker(Protocol):
    """Takes events. Called from one thread at a time; connects when it is first needed."""

    def publish(self, events: Sequence[Sent], *, headers: Mapping[str, str] | None = None) -> None:
        """Send events in order; comes back when the broker has them all.

        Args:
            headers: put on each message, where the broker knows headers.

        Raises:
            BrokerUnavailable: not all of them arrived; send all again.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def open_broker(endpoint: BrokerEndpoint, root: Path) -> Broker:
    """The broker that ``event_broker:`` names; nothing is connected yet.

    Args:
        root: the project's folder; relative paths start there, and code of the project's own lies there.

    Raises:
        ProjectError: the kind is unknown, or an argument is missing or wrong.
        MissingExtraError: the extra ``brokers`` is not installed.
    """
    kind = endpoint.kind or "pika"
    if "." in kind:
        from chatwright.brokers.custom import CustomBroker

        return CustomBroker.load(kind, endpoint, root)
    if kind not in _KINDS:
        known = ", ".join(sorted(_KINDS))
        raise ProjectError(
            f"event_broker: there is no type {kind!r}",
            fix=did_you_mean(kind, _KINDS) or f"use one of {known}, or module.Class of yours",
            location=_AT,
        )
    module, name, needs = _KINDS[kind]
    try:
        made: Callable[..., Broker] = getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise MissingExtraError(f"event_broker of type {kind} ({needs})", EXTRA) from error
    try:
        return made(endpoint.url, root=root, **(endpoint.model_extra or {}))
    except (TypeError, ValueError) as error:
        wrong = str(error).split("() ", 1)[-1]
        raise ProjectError(
            f"event_broker ({kind}): {wrong}", fix="correct endpoints.yml", location=_AT
        ) from error


_AT = Location("endpoints.yml", key="event_broker")
_KINDS = {
    "pika": ("chatwright.brokers.rabbitmq", "RabbitBroker", "pika"),
    "kafka": ("chatwright.brokers.kafka", "KafkaBroker", "confluent-kafka"),
    "sql": ("chatwright.brokers.sql", "SqlBroker", "sqlalchemy"),
    "file": ("chatwright.brokers.file", "FileBroker", ""),
}
