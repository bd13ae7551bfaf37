"""Everything a store does beside turns: reading, listing, erasing, backing up, reminders, bundles."""

from __future__ import annotations

import gzip
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, and_, delete, func, insert, or_, select, text, update

from chatwright.errors import StoreError
from chatwright.schema.events import Event
from chatwright.schema.messages import UserMessage
from chatwright.stores import tables, units
from chatwright.stores.database import Database
from chatwright.stores.leases import LEASE_S
from chatwright.stores.records import ConversationInfo, Timer

__all__ = ["Desk"]

CLAIM_S = 60.0
"""A claimed timer that is not finished by then is handed out again."""
PAGE = 500
_CURRENT = "bundle"
_WORKER = "worker/"


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
        return await self._database.read(
            lambda connection: units.read_events(connection, conversation, after=after, limit=limit)
        )

    async def why(self, conversation: str, *, turn: int | None = None) -> list[dict[str, Any]]:
        """The kept traces of all turns, or of one."""
        query = select(tables.why.c.data).where(tables.why.c.conversation == conversation)
        if turn is not None:
            query = query.where(tables.why.c.turn == turn)
        rows = await self._database.read(lambda c: c.execute(query.order_by(tables.why.c.id)).scalars().all())
        return [orjson.loads(row) for row in rows]

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
        return [ConversationInfo(r.id, r.created, r.updated, r.events, r.turns, r.channel) for r in rows]

    async def export(self, conversations: Sequence[str] | None = None) -> AsyncIterator[dict[str, Any]]:
        """One object a conversation, with all its events; all conversations when none is named."""
        if conversations is not None:
            for conversation in conversations:
                yield await self._exported(conversation)
            return
        before = None
        while page := await self.conversations(limit=PAGE, before=before):
            for info in page:
                yield await self._exported(info.id)
            before = (page[-1].updated, page[-1].id)

    async def erase(self, conversation: str) -> bool:
        """Remove every trace of a conversation, from the files too; False if it was unknown."""

        def unit(connection: Connection) -> bool:
            known = connection.execute(
                delete(tables.conversations).where(tables.conversations.c.id == conversation)
            ).rowcount
            for table in (
                tables.events,
                tables.inbox,
                tables.snapshots,
                tables.why,
                tables.leases,
                tables.timers,
            ):
                connection.execute(delete(table).where(table.c.conversation == conversation))
            return bool(known)

        known = await self._database.write(unit)
        if self._database.engine.dialect.name == "sqlite":
            await self._database.write(lambda connection: None)  # after the commit of the erasure
            await _to_thread(self._checkpoint)
        return known

    async def backup(self, path: Path) -> int:
        """Write all rows of one moment to ``path`` (JSON lines, gzip); gives the number of rows.

        The same file is read by ``restore`` into SQLite and PostgreSQL.
        """

        def unit(connection: Connection) -> int:
            count = 0
            temporary = path.with_name(path.name + ".tmp")
            with gzip.open(temporary, "wb") as out:
                for table in tables.metadata.sorted_tables:
                    for row in connection.execute(select(table)).mappings():
                        values = {str(key): value for key, value in row.items()}
                        out.write(orjson.dumps([str(table.name), values]) + b"\n")
                        count += 1
            temporary.replace(path)
            return count

        def consistent(connection: Connection) -> int:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            return unit(connection)

        path.parent.mkdir(parents=True, exist_ok=True)
        return await self._database.read(consistent)

    async def restore(self, path: Path) -> int:
        """Read a backup into an empty store; gives the number of rows.

        Raises:
            StoreError: the store holds conversations already, or the file is no backup.
        """

        def unit(connection: Connection) -> int:
            held = connection.execute(select(func.count()).select_from(tables.conversations)).scalar_one()
            if held:
                raise StoreError(
                    f"the store holds {held} conversations already", fix="restore into a new, empty store"
                )
            connection.execute(delete(tables.state))
            known = {table.name: table for table in tables.metadata.sorted_tables}
            count = 0
            try:
                with gzip.open(path, "rb") as lines:
                    for line in lines:
                        name, row = orjson.loads(line)
                        connection.execute(insert(known[name]).values(**row))
                        count += 1
            except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
                raise StoreError(
                    f"{path} is not a backup, or is damaged: {error}", fix="use another file"
                ) from error
            if connection.dialect.name == "postgresql":
                for table in (tables.inbox, tables.why, tables.timers):
                    # Rows came with their ids: the counters must start behind them.
                    connection.execute(
                        text(
                            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608
                            f"(SELECT COALESCE(MAX(id), 1) FROM {table.name}))"
                        )
                    )
            return count

        return await self._database.write(unit)

    async def open_messages(self) -> list[UserMessage]:
        """Messages that a crash left unanswered: open, and nobody holds their conversation."""
        table, leases, now = tables.inbox, tables.leases, time.time()
        held = select(leases.c.conversation).where(leases.c.expires > now)
        query = (
            select(table)
            .where(table.c.state == "open", table.c.conversation.not_in(held))
            .where(or_(table.c.attempts > 0, table.c.received < now - LEASE_S))
            .order_by(table.c.id)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [
            UserMessage(
                text=row.text,
                conversation=row.conversation,
                message_id=row.message_id,
                channel=row.channel,
                metadata=orjson.loads(row.metadata),
                received_at=row.received,
            )
            for row in rows
        ]

    async def claim_timers(self, now: float, *, limit: int = 100) -> list[Timer]:
        """Reminders that are due. Each must be finished, or is handed out again after a minute."""
        table = tables.timers

        def unit(connection: Connection) -> list[Timer]:
            due = (table.c.due <= now) & (table.c.claimed_until <= now)
            query = select(table).where(due).order_by(table.c.due).limit(limit)
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            if rows:
                claimed = table.c.id.in_([row.id for row in rows])
                connection.execute(update(table).where(claimed).values(claimed_until=now + CLAIM_S))
            return [
                Timer(r.id, r.conversation, r.name, r.intent, r.due, orjson.loads(r.entities)) for r in rows
            ]

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
        await self._set(_WORKER + worker, {"bundle_id": bundle_id, "at": time.time()})

    async def confirmations(self) -> dict[str, dict[str, Any]]:
        """Worker → ``{"bundle_id", "at"}``."""
        table = tables.state
        query = select(table).where(table.c.key.startswith(_WORKER, autoescape=True))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {row.key[len(_WORKER) :]: orjson.loads(row.value) for row in rows}

    async def forget_worker(self, worker: str) -> None:
        """A worker has stopped."""
        table = tables.state
        gone = table.c.key == _WORKER + worker
        await self._database.write(lambda connection: connection.execute(delete(table).where(gone)) and None)

    async def healthy(self) -> bool:
        """Whether the database answers."""
        try:
            await self._database.read(lambda connection: connection.execute(select(1)).scalar_one())
        except StoreError:
            return False
        return True

    async def _exported(self, conversation: str) -> dict[str, Any]:
        events = await self.events(conversation)
        return {"conversation": conversation, "events": [event.to_json() for event in events]}

    async def _value(self, key: str) -> dict[str, Any] | None:
        query = select(tables.state.c.value).where(tables.state.c.key == key)
        value = await self._database.read(lambda connection: connection.execute(query).scalar())
        return orjson.loads(value) if value else None

    async def _set(self, key: str, value: dict[str, Any]) -> None:
        table, encoded = tables.state, orjson.dumps(value).decode()

        def unit(connection: Connection) -> None:
            changed = connection.execute(update(table).where(table.c.key == key).values(value=encoded))
            if not changed.rowcount:
                connection.execute(insert(table).values(key=key, value=encoded))

        await self._database.write(unit)

    def _checkpoint(self) -> None:
        """Move the log into the file and empty it, so that erased bytes are in neither."""
        with self._database.engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]


async def _to_thread(call: Any) -> None:
    import asyncio

    await asyncio.to_thread(call)
