"""Every kind of broker takes events as Rasa sends them, in order, and says when it did not."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from brokers_rabbit import drain_queue
from chatwright.brokers.broker import Broker, open_broker
from chatwright.errors import BrokerUnavailable, ProjectError
from chatwright.project.endpoints import BrokerEndpoint

EVENTS = [
    {"sender_id": name, "event": "user", "text": f"第{number}句", "timestamp": number / 10}
    for number in range(20)
    for name in ("ann", "小明")
]


@dataclass
class Case:
    """A broker, and how to read what it holds."""

    broker: Broker
    received: Callable[[], list[dict[str, Any]]]


def opened(root: Path, **endpoint: Any) -> Broker:
    return open_broker(BrokerEndpoint.model_validate(endpoint), root)


@pytest.fixture(params=["file", "sqlite", "postgres", "pika", "kafka", "custom"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    match request.param:
        case "file":
            path = tmp_path / "logs" / "events.log"
            broker = opened(tmp_path, type="file", path="logs/events.log")
            return Case(broker, lambda: [json.loads(line) for line in path.read_text("utf-8").splitlines()])
        case "sqlite":
            return Case(opened(tmp_path, type="SQL", db="e.db"), lambda: _sqlite_rows(tmp_path / "e.db"))
        case "postgres":
            url = request.getfixturevalue("postgres_url")
            host, _, db = url.removeprefix("postgresql://").rpartition("/")
            user, _, address = host.partition("@")
            name, _, port = address.partition(":")
            broker = opened(
                tmp_path, type="sql", dialect="postgresql", url=name, port=port, db=db, username=user
            )
            return Case(broker, lambda: _postgres_rows(url))
        case "pika":
            port = request.getfixturevalue("rabbit_server").port
            name = uuid.uuid4().hex
            broker = opened(
                tmp_path,
                type="pika",
                url="127.0.0.1",
                port=port,
                username="guest",
                password="guest",
                queues=[name],
                exchange_name=f"x-{name}",
                connection_attempts=20,
            )
            return Case(broker, lambda: drain_queue(port, name))
        case "kafka":
            address, topic = request.getfixturevalue("kafka_address"), uuid.uuid4().hex
            broker = opened(
                tmp_path,
                type="kafka",
                url=address,
                topic=topic,
                security_protocol="PLAINTEXT",
                partition_by_sender=True,
            )
            return Case(broker, lambda: _kafka_messages(address, topic))
        case _:
            (tmp_path / "own_broker.py").write_text(OWN, "utf-8")
            broker = opened(tmp_path, type="own_broker.Lines", url="somewhere", path=str(tmp_path / "own"))
            return Case(
                broker,
                lambda: [json.loads(line) for line in (tmp_path / "own").read_text("utf-8").splitlines()],
            )


OWN = """
import json

class Lines:
    def __init__(self, url, path):
        assert url == "somewhere"
        self.path = path

    @classmethod
    async def from_endpoint_config(cls, broker_config, event_loop=None):
        return cls(broker_config.url, **broker_config.kwargs)

    def publish(self, event):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\\n")

    async def close(self):
        pass

class Broken:
    def publish(self, event):
        raise RuntimeError("no")
"""


def _sqlite_rows(path: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT sender_id, data FROM events ORDER BY id").fetchall()
    connection.close()
    assert [row[0] for row in rows] == [json.loads(row[1])["sender_id"] for row in rows]
    return [json.loads(row[1]) for row in rows]


def _postgres_rows(url: str) -> list[dict[str, Any]]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT data FROM events ORDER BY id")).scalars().all()
    engine.dispose()
    return [json.loads(row) for row in rows]


def _kafka_messages(address: str, topic: str) -> list[dict[str, Any]]:
    from confluent_kafka import Consumer

    reader = Consumer(
        {"bootstrap.servers": address, "group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest"}
    )
    reader.subscribe([topic])
    found = []
    while (message := reader.poll(20 if len(found) < len(EVENTS) else 0.2)) is not None:
        assert message.error() is None
        found.append(json.loads(message.value()))
        assert message.key().decode() == found[-1]["sender_id"]
    reader.close()
    return found


def test_all_events_arrive_in_order(case: Case) -> None:
    case.broker.publish(EVENTS[:30])
    case.broker.publish(EVENTS[30:])
    case.broker.close()
    received = case.received()
    for name in ("ann", "小明"):  # Kafka keeps the order within a conversation
        mine = [event for event in EVENTS if event["sender_id"] == name]
        assert [event for event in received if event["sender_id"] == name] == mine
    assert len(received) == len(EVENTS)


def test_headers_of_an_export_arrive(rabbit_server: Any, tmp_path: Path) -> None:
    name = uuid.uuid4().hex
    url = f"amqp://127.0.0.1:{rabbit_server.port}"
    broker = opened(tmp_path, url=url, queues=name, exchange_name=name)  # pika is what Rasa takes by default
    broker.publish(EVENTS[:1], headers={"rasa-export-process-id": "7"})
    broker.close()
    assert drain_queue(rabbit_server.port, name, headers=True) == [{"rasa-export-process-id": "7"}]


@pytest.mark.parametrize(
    "endpoint",
    [
        {"type": "pika", "url": "127.0.0.1", "port": 1},
        {"type": "file", "path": "/dev/null/events"},
        {"type": "sql", "db": "/no/such/folder/e.db"},
        {"type": "own_broker.Broken"},
    ],
    ids=lambda endpoint: endpoint["type"],
)
def test_a_broker_that_is_away_says_so(endpoint: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "own_broker.py").write_text(OWN, "utf-8")
    broker = opened(tmp_path, **endpoint)
    with pytest.raises(BrokerUnavailable):
        broker.publish(EVENTS[:1])
    broker.close()


def test_a_kafka_that_is_away_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = pytest.importorskip("chatwright.brokers.kafka", reason="needs Kafka's driver")
    monkeypatch.setattr(kafka, "TIMEOUT_S", 0.5)
    broker = opened(tmp_path, type="kafka", url="127.0.0.1:1", security_protocol="plaintext")
    with pytest.raises(BrokerUnavailable, match="Kafka did not take the events"):
        broker.publish(EVENTS[:1])


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ({"type": "pikka"}, "did you mean 'pika'"),
        ({"type": "no_such_module.Broker"}, "cannot be made"),
        ({"type": "file", "pth": "x"}, "pth"),
        ({"type": "kafka"}, "'url' is missing"),
        ({"type": "pika", "port": "many"}, "many"),
    ],
)
def test_a_wrong_entry_is_explained(endpoint: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=told) as raised:
        opened(tmp_path, **endpoint)
    assert raised.value.location is not None
    assert raised.value.location.file == "endpoints.yml"
