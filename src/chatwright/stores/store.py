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
import itertools
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from chatwright.errors import ConversationBusy, StoreError, StoreUnavailable
from chatwright.schema.events import Event, ReminderCancelled, ReminderScheduled
from chatwright.schema.messages import UserMessage, new_id
from chatwright.stores import migrations, outbox, tables, units
from chatwright.stores.database import Database, open_database
from chatwright.stores.desk import Desk
from chatwright.stores.encoding import check_id
from chatwright.stores.leases import RENEW_S, Locks, RedisLocks
from chatwright.stores.outbox import Parcel
from chatwright.stores.profiles import ProfileChange
from chatwright.stores.records import Recalled, StoredTurn, Timer
from chatwright.stores.units import Admission, Changes, Hold

__all__ = ["ConversationStore", "StoreEdit", "StoreTurn"]

POLL_S = (0.005, 0.01, 0.02, 0.05)
"""How long to wait before asking again for a lease that another process holds."""

_Write = Callable[[Callable[[Connection], None]], Awaitable[None]]


@dataclass(slots=True)
class StoreEdit:
    """A conversation held for writing."""

    recalled: Recalled
    _hold: Hold | None = field(repr=False, default=None)
    _write: _Write | None = field(repr=False, default=None)
    _to_broker: bool = False

    @property
    def snapshot(self) -> Mapping[str, Any] | None:
        """The newest snapshot."""
        return self.recalled.snapshot

    @property
    def tail(self) -> Sequence[Event]:
        """The events since the snapshot, or all."""
        return self.recalled.tail

    @property
    def number(self) -> int:
        """Of this turn in the conversation, from 1."""
        return self.recalled.turns + 1

    @property
    def version(self) -> tuple[float, int]:
        """Of the conversation: which one, and how often it was held. Nobody wrote between it and the next."""
        return (self._hold.created, self._hold.token) if self._hold else (0.0, 0)

    async def commit(
        self,
        events: Sequence[Event],
        *,
        why: Mapping[str, Any] | None = None,
        turn: int | None = None,
        snapshot: Mapping[str, Any] | None = None,
        reminders: Sequence[ReminderScheduled | ReminderCancelled] = (),
        user_spoke: bool = False,
        delivered: Timer | None = None,
        profile: ProfileChange | None = None,
    ) -> None:
        """Append events and what belongs to them, once; the conversation is then free for others.

        Args:
            why: trace of the turn.
            turn: number of the turn, when this is one.
            snapshot: what the conversation amounts to with these events.
            reminders: those among the events that are to have an effect.
            user_spoke: whether reminders that a message stops are stopped.
            delivered: the reminder whose turn this is; it is gone with the commit.
            profile: what changes in the profile of the user.

        Raises:
            RequestError: that reminder was delivered or cancelled meanwhile (status 409).
            LeaseLost: another process took the conversation over; nothing was written.
            StoreUnavailable: nothing was written.
        """
        await self._keep(
            Changes(
                events=events,
                why=why,
                turn=turn,
                snapshot=snapshot,
                reminders=reminders,
                user_spoke=user_spoke,
                delivered=delivered,
                profile=profile,
                to_broker=self._to_broker,
            )
        )

    async def replace(self, events: Sequence[Event]) -> None:
        """Put these events in the place of all others, once, instead of ``commit``."""
        write, hold = self._once()
        await write(
            lambda connection: units.replace_events(connection, hold, events, to_broker=self._to_broker)
        )

    async def _keep(self, changes: Changes) -> None:
        write, hold = self._once()
        await write(lambda connection: units.commit(connection, hold, changes))

    def _once(self) -> tuple[_Write, Hold]:
        if self._write is None or self._hold is None:
            raise StoreError("the conversation is not held any more", fix="commit once, inside the block")
        write, self._write = self._write, None
        return write, self._hold


@dataclass(slots=True)
class StoreTurn(StoreEdit):
    """A message under way; ``replay`` holds the stored answer when it had been answered before."""

    replay: StoredTurn | None = None
    attempt: int = 1
    message: UserMessage | None = None

    async def commit(  # type: ignore[override]
        self,
        events: Sequence[Event],
        *,
        replies: Sequence[Mapping[str, Any]],
        why: Mapping[str, Any] | None = None,
        snapshot: Mapping[str, Any] | None = None,
        reminders: Sequence[ReminderScheduled | ReminderCancelled] = (),
        user_spoke: bool = True,
        user: str | None = None,
        profile: ProfileChange | None = None,
    ) -> None:
        """Keep the turn and its answer; see ``StoreEdit.commit``. ``user`` says whose the conversation is."""
        assert self.message is not None  # noqa: S101 - set by the store with the message
        await self._keep(
            Changes(
                events=events,
                why=why,
                turn=self.number,
                snapshot=snapshot,
                reminders=reminders,
                user_spoke=user_spoke,
                message_id=self.message.message_id,
                replies=replies,
                channel=self.message.channel,
                user=user,
                profile=profile,
                to_broker=self._to_broker,
            )
        )


