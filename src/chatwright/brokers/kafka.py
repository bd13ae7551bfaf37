"""Events to Kafka (``type: kafka``): one topic, in order, each acknowledged by all in-sync replicas."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import KafkaException, Producer

from chatwright.brokers.broker import Sent
from chatwright.errors import BrokerUnavailable

__all__ = ["KafkaBroker"]

TIMEOUT_S = 20.0


class KafkaBroker:
    """Publishes to a topic.

    Args:
        url: ``host:port``, or several of them.
        partition_by_sender: keep the events of a conversation in one partition, and so in order there.
    """

    def __init__(
        self,
        url: str | Sequence[str] | None,
        *,
        root: Path,
        topic: str = "rasa_core_events",
        client_id: str | None = None,
        partition_by_sender: bool = False,
        security_protocol: str = "SASL_PLAINTEXT",
        sasl_username: str | None = None,
        sasl_password: str | None = None,
        sasl_mechanism: str | None = "PLAIN",
        ssl_cafile: str | None = None,
        ssl_certfile: str | None = None,
        ssl_keyfile: str | None = None,
        ssl_check_hostname: bool = False,
        **unused: Any,  # such as queue_size: what waits here waits in the store
    ) -> None:
        if not url:
            raise ValueError("'url' is missing: the host and port of a Kafka server")
        protocol = security_protocol.upper()
        options = {
            "bootstrap.servers": url if isinstance(url, str) else ",".join(url),
            "client.id": client_id,
            "enable.idempotence": True,
            "message.timeout.ms": int(TIMEOUT_S * 1000),
            "security.protocol": protocol,
        }
        if protocol.startswith("SASL"):
            options |= {
                "sasl.mechanism": sasl_mechanism,
                "sasl.username": sasl_username,
                "sasl.password": sasl_password,
            }
        if protocol.endswith("SSL"):
            options |= {
                "ssl.ca.location": ssl_cafile,
                "ssl.certificate.location": ssl_certfile,
                "ssl.key.location": ssl_keyfile,
                "ssl.endpoint.identification.algorithm": "https" if ssl_check_hostname else "none",
            }
        self._topic = topic
        self._by_sender = partition_by_sender
        try:
            self._producer = Producer({key: value for key, value in options.items() if value is not None})
        except KafkaException as error:
            raise ValueError(error.args[0].str()) from error

    def publish(self, events: Sequence[Sent], *, headers: Mapping[str, str] | None = None) -> None:
        """Send all, then wait for all."""
        failures: list[str] = []

        def delivered(error: Any, _: Any) -> None:
            if error is not None:
                failures.append(error.str())

        environment = os.environ.get("RASA_ENVIRONMENT")
        marks = {**({"RASA_ENVIRONMENT": environment} if environment else {}), **(headers or {})}
        try:
            for event in events:
                self._producer.produce(
                    self._topic,
                    value=orjson.dumps(event),
                    key=str(event["sender_id"]).encode() if self._by_sender else None,
                    headers=[(name, value.encode()) for name, value in marks.items()],
                    on_delivery=delivered,
                )
            waiting = self._producer.flush(TIMEOUT_S + 1)
        except (KafkaException, BufferError) as error:
            waiting, failures = 1, [*failures, str(error)]
        if waiting or failures:
            self._producer.purge()
            self._producer.flush(1)
            raise BrokerUnavailable(
                f"Kafka did not take the events: {failures[0] if failures else 'no answer in time'}",
                fix="check event_broker in endpoints.yml, and that Kafka is running",
            )

    def close(self) -> None:
        """The producer closes its connections when it is gone."""
        self._producer.flush(1)
