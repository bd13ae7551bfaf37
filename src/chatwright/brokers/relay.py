"""From the store's outbox to the event broker, beside the turns and never in their way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from chatwright.brokers.broker import Broker, open_broker
from chatwright.errors import BrokerUnavailable, StoreError
from chatwright.project.endpoints import Endpoints
from chatwright.stores.store import ConversationStore

__all__ = ["Relay", "relaying"]

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
RETRY_S = (1.0, 2.0, 5.0, 15.0, 30.0)
"""How long to wait after each failure in a row."""
BATCH = 100
"""Commits sent at once."""
LAST_S = 5.0
"""So long a bot that stops goes on sending; the rest waits in the store for its next start."""


class Relay:
    """Sends what waits in the outbox, oldest first, until the broker has it: at least once, in order."""

    def __init__(self, store: ConversationStore, broker: Broker) -> None:
        self._store = store
        self._broker = broker
        self._failures = 0
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Send until ``stop`` is called, and then what is left, if the broker takes it."""
        while not self._stopped.is_set():
            pause = await self._turn()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), pause)
        await self.empty()

    def stop(self) -> None:
        """Let ``run`` come to its end; what is being sent is not broken off."""
        self._stopped.set()

    async def send(self) -> int:
        """Send once; gives the number of events sent.

        Raises:
            BrokerUnavailable: the broker did not take them; they stay where they are.
            StoreError: the store failed.
        """
        parcels = await self._store.claim_outbox(limit=BATCH)
        events = [event for parcel in parcels for event in parcel.events]
        if not events:
            return 0
        try:
            await asyncio.to_thread(self._broker.publish, events)
        except BrokerUnavailable:
            await self._store.finish_outbox([])
            raise
        await self._store.finish_outbox(parcels)
        return len(events)

    async def empty(self) -> None:
        """Send until nothing is left, or sending fails."""
        with contextlib.suppress(BrokerUnavailable, StoreError):
            while await self.send():
                pass

    async def _turn(self) -> float:
        """Send once; gives the seconds until the next time."""
        try:
            sent = await self.send()
        except (BrokerUnavailable, StoreError) as error:
            wait = RETRY_S[min(self._failures, len(RETRY_S) - 1)]
            log = logger.debug if self._failures else logger.error
            log("%s; the events wait in the store", error)
            self._failures += 1
            return wait
        except Exception:
            logger.exception("sending events failed")
            return RETRY_S[-1]
        if sent and self._failures:
            logger.info("the event broker is back")
            self._failures = 0
        return 0.0 if sent else LOOK_EVERY_S


@contextlib.asynccontextmanager
async def relaying(store: ConversationStore, endpoints: Endpoints, root: Path) -> AsyncIterator[None]:
    """Send events while the block runs, where ``endpoints`` name a broker, and what is left at its end.

    Raises:
        ProjectError, MissingExtraError: as ``open_broker``.
    """
    if endpoints.event_broker is None:
        yield
        return
    relay = Relay(store, broker := await asyncio.to_thread(open_broker, endpoints.event_broker, root))
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        relay.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(task, LAST_S)
        await asyncio.to_thread(broker.close)
