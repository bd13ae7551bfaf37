"""Events to RabbitMQ (``type: pika``): a fanout exchange, durable queues, confirmed messages."""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.connection import Parameters
from pika.exceptions import AMQPError

from chatwright.brokers.broker import Sent
from chatwright.errors import BrokerUnavailable

__all__ = ["RabbitBroker"]

TIMEOUT_S = 10.0
PERSISTENT = 2


class RabbitBroker:
    """Publishes to RabbitMQ.

    Args:
        url: host name, or ``amqp://…`` with everything in it.
        queues: names of the queues, or one name.
    """

    def __init__(
        self,
        url: str | None,
        *,
        root: Path,
        username: str = "guest",
        password: str = "guest",  # noqa: S107 - RabbitMQ's own default
        port: int | str = 5672,
        queues: str | Sequence[str] = ("rasa_core_events",),
        exchange_name: str = "rasa-exchange",
        **unused: Any,  # Rasa's retries: here the relay tries again for as long as it takes
    ) -> None:
        self._parameters = _parameters(url or "localhost", username, password, int(port))
        self._queues = [queues] if isinstance(queues, str) else list(queues)
        self._exchange = exchange_name
        self._connection: pika.BlockingConnection | None = None
        self._channel: BlockingChannel | None = None

    def publish(self, events: Sequence[Sent], *, headers: Mapping[str, str] | None = None) -> None:
        """Each message is confirmed by the server before the next one is sent."""
        had_connection = self._channel is not None
        try:
            self._publish(events, headers)
        except (AMQPError, OSError) as error:
            self.close()
            if not had_connection:
                raise _unavailable(error) from error
            try:  # the connection had gone while nothing was sent
                self._publish(events, headers)
            except (AMQPError, OSError) as again:
                self.close()
                raise _unavailable(again) from again

    def close(self) -> None:
        """Close the connection; one that is gone already is forgotten."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and connection.is_open:
            with contextlib.suppress(AMQPError, OSError):
                connection.close()

    def _publish(self, events: Sequence[Sent], headers: Mapping[str, str] | None) -> None:
        channel = self._channel or self._connect()
        properties = pika.BasicProperties(
            delivery_mode=PERSISTENT,
            app_id=os.environ.get("RASA_ENVIRONMENT"),
            headers=dict(headers) if headers else None,
        )
        for event in events:
            channel.basic_publish(self._exchange, "", orjson.dumps(event), properties)

    def _connect(self) -> BlockingChannel:
        self._connection = pika.BlockingConnection(self._parameters)
        channel = self._connection.channel()
        channel.exchange_declare(self._exchange, exchange_type="fanout")  # not durable, as Rasa declares it
        for queue in self._queues:
            channel.queue_declare(queue, durable=True)
            channel.queue_bind(queue, self._exchange)
        channel.confirm_delivery()
        self._channel = channel
        return channel


def _parameters(url: str, username: str, password: str, port: int) -> Parameters:
    # Between two turns nobody would answer heartbeats; the operating system notices a dead peer.
    options: dict[str, Any] = {
        "heartbeat": 0,
        "blocked_connection_timeout": TIMEOUT_S,
        "socket_timeout": TIMEOUT_S,
    }
    if url.startswith(("amqp://", "amqps://")):
        parts = urlsplit(url)
        if parts.username is None:
            login = f"{quote(username, '')}:{quote(password, '')}@"
            host = parts.netloc if parts.port else f"{parts.netloc}:{port}"
            url = parts._replace(netloc=login + host).geturl()
        parameters = pika.URLParameters(url)
        for name, value in options.items():
            setattr(parameters, name, value)
        return parameters
    credentials = pika.PlainCredentials(username, password)
    return pika.ConnectionParameters(
        host=url, port=port, credentials=credentials, ssl_options=_ssl_options(url), **options
    )


def _ssl_options(host: str) -> pika.SSLOptions | None:
    """As Rasa: by client certificate, where these two variables name one."""
    certificate = os.environ.get("RABBITMQ_SSL_CLIENT_CERTIFICATE")
    key = os.environ.get("RABBITMQ_SSL_CLIENT_KEY")
    if not (certificate and key):
        return None
    context = ssl.create_default_context()
    context.load_cert_chain(certificate, key)
    return pika.SSLOptions(context, host)


def _unavailable(error: Exception) -> BrokerUnavailable:
    return BrokerUnavailable(
        f"RabbitMQ did not take the events: {type(error).__name__} {error}".rstrip(),
        fix="check event_broker in endpoints.yml, and that RabbitMQ is running",
    )
