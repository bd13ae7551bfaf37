"""Events leave the store in order, at least once, whatever becomes of the broker; turns never wait for it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from brokers_rabbit import drain_queue
from chatwright.bot import Bot
from chatwright.brokers.broker import open_broker
from chatwright.brokers.relay import Relay
from chatwright.errors import BrokerUnavailable
from chatwright.project.endpoints import BrokerEndpoint, Endpoints
from chatwright.schema.events import ActionExecuted, BotUttered
from chatwright.schema.messages import UserMessage
from chatwright.stores.store import ConversationStore
from chatwright.trainer import train
from small_bot import write_project


class Listed:
    """A broker in memory; away, slow, or dying halfway where told."""

    def __init__(self) -> None:
        self.received: list[Mapping[str, Any]] = []
        self.away = False
        self.dies_after: int | None = None
        self.slow_s = 0.0

    def publish(
        self, events: Sequence[Mapping[str, Any]], *, headers: Mapping[str, str] | None = None
    ) -> None:
        time.sleep(self.slow_s)
        if self.away:
            raise BrokerUnavailable("away")
        if self.dies_after is not None:
            self.received += events[: self.dies_after]
            raise BrokerUnavailable("died")
        self.received += events

    def close(self) -> None:
        pass


async def say(store: ConversationStore, text: str, conversation: str = "ann") -> None:
    message = UserMessage(text=text, conversation=conversation, message_id=text)
    async with store.turn(message) as turn:
        events = [ActionExecuted(name="action_listen"), BotUttered(text=text)]
        await turn.commit(events, replies=[])


@pytest.fixture
async def store(tmp_path: Path):
    opened = await ConversationStore.open(f"sqlite:///{tmp_path}/c.sqlite", to_broker=True)
    yield opened
    await opened.close()


def texts(broker: Listed) -> list[str]:
    return [event["text"] for event in broker.received if event["event"] == "bot"]


async def test_nothing_is_lost_while_the_broker_is_away(store: ConversationStore) -> None:
    broker = Listed()
    relay = Relay(store, broker)
    broker.away = True
    for number in range(5):
        await say(store, str(number))
    with pytest.raises(BrokerUnavailable):
        await relay.send()
    broker.away = False
    await relay.empty()
    assert texts(broker) == ["0", "1", "2", "3", "4"]
    assert {event["sender_id"] for event in broker.received} == {"ann"}
    assert await relay.send() == 0


async def test_what_may_have_arrived_is_sent_again(store: ConversationStore) -> None:
    broker = Listed()
    broker.dies_after = 3
    await say(store, "a")
    await say(store, "b")
    with pytest.raises(BrokerUnavailable):
        await Relay(store, broker).send()
    broker.dies_after = None
    await Relay(store, broker).empty()
    assert texts(broker) == ["a", "a", "b"]


async def test_it_is_there_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.sqlite"
    first = await ConversationStore.open(url, to_broker=True)
    await say(first, "before")
    await first.close()
    broker, second = Listed(), await ConversationStore.open(url, to_broker=True)
    await Relay(second, broker).empty()
    await second.close()
    assert texts(broker) == ["before"]


async def test_one_process_sends_at_a_time(store: ConversationStore, tmp_path: Path) -> None:
    other = await ConversationStore.open(f"sqlite:///{tmp_path}/c.sqlite", to_broker=True)
    await say(store, "a")
    assert len(await store.claim_outbox()) == 1
    assert await other.claim_outbox() == []
    await other.close()


async def test_without_a_broker_nothing_is_kept_for_one(tmp_path: Path) -> None:
    store = await ConversationStore.open(f"sqlite:///{tmp_path}/c.sqlite")
    await say(store, "a")
    assert await store.claim_outbox() == []
    await store.close()


async def test_an_erased_conversation_is_not_sent(store: ConversationStore) -> None:
    await say(store, "secret")
    await say(store, "other", conversation="bob")
    await store.erase("ann")
    broker = Listed()
    await Relay(store, broker).empty()
    assert texts(broker) == ["other"]


async def test_a_slow_broker_slows_no_turn(store: ConversationStore) -> None:
    broker = Listed()
    broker.slow_s = 3.0
    await say(store, "first")
    sending = asyncio.create_task(Relay(store, broker).run())
    await asyncio.sleep(0.2)
    await say(store, "second")
    assert broker.received == []  # the turn was kept while the broker was still busy with the one before
    sending.cancel()


async def test_all_events_of_a_bot_leave_as_rasa_sends_them(tmp_path: Path) -> None:
    project = write_project(tmp_path / "bot")
    train(project)
    (project / "endpoints.yml").write_text("event_broker:\n  type: file\n  path: events.log\n", "utf-8")
    bot = await Bot.load(project=project)
    await bot.handle("hello", conversation="ann")
    await bot.handle("/order_pizza", conversation="ann")
    kept = [event.to_json() for event in await bot.store.events("ann")]
    await bot.close()
    lines = (project / "events.log").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"sender_id": "ann", **event} for event in kept]


async def test_rabbitmq_may_go_and_come_back(rabbit_server: Any, store: ConversationStore) -> None:
    endpoint = BrokerEndpoint.model_validate(
        {"type": "pika", "url": "127.0.0.1", "port": rabbit_server.port, "queues": ["relay"]}
    )
    relay = Relay(store, broker := open_broker(endpoint, Path()))
    await say(store, "before")
    await relay.send()
    rabbit_server.stop()
    await say(store, "meanwhile")
    with pytest.raises(BrokerUnavailable):
        await relay.send()
    await asyncio.to_thread(rabbit_server.start)
    await relay.empty()
    await asyncio.to_thread(broker.close)
    received = drain_queue(rabbit_server.port, "relay")
    assert [event["text"] for event in received if event["event"] == "bot"] == ["before", "meanwhile"]


def test_endpoints_name_the_broker() -> None:
    assert Endpoints.model_validate({"event_broker": {"type": "Kafka"}}).event_broker.kind == "kafka"  # type: ignore[union-attr]
