"""All of a store at once, or none of a conversation: backup, restore, erasure."""

from __future__ import annotations

import gzip
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, delete, func, insert, select

from chatwright.errors import StoreError, StoreUnavailable
from chatwright.stores import tables
from chatwright.stores.database import storage_errors
from chatwright.stores.encoding import storable

__all__ = ["backup", "empty_log", "erase", "restore"]

BATCH = 500
"""Rows read or written at once."""

_OF_CONVERSATIONS = (
    tables.events,
    tables.inbox,
    tables.snapshots,
    tables.why,
    tables.timers,
    tables.outbox,
)


def erase(connection: Connection, conversation: str) -> bool:
    """Delete the rows of a conversation; False if there was none."""
    known = False
    for table in _OF_CONVERSATIONS:
        gone = connection.execute(delete(table).where(table.c.conversation == storable(conversation)))
        known = known or bool(gone.rowcount)
    row = tables.conversations.c.id == storable(conversation)
    return bool(connection.execute(delete(tables.conversations).where(row)).rowcount) or known


def empty_log(engine: Engine) -> None:
    """Move SQLite's log into the file and cut it to nothing, so that erased bytes are in neither."""
    with storage_errors(), engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        is_busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise StoreUnavailable(
            "the conversation is erased, but its bytes may still be in the log of the database",
            fix="erase it again when the store is less busy",
        )


def backup(connection: Connection, path: Path) -> int:
    """Write all rows as JSON lines, gzipped; the file is there only when it is whole.

    Who holds a conversation, and which workers run, is not written: it means nothing elsewhere.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    reading = connection.execution_options(yield_per=BATCH)
    count = 0
    try:
        with temporary.open("wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb", filename="") as out:
                for table in tables.metadata.sorted_tables:
                    for row in reading.execute(select(table)).mappings():
                        values = {str(key): value for key, value in row.items()}
                        if table is tables.state and values["key"].startswith(tables.WORKER):
                            continue
                        if table is tables.conversations:
                            values |= {"owner": None, "leased_until": 0.0}
                        out.write(orjson.dumps([str(table.name), values]) + b"\n")
                        count += 1
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise StoreError(
            f"the backup cannot be written: {error}", fix="choose another place or make room"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return count


def restore(connection: Connection, path: Path) -> int:
    """Read what ``backup`` wrote into empty tables.

    Raises:
        StoreError: there are conversations already, or the file is no whole backup; nothing is kept.
    """
    held = connection.execute(select(func.count()).select_from(tables.conversations)).scalar_one()
    if held:
        raise StoreError(
            f"the store holds {held} conversation{'s' if held > 1 else ''} already",
            fix="restore into a new, empty store",
        )
    connection.execute(delete(tables.state))
    known = {table.name: table for table in tables.metadata.sorted_tables}
    count = 0
    try:
        for name, rows in itertools.groupby(_lines(path), key=lambda line: line[0]):
            while batch := [row for _, row in itertools.islice(rows, BATCH)]:
                connection.execute(insert(known[name]), batch)
                count += len(batch)
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError) as error:
        raise StoreError(f"{path} is not a backup, or is damaged: {error}", fix="use another file") from error
    if connection.dialect.name == "postgresql":
        for table in (tables.inbox, tables.why, tables.timers, tables.outbox):
            # Rows came with their ids: the counters must go on behind them.
            counter, top = func.pg_get_serial_sequence(table.name, "id"), func.max(table.c.id)
            connection.execute(select(func.setval(counter, func.coalesce(top, 1))))
    return count


def _lines(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rb") as lines:
        yield from map(orjson.loads, lines)
