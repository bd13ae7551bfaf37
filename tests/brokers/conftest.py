"""A RabbitMQ of our own, and Kafka's protocol as librdkafka's own stand-in speaks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import free_port

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class RabbitServer:
    """A RabbitMQ on a free port, which can be stopped and started in the middle of a test."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chatwright-rabbit-"))
        self.port = free_port()
        self.environment = {
            **os.environ,
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(free_port()),
            "RABBITMQ_NODENAME": f"chatwright-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
        }
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text("vm_memory_high_watermark.relative = 0.2\n")
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [SERVER], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 150
        try:
            while not self._is_up():
                assert self.process.poll() is None, "RabbitMQ ended"
                assert time.monotonic() < deadline, "RabbitMQ does not start"
                time.sleep(0.1)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def remove(self) -> None:
        self.stop()
        subprocess.run(["epmd", "-kill"], env=self.environment, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_up(self) -> bool:
        import pika
        from pika.exceptions import AMQPError

        try:
            pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.port)).close()
        except (AMQPError, OSError):
            return False
        return True


@pytest.fixture(scope="session")
def rabbit_server() -> Iterator[RabbitServer]:
    pytest.importorskip("pika", reason="needs RabbitMQ's driver: pip install 'chatwright[brokers]'")
    if not SERVER.exists():
        pytest.skip("needs RabbitMQ: apt-get install rabbitmq-server")
    server = RabbitServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def kafka_address() -> Iterator[str]:
    """A cluster that librdkafka plays (``test.mock.num.brokers``): Kafka's protocol over TCP, no Kafka.

    ``CHATWRIGHT_TEST_KAFKA`` (host:port) names a real one instead.
    """
    kafka = pytest.importorskip(
        "confluent_kafka", reason="needs Kafka's driver: pip install 'chatwright[brokers]'"
    )
    if address := os.environ.get("CHATWRIGHT_TEST_KAFKA"):
        yield address
        return
    cluster = kafka.Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored"})
    brokers = cluster.list_topics(timeout=20).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    del cluster
