"""Reading a queue of RabbitMQ."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["drain_queue"]


def drain_queue(port: int, queue: str, *, headers: bool = False) -> list[Any]:
    """Take all messages of a queue: their JSON, or their headers."""
    import pika

    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
    channel, found = connection.channel(), []
    while True:
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            connection.close()
            return found
        assert properties.delivery_mode == 2
        found.append(properties.headers if headers else json.loads(body))