class ConversationStore(Desk):
    """Keeps conversations. Open it with ``await ConversationStore.open(url)``."""

    def __init__(self, database: Database, locks: Locks | None = None, *, to_broker: bool = False) -> None:
        super().__init__(database)
        self._locks = locks
        self._to_broker = to_broker
        self.owner = f"{socket.gethostname()[:20]}-{os.getpid()}-{new_id()[:8]}"
        self._line: dict[str, asyncio.Future[None]] = {}

    @classmethod
    async def open(
        cls, url: str, *, lock_url: str | None = None, to_broker: bool = False
    ) -> ConversationStore:
        """Connect, and bring the tables up to date.

        Args:
            url: ``sqlite:///path``, ``sqlite://`` (in memory) or ``postgresql://…``.
            lock_url: ``redis://…`` to keep leases in Redis instead of the database.
            to_broker: keep new events in the outbox, too, until an event broker has them.

        Raises:
            StoreError: the URL is wrong.
            StoreUnavailable: the database cannot be reached or written.
        """
        database = open_database(url)
        try:
            await database.write(migrations.upgrade)
            return cls(database, RedisLocks(lock_url) if lock_url else None, to_broker=to_broker)
        except BaseException:
            database.close()
            raise

    async def claim_outbox(self, *, limit: int = 100) -> list[Parcel]:
        """The oldest parcels for the event broker; none while another process sends them."""
        # A look first: the usual answer is "none", and needs no write.
        any_row = select(tables.outbox.c.id).limit(1)
        if (await self._database.read(lambda connection: connection.execute(any_row).first())) is None:
            return []
        return await self._database.write(lambda c: outbox.claim(c, self.owner, limit))

    async def finish_outbox(self, parcels: Sequence[Parcel]) -> None:
        """The event broker has these parcels, perhaps none; others may claim the rest."""
        await self._database.write(lambda connection: outbox.finish(connection, parcels))

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
        check_id("conversation", message.conversation)
        check_id("message", message.message_id)
        admit = functools.partial(
            units.admit, message=message, owner=self.owner, locked=self._locks is not None
        )
        async with self._held(message.conversation, wait_s, admit, message) as (admission, write):
            yield StoreTurn(
                recalled=admission.recalled or Recalled(),
                _hold=admission.hold,
                _write=write,
                _to_broker=self._to_broker,
                replay=admission.replay,
                attempt=admission.attempt,
                message=message,
            )

    @contextlib.asynccontextmanager
    async def edit(self, conversation: str, *, wait_s: float = 60.0) -> AsyncIterator[StoreEdit]:
        """Hold the conversation to change it without a message. Raises as ``turn`` does."""
        check_id("conversation", conversation)
        enter = functools.partial(
            units.enter, conversation=conversation, owner=self.owner, locked=self._locks is not None
        )
        async with self._held(conversation, wait_s, enter, None) as (admission, write):
            assert admission.recalled is not None  # noqa: S101 - an admitted edit is recalled
            yield StoreEdit(
                recalled=admission.recalled,
                _hold=admission.hold,
                _write=write,
                _to_broker=self._to_broker,
            )

    @contextlib.asynccontextmanager
    async def _held(
        self,
        conversation: str,
        wait_s: float,
        ask: Callable[[Connection], Admission],
        message: UserMessage | None,
    ) -> AsyncIterator[tuple[Admission, _Write | None]]:
        """The conversation from asking for it to giving it back."""
        deadline = time.monotonic() + wait_s
        async with self._in_line(conversation, deadline, message):
            admission = await self._admitted(conversation, deadline, ask, message)
            hold = admission.hold
            if hold is None:
                yield admission, None
                return
            committed = False

            async def write(unit: Callable[[Connection], None]) -> None:
                nonlocal committed
                await self._database.write(unit)
                committed = True

            heartbeat = _Heartbeat(lambda: self._renew(hold))
            try:
                yield admission, write
            finally:
                heartbeat.stop()
                if not committed:
                    await asyncio.shield(self._leave(hold, message))
                else:
                    await self._unlock(conversation)

    async def _admitted(
        self,
        conversation: str,
        deadline: float,
        ask: Callable[[Connection], Admission],
        message: UserMessage | None,
    ) -> Admission:
        """Ask until the conversation is ours, the message proves answered, or time is up."""
        try:
            for attempt in itertools.count():
                if self._locks is None or await self._locks.take(conversation, self.owner):
                    admission = await self._asked(ask, message)
                    if admission.hold is not None:
                        return admission
                    await self._unlock(conversation)
                    if admission.replay is not None:
                        return admission
                elif attempt == 0:
                    await self._receive(message)
                if time.monotonic() > deadline:
                    break
                await asyncio.sleep(POLL_S[min(attempt, len(POLL_S) - 1)])
            raise ConversationBusy(
                f"conversation {conversation!r} is still being answered by another process",
                fix="send the message again with the same id in a moment",
            )
        except BaseException:
            await self._unlock(conversation)
            await self._withdraw(message)
            raise

    async def _asked(self, ask: Callable[[Connection], Admission], message: UserMessage | None) -> Admission:
        """Ask once. Whoever stops waiting for the answer holds nothing."""
        asked = self._database.write(ask)
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception, asyncio.CancelledError):
                admission = await asked
                if admission.hold is not None:
                    await self._leave(admission.hold, message)
            raise

    async def _leave(self, hold: Hold, message: UserMessage | None) -> None:
        message_id = message.message_id if message else None
        with contextlib.suppress(StoreUnavailable):  # then the lease ends by itself
            await self._database.write(lambda connection: units.leave(connection, hold, message_id))
        await self._unlock(hold.conversation)

    async def _receive(self, message: UserMessage | None) -> None:
        """Give a message that has to wait its place in the inbox."""
        if message is not None:
            receive = functools.partial(units.receive, message=message, owner=self.owner)
            await self._database.write(receive)

    async def _withdraw(self, message: UserMessage | None) -> None:
        """Take back a message that was never begun."""
        if message is not None:
            withdraw = functools.partial(units.withdraw, message=message, owner=self.owner)
            with contextlib.suppress(StoreUnavailable):  # then it counts as left by a crash
                await asyncio.shield(self._database.write(withdraw))

    async def _unlock(self, conversation: str) -> None:
        if self._locks is not None:
            with contextlib.suppress(StoreUnavailable):  # then the lease ends by itself
                await asyncio.shield(self._locks.release(conversation, self.owner))

    async def _renew(self, hold: Hold) -> None:
        if self._locks is not None:
            await self._locks.renew(hold.conversation, self.owner)
        await self._database.write(lambda connection: units.renew(connection, hold, self.owner))

    @contextlib.asynccontextmanager
    async def _in_line(
        self, conversation: str, deadline: float, message: UserMessage | None
    ) -> AsyncIterator[None]:
        """First come, first served: each waits for the one before it in this process.

        A message that waits is in the inbox meanwhile, and so keeps its place among all processes.
        """
        before = self._line.get(conversation)
        mine = asyncio.get_running_loop().create_future()
        self._line[conversation] = mine
        try:
            if before is not None and not before.done():
                await self._wait_for(before, conversation, deadline, message)
            yield
        finally:
            if before is None or before.done():
                self._step_aside(conversation, mine)
            else:
                before.add_done_callback(lambda _: self._step_aside(conversation, mine))

    async def _wait_for(
        self,
        before: asyncio.Future[None],
        conversation: str,
        deadline: float,
        message: UserMessage | None,
    ) -> None:
        try:
            await self._receive(message)
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                await asyncio.shield(before)
        except BaseException as error:
            await self._withdraw(message)
            if isinstance(error, TimeoutError):
                raise ConversationBusy(
                    f"conversation {conversation!r} is still answering earlier messages",
                    fix="send the message again with the same id in a moment",
                ) from None
            raise

    def _step_aside(self, conversation: str, mine: asyncio.Future[None]) -> None:
        if not mine.done():
            mine.set_result(None)
        if self._line.get(conversation) is mine:
            del self._line[conversation]


class _Heartbeat:
    """Renews a lease every ``RENEW_S`` until stopped. Short turns never get to renew."""

    def __init__(self, renew: Callable[[], Awaitable[None]]) -> None:
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
