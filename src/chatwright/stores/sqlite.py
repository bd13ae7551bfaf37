"""SQLite: one thread writes and commits in groups.

Units that queued up while the last commit was being flushed are committed together, each in a
savepoint of its own, so that many conversations share one flush. Every commit is flushed to disk
before it is acknowledged (``synchronous=FULL``).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from chatwright.errors import StoreUnavailable
from chatwright.stores.database import Unit, storage_errors

__all__ = ["SqliteDatabase", "open_sqlite"]

T = TypeVar("T")

GROUP = 64
"""Units committed together at most."""
BUSY_TIMEOUT_S = 15
READERS = 2

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "cache_size=-16000")


class SqliteDatabase:
    """One writing thread with group commit, and a few reading threads."""

    def __init__(self, engine: Engine, *, in_memory: bool) -> None:
        self.engine = engine
        self._turnstile = _Turnstile(None if in_memory else engine.url.database)
        self._queue: queue.SimpleQueue[tuple[Unit[Any], Future[Any]] | None] = queue.SimpleQueue()
        # An in-memory database lives in one connection: then the writer reads, too.
        self._readers = None if in_memory else ThreadPoolExecutor(READERS, "store-read")
        self._writing = engine.execution_options(writes=True)
        self._closed = False
        self._writer = threading.Thread(target=self._write_forever, name="store-write", daemon=True)
        self._writer.start()

    def write(self, unit: Unit[T]) -> asyncio.Future[T]:
        if self._closed:
            raise StoreUnavailable("the conversation store is closed")
        future: Future[T] = Future()
        self._queue.put((unit, future))
        return asyncio.wrap_future(future)

    def read(self, unit: Unit[T]) -> asyncio.Future[T]:
        if self._readers is None or self._closed:
            return self.write(unit)
        return asyncio.get_running_loop().run_in_executor(self._readers, self._read, unit)

    def close(self) -> None:
        self._closed = True
        self._queue.put(None)
        self._writer.join()
        if self._readers:
            self._readers.shutdown()
        self.engine.dispose()
        self._turnstile.close()

    def _read(self, unit: Unit[T]) -> T:
        with storage_errors(), self.engine.connect() as connection:
            return unit(connection)

    def _write_forever(self) -> None:
        more = True
        while more:
            group = [self._queue.get()]
            while len(group) < GROUP and not self._queue.empty():
                group.append(self._queue.get())  # the only consumer: what is there stays there
            more = None not in group
            units = [entry for entry in group if entry and entry[1].set_running_or_notify_cancel()]
            if units:
                self._settle(units)

    def _settle(self, units: list[tuple[Unit[Any], Future[Any]]]) -> None:
        """Run and commit units together; after a failure of the storage one by one."""
        try:
            outcomes = self._commit([unit for unit, _ in units])
        except Exception as error:
            if len(units) == 1:
                units[0][1].set_exception(error)
                return
            for entry in units:
                self._settle([entry])
            return
        for (_, future), (result, error) in zip(units, outcomes, strict=True):
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _commit(self, units: list[Unit[Any]]) -> list[tuple[Any, Exception | None]]:
        outcomes: list[tuple[Any, Exception | None]] = []
        with (
            storage_errors(),
            self._turnstile,
            self._writing.connect() as connection,
            connection.begin(),
        ):
            if len(units) == 1:  # no neighbours to protect from its failure
                return [(units[0](connection), None)]
            for unit in units:
                savepoint = connection.begin_nested()
                try:
                    outcomes.append((unit(connection), None))
                except DBAPIError:
                    raise  # SQLite may have rolled back everything: the savepoint means nothing now
                except Exception as error:
                    savepoint.rollback()
                    outcomes.append((None, error))
                else:
                    savepoint.commit()
        return outcomes


class _Turnstile:
    """Lets the writers of several processes through one by one, each as soon as it may.

    SQLite itself makes them look again after pauses that grow to a tenth of a second. It is only a
    courtesy: SQLite's own lock is what keeps writers apart, so without the file nothing is lost but time.
    """

    def __init__(self, database: str | None) -> None:
        self._file: IO[bytes] | None = None
        if database is not None:
            with contextlib.suppress(OSError):
                self._file = open(f"{database}-turnstile", "ab")  # noqa: SIM115 - open as long as the database

    def __enter__(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file; it stays, since others may hold it."""
        if self._file is not None:
            self._file.close()
            self._file = None


def open_sqlite(url: str, *, in_memory: bool) -> SqliteDatabase:
    """Connect to a file, made if need be, or to a database in memory."""
    arguments: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": BUSY_TIMEOUT_S}}
    if in_memory:
        arguments["poolclass"] = StaticPool
    engine = create_engine(url, **arguments)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the "begin" event below says when a transaction starts
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Readers need no lock to write; the writer takes it at once, or waits for it.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return SqliteDatabase(engine, in_memory=in_memory)
