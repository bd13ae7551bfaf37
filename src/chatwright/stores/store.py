"""The conversation store: events, inbox, leases, snapshots, timers.

The turn contract. Transaction A puts the message in the inbox, takes the lease of the conversation
and recalls it. Then the bot works, with no transaction open. Transaction B checks the fencing token
and keeps events, replies and the finished message together. So an answered message is on disk, an
unanswered one wholly or not at all, and a redelivered one gets the stored answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from chatwright.errors import ConversationBusy, StoreError, StoreUnavailable
from chatwright.schema.events import Event, ReminderCancelled, ReminderScheduled
from chatwright.schema.messages import UserMessage, new_id
from chatwright.stores import migrations, units
from chatwright.stores.database import Database, open_database
from chatwright.stores.desk import Desk
from chatwright.stores.leases import RENEW_S, Locks, RedisLocks, renew_lease
from chatwright.stores.records import StoredTurn
from chatwright.stores.units import Admission, Changes

__all__ = ["ConversationStore", "StoreEdit", "StoreTurn"]

POLL_S = (0.01, 0.02, 0.05, 0.1)
"""How long to wait before asking again for a lease that another process holds."""


@dataclass(slots=True)
class StoreEdit:
    """A conversation held for writing."""

    snapshot: dict[str, Any] | None
    tail: Sequence[Event]
    turns: int
    _write: Callable[[Callable[[Connection, int], None]], Any] = field(repr=False)
    committed: bool = False

    async def commit(
        self,
        events: Sequence[Event],
        *,
        why: dict[str, Any] | None = None,
        turn: int | None = None,
        snapshot: dict[str, Any] | None = None,
        reminders: Sequence[ReminderScheduled] = (),
        cancelled: Sequence[ReminderCancelled] = (),
        user_spoke: bool = False,
    ) -> None:
        """Append events and what belongs to them.

        Raises:
            LeaseLost: another process took the conversation over.
            StoreUnavailable: nothing was written.
        """
        await self._keep(
            Changes(
                events=events,
                why=why,
                turn=turn,
                snapshot=snapshot,
                reminders=reminders,
                cancelled=cancelled,
                user_spoke=user_spoke,
            )
        )

    async def replace(self, events: Sequence[Event]) -> None:
        """Put these events in the place of all others."""
        await self._write(
            lambda c, token: units.replace_events(c, self._conversation, token, events, self._locked)
        )
        self.committed = True

    async def _keep(self, changes: Changes) -> None:
        await self._write(lambda c, token: units.commit(c, self._conversation, token, changes, self._locked))
        self.committed = True

    _conversation: str = ""
    _locked: bool = False


@dataclass(slots=True)
class StoreTurn(StoreEdit):
    """A message under way; ``replay`` holds the stored answer when it had been answered before."""

    replay: StoredTurn | None = None
    attempt: int = 1
    message: UserMessage | None = None

    @property
    def number(self) -> int:
        """Of this turn in the conversation, from 1."""
        return self.turns + 1

    async def commit(  # type: ignore[override]
        self,
        events: Sequence[Event],
        *,
        replies: Sequence[dict[str, Any]],
        why: dict[str, Any] | None = None,
        snapshot: dict[str, Any] | None = None,
        reminders: Sequence[ReminderScheduled] = (),
        cancelled: Sequence[ReminderCancelled] = (),
        user_spoke: bool = True,
    ) -> None:
        """Keep the turn; see ``StoreEdit.commit``."""
        assert self.message is not None  # noqa: S101 - set by the store with the message
        await self._keep(
            Changes(
                events=events,
                why=why,
                turn=self.number,
                snapshot=snapshot,
                reminders=reminders,
                cancelled=cancelled,
                user_spoke=user_spoke,
                message_id=self.message.message_id,
                replies=replies,
                channel=self.message.channel,
            )
        )


class ConversationStore(Desk):
    """Keeps conversations. Open it with ``await ConversationStore.open(url)``."""

    def __init__(self, database: Database, locks: Locks | None = None) -> None:
        super().__init__(database)
        self._locks = locks
        self.owner = f"{socket.gethostname()[:20]}-{os.getpid()}-{new_id()[:8]}"
        self._queues: dict[str, tuple[asyncio.Lock, int]] = {}

    @classmethod
    async def open(cls, url: str, *, lock_url: str | None = None) -> ConversationStore:
        """Connect, and bring the tables up to date.

        Args:
            url: ``sqlite:///path``, ``sqlite://`` (in memory) or ``postgresql://…``.
            lock_url: ``redis://…`` to keep leases in Redis instead of the database.

        Raises:
            StoreError: the URL is wrong.
            StoreUnavailable: the database cannot be reached or written.
        """
        database = open_database(url)
        try:
            await database.write(_migrate)
        except BaseException:
            database.close()
            raise
        return cls(database, RedisLocks(lock_url) if lock_url else None)

    async def close(self) -> None:
        """Finish what is queued and close."""
        if self._locks is not None:
            await self._locks.close()
        await asyncio.to_thread(self._database.close)

    @contextlib.asynccontextmanager
    async def turn(self, message: UserMessage, *, wait_s: float = 60.0) -> AsyncIterator[StoreTurn]:
        """Hold the conversation for one message.

        Raises:
            ConversationBusy: earlier messages took longer than ``wait_s``.
            RequestError: the message id was used for another text (status 409).
            StoreUnavailable: the store failed; nothing was kept.
        """

        def admit(connection: Connection, token: int | None) -> Admission:
            return units.admit(connection, message, self.owner, token, self._locks is not None)

        async with self._held(message.conversation, wait_s, admit, message.message_id) as (admission, write):
            recalled = admission.recalled
            yield StoreTurn(
                snapshot=recalled.snapshot if recalled else None,
                tail=recalled.tail if recalled else (),
                turns=recalled.turns if recalled else 0,
                _write=write,
                _conversation=message.conversation,
                _locked=self._locks is not None,
                replay=admission.replay,
                attempt=admission.attempt,
                message=message,
            )

    @contextlib.asynccontextmanager
    async def edit(self, conversation: str, *, wait_s: float = 60.0) -> AsyncIterator[StoreEdit]:
        """Hold the conversation to change it without a message."""

        def enter(connection: Connection, token: int | None) -> Admission:
            return units.enter(connection, conversation, self.owner, token, self._locks is not None)

        async with self._held(conversation, wait_s, enter, None) as (admission, write):
            assert admission.recalled is not None  # noqa: S101 - an admitted edit is recalled
            yield StoreEdit(
                snapshot=admission.recalled.snapshot,
                tail=admission.recalled.tail,
                turns=admission.recalled.turns,
                _write=write,
                _conversation=conversation,
                _locked=self._locks is not None,
            )

    @contextlib.asynccontextmanager
    async def _held(
        self,
        conversation: str,
        wait_s: float,
        ask: Callable[..., Admission],
        message_id: str | None,
    ) -> AsyncIterator[tuple[Admission, Any]]:
        """The lease, from asking for it to giving it back."""
        deadline = time.monotonic() + wait_s
        async with self._in_line(conversation, deadline):
            admission = await self._admitted(conversation, deadline, ask)
            if admission.replay is not None or admission.token is None:
                yield admission, None
                return
            token, committed = admission.token, False

            async def write(unit: Callable[[Connection, int], None]) -> None:
                nonlocal committed
                await self._database.write(lambda connection: unit(connection, token))
                committed = True

            heartbeat = _Heartbeat(lambda: self._renew(conversation, token))
            try:
                yield admission, write
            finally:
                heartbeat.stop()
                if not committed:
                    await asyncio.shield(self._leave(conversation, token, message_id))
                elif self._locks is not None:
                    await asyncio.shield(self._locks.release(conversation, self.owner))

    async def _admitted(self, conversation: str, deadline: float, ask: Callable[..., Admission]) -> Admission:
        """Ask until the lease is ours, the message proves answered, or time is up."""
        for attempt in range(1_000_000):
            token = None
            if self._locks is not None:
                token = await self._locks.take(conversation, self.owner)
            if self._locks is None or token is not None:
                admission = await self._database.write(functools.partial(ask, token=token))
                if admission.replay is not None or admission.token is not None:
                    if admission.replay is not None and self._locks is not None:
                        await self._locks.release(conversation, self.owner)
                    return admission
                if self._locks is not None:
                    await self._locks.release(conversation, self.owner)
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(POLL_S[min(attempt, len(POLL_S) - 1)])
        raise ConversationBusy(
            f"conversation {conversation!r} is still being answered by another process",
            fix="send the message again with the same id in a moment",
        )

    async def _leave(self, conversation: str, token: int, message_id: str | None) -> None:
        locked = self._locks is not None
        with contextlib.suppress(StoreUnavailable):  # then the lease ends by itself
            await self._database.write(lambda c: units.leave(c, conversation, token, message_id, locked))
        if self._locks is not None:
            await self._locks.release(conversation, self.owner)

    async def _renew(self, conversation: str, token: int) -> None:
        if self._locks is not None:
            await self._locks.renew(conversation, self.owner)
        else:
            now = time.time()
            await self._database.write(lambda c: renew_lease(c, conversation, token, now))

    @contextlib.asynccontextmanager
    async def _in_line(self, conversation: str, deadline: float) -> AsyncIterator[None]:
        """First come, first served among the messages of a conversation in this process."""
        lock, waiting = self._queues.get(conversation, (asyncio.Lock(), 0))
        self._queues[conversation] = (lock, waiting + 1)
        try:
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    await lock.acquire()
            except TimeoutError:
                raise ConversationBusy(
                    f"conversation {conversation!r} is still answering earlier messages",
                    fix="send the message again with the same id in a moment",
                ) from None
            try:
                yield
            finally:
                lock.release()
        finally:
            lock, waiting = self._queues[conversation]
            if waiting == 1:
                del self._queues[conversation]
            else:
                self._queues[conversation] = (lock, waiting - 1)


class _Heartbeat:
    """Renews a lease every ``RENEW_S`` until stopped. Short turns never get to renew."""

    def __init__(self, renew: Callable[[], Any]) -> None:
        self._renew = renew
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._handle = self._loop.call_later(RENEW_S, self._beat)

    def stop(self) -> None:
        self._handle.cancel()

    def _beat(self) -> None:
        self._task = self._loop.create_task(self._once())
        self._handle = self._loop.call_later(RENEW_S, self._beat)

    async def _once(self) -> None:
        with contextlib.suppress(StoreError):  # the commit will find out whether the lease was lost
            await self._renew()


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Workers that start together migrate one after the other.
        connection.execute(text("SELECT pg_advisory_xact_lock(727073)"))
    migrations.upgrade(connection)
