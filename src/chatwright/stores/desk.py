"""Everything a store does beside turns: reading, listing, erasing, backing up, reminders, bundles."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, literal, or_, select, update

from chatwright.errors import StoreError
from chatwright.schema.events import Event, event_from_json
from chatwright.schema.messages import UserMessage
from chatwright.stores import archive, profiles, tables, units
from chatwright.stores.database import Database
from chatwright.stores.encoding import check_id, decode, encode
from chatwright.stores.leases import LEASE_S, is_running
from chatwright.stores.profiles import UserInfo
from chatwright.stores.records import ConversationInfo, Timer

__all__ = ["Desk"]

CLAIM_S = 60.0
"""A claimed timer that is not finished by then is handed out again."""
ANSWERS_KEPT_S = 7 * 24 * 3600.0
"""How long the same message gets its stored answer again: well over what channels go on delivering."""
PAGE = 500
_CURRENT = "bundle"


class Desk:
    """The part of the conversation store that needs no lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, conversation: str) -> tuple[dict[str, Any] | None, Sequence[Event]]:
        """The newest snapshot, if any, and the events after it; nothing for an unknown conversation."""
        found = await self._database.read(lambda connection: units.recall(connection, conversation))
        return found.snapshot, found.tail

    async def events(self, conversation: str, *, after: int = 0, limit: int | None = None) -> list[Event]:
        """Events in order; ``after`` is the number of leading events to skip."""
        rows = await self._database.read(
            lambda connection: units.read_events(connection, conversation, after=after, limit=limit)
        )
        return [event_from_json(decode(row)) for row in rows]

    async def why(self, conversation: str, *, turn: int | None = None) -> list[dict[str, Any]]:
        """The kept traces of all turns, or of one."""
        query = select(tables.why.c.data).where(tables.why.c.conversation == conversation)
        if turn is not None:
            query = query.where(tables.why.c.turn == turn)
        rows = await self._database.read(lambda c: c.execute(query.order_by(tables.why.c.id)).scalars().all())
        return [decode(row) for row in rows]

    async def conversations(
        self, *, limit: int = 50, before: tuple[float, str] | None = None, search: str | None = None
    ) -> list[ConversationInfo]:
        """Conversations, the latest first.

        Args:
            before: ``(updated, id)`` of the last line of the page before.
            search: part of the id.
        """
        table = tables.conversations
        query = select(table).order_by(table.c.updated.desc(), table.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(
                or_(
                    table.c.updated < before[0],
                    and_(table.c.updated == before[0], table.c.id < before[1]),
                )
            )
        if search:
            query = query.where(table.c.id.contains(search, autoescape=True))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_info(row) for row in rows]

    async def conversation(self, conversation: str) -> ConversationInfo | None:
        """The line of one conversation in the list, None for an unknown one."""
        query = select(tables.conversations).where(tables.conversations.c.id == conversation)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _info(row)

    async def turns_of(self, conversations: Sequence[str]) -> dict[str, int]:
        """Number of turns of each known conversation."""
        table, found = tables.conversations, dict[str, int]()
        for start in range(0, len(conversations), PAGE):
            ids = conversations[start : start + PAGE]
            query = select(table.c.id, table.c.turns).where(table.c.id.in_(ids))
            rows = await self._database.read(lambda c, query=query: c.execute(query).all())
            found.update((row.id, row.turns) for row in rows)
        return found

    async def export(self, conversations: Sequence[str] | None = None) -> AsyncIterator[dict[str, Any]]:
        """``{"conversation", "events"}`` of each known conversation; of all when none is named.

        In the order of the ids, so that one that is spoken in meanwhile is not missed.
        """
        table = tables.conversations
        query = select(table.c.id).order_by(table.c.id).limit(PAGE)
        if conversations is not None:
            query = query.where(table.c.id.in_(conversations))
        last = ""
        while True:
            after = query.where(table.c.id > last)
            ids = await self._database.read(lambda c, page=after: c.execute(page).scalars().all())
            if not ids:
                return
            for conversation in ids:
                events = await self.events(conversation)
                yield {"conversation": conversation, "events": [event.to_json() for event in events]}
            last = ids[-1]

    async def erase(self, conversation: str) -> bool:
        """Remove every trace of a conversation, from SQLite's files too; False if it was unknown.

        PostgreSQL overwrites the bytes when it vacuums.

        Raises:
            StoreUnavailable: others read the file all the time, so that bytes may be left in its log.
        """
        known = await self._database.write(lambda connection: archive.erase(connection, conversation))
        if self._database.engine.dialect.name == "sqlite":
            await asyncio.to_thread(archive.empty_log, self._database.engine)
        return known

    async def user(self, user: str) -> UserInfo:
        """The profile of a user, empty where there is none, and the ids of their conversations."""
        return await self._database.read(lambda connection: profiles.read(connection, user))

    async def change_profile(self, user: str, values: Mapping[str, Any]) -> None:
        """Put values into the profile of a user; None takes a key out."""
        check_id("user", user)
        change = profiles.ProfileChange(user, values)
        await self._database.write(lambda connection: profiles.merge(connection, change))

    async def erase_user(self, user: str, *, conversations: bool = False) -> tuple[bool, int]:
        """Remove the profile of a user, and their conversations if wanted, as ``erase`` does.

        Returns:
            Whether there was a profile, and how many conversations are gone.
        """
        known = await self._database.write(lambda connection: profiles.forget(connection, user))
        ids = (await self.user(user)).conversations if conversations else ()
        for conversation in ids:
            await self._database.write(lambda c, one=conversation: archive.erase(c, one))
        if self._database.engine.dialect.name == "sqlite":
            await asyncio.to_thread(archive.empty_log, self._database.engine)
        return known, len(ids)

    async def backup(self, path: Path) -> int:
        """Write all conversations of one moment to ``path``; gives the number of rows.

        The same file is read by ``restore`` into SQLite and PostgreSQL.
        """
        return await self._database.read(lambda connection: archive.backup(connection, path))

    async def restore(self, path: Path) -> int:
        """Read a backup into an empty store; gives the number of rows.

        Raises:
            StoreError: the store holds conversations already, or the file is no backup.
        """
        return await self._database.write(lambda connection: archive.restore(connection, path))

    async def open_messages(self) -> list[UserMessage]:
        """Messages that a crash left unanswered: nobody works on them or says that they wait."""
        inbox, held, now = tables.inbox, tables.conversations, time.time()
        query = (
            select(inbox, held.c.leased_until)
            .outerjoin(held, held.c.id == inbox.c.conversation)
            .where(inbox.c.state == "open", inbox.c.attempts < units.MAX_ATTEMPTS)
            .order_by(inbox.c.id)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [
            UserMessage(
                text=row.text,
                conversation=row.conversation,
                message_id=row.message_id,
                channel=row.channel,
                metadata=decode(row.metadata),
                received_at=row.received,
            )
            for row in rows
            if not is_running(row.leased_until or 0.0, LEASE_S, now)
            and (row.attempts or not is_running(row.seen + LEASE_S, LEASE_S, now))
        ]

    async def forget_answers(self, now: float, *, limit: int = 100) -> int:
        """Delete the oldest messages that were answered ``ANSWERS_KEPT_S`` before ``now``; how many.

        The conversation keeps its events. What is open or has failed stays.
        """
        inbox = tables.inbox
        # Written out, since a bound value is unknown when the index of answered messages is chosen.
        answered = inbox.c.state == literal("done", literal_execute=True)
        old = (
            select(inbox.c.id)
            .where(answered, inbox.c.seen <= now - ANSWERS_KEPT_S)
            .order_by(inbox.c.seen)
            .limit(limit)
        )
        # A look first: the usual answer is "none", and needs no write.
        if (await self._database.read(lambda c: c.execute(old.limit(1)).first())) is None:
            return 0
        # Workers that look at the same time take others.
        gone = delete(inbox).where(inbox.c.id.in_(old.with_for_update(skip_locked=True)))
        return await self._database.write(lambda connection: connection.execute(gone).rowcount)

    async def claim_timers(self, now: float, *, limit: int = 100) -> list[Timer]:
        """Reminders that are due. Each must be finished, or is handed out again after a minute."""
        table = tables.timers

        def unit(connection: Connection) -> list[Timer]:
            # As ``is_running`` says of leases.
            taken = (table.c.claimed_until > now) & (table.c.claimed_until <= now + 2 * CLAIM_S)
            due = (table.c.due <= now) & ~taken
            query = select(table).where(due).order_by(table.c.due).limit(limit)
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            if rows:
                claimed = table.c.id.in_([row.id for row in rows])
                connection.execute(update(table).where(claimed).values(claimed_until=now + CLAIM_S))
            return [Timer(r.id, r.conversation, r.name, r.intent, r.due, decode(r.entities)) for r in rows]

        # A look first: the usual answer is "none", and needs no write.
        any_due = select(table.c.id).where(table.c.due <= now).limit(1)
        if (await self._database.read(lambda c: c.execute(any_due).first())) is None:
            return []
        return await self._database.write(unit)

    async def finish_timer(self, timer: Timer) -> None:
        """The reminder was delivered; one scheduled anew under its name stays."""
        table = tables.timers
        done = (table.c.id == timer.id) & (table.c.due == timer.due)
        await self._database.write(lambda connection: connection.execute(delete(table).where(done)) and None)

    async def current_bundle(self) -> dict[str, Any] | None:
        """Which bundle all workers are to serve, as ``set_current_bundle`` was told."""
        return await self._value(_CURRENT)

    async def set_current_bundle(self, bundle: dict[str, Any]) -> None:
        """Say which bundle all workers are to serve."""
        await self._set(_CURRENT, bundle)

    async def confirm_bundle(self, worker: str, bundle_id: str) -> None:
        """A worker says which bundle it serves; also its sign of life."""
        await self._set(tables.WORKER + worker, {"bundle_id": bundle_id, "at": time.time()})

    async def confirmations(self) -> dict[str, dict[str, Any]]:
        """Worker → ``{"bundle_id", "at"}``."""
        table = tables.state
        query = select(table).where(table.c.key.startswith(tables.WORKER, autoescape=True))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {row.key[len(tables.WORKER) :]: decode(row.value) for row in rows}

    async def forget_worker(self, worker: str) -> None:
        """A worker has stopped."""
        table = tables.state
        gone = table.c.key == tables.WORKER + worker
        await self._database.write(lambda connection: connection.execute(delete(table).where(gone)) and None)

    async def healthy(self) -> bool:
        """Whether the database answers."""
        try:
            await self._database.read(lambda connection: connection.execute(select(1)).scalar_one())
        except StoreError:
            return False
        return True

    async def _value(self, key: str) -> dict[str, Any] | None:
        query = select(tables.state.c.value).where(tables.state.c.key == key)
        value = await self._database.read(lambda connection: connection.execute(query).scalar())
        return decode(value) if value else None

    async def _set(self, key: str, value: dict[str, Any]) -> None:
        table, encoded = tables.state, encode(value)

        def unit(connection: Connection) -> None:
            changed = connection.execute(update(table).where(table.c.key == key).values(value=encoded))
            if not changed.rowcount:
                connection.execute(insert(table).values(key=key, value=encoded))

        await self._database.write(unit)


def _info(row: Row[Any]) -> ConversationInfo:
    return ConversationInfo(row.id, row.created, row.updated, row.events, row.turns, row.channel)
