"""Units of work on a database, off the event loop.

A unit is a function ``connection -> result`` that runs in one transaction in a thread. On SQLite one
thread writes and commits in groups: units that queued up while the last commit was being flushed are
committed together, each in a savepoint of its own, so that many conversations share one flush. A unit
is acknowledged only after the commit that holds it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from chatwright.errors import ChatwrightError, MissingExtraError, StoreError, StoreUnavailable

__all__ = ["Database", "open_database", "storage_errors"]

T = TypeVar("T")
Unit = Callable[[Connection], T]

GROUP = 64
"""Units committed together at most."""
BUSY_TIMEOUT_S = 15
POSTGRES_THREADS = 8


class Database(Protocol):
    """Runs units of work."""

    engine: Engine

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit that changes something; returns after it is on disk."""
        ...

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that changes nothing."""
        ...

    def close(self) -> None:
        """Finish what is queued and close all connections."""
        ...


@contextmanager
def storage_errors():
    """Turn what the database drivers raise into ``StoreUnavailable``."""
    try:
        yield
    except DBAPIError as error:
        raise StoreUnavailable(
            f"the conversation store failed: {error.orig}",
            fix="check that the disk is not full and the database is running; nothing was half-written",
        ) from error


class SqliteDatabase:
    """One writing thread with group commit, and a few reading threads."""

    def __init__(self, engine: Engine, *, shared_connection: bool) -> None:
        self.engine = engine
        self._queue: queue.SimpleQueue[tuple[Unit[Any], Future[Any]] | None] = queue.SimpleQueue()
        # An in-memory database lives in one connection: then the writer reads, too.
        self._readers = None if shared_connection else ThreadPoolExecutor(2, "store-read")
        self._writer = threading.Thread(target=self._write_forever, name="store-write", daemon=True)
        self._writer.start()

    async def write(self, unit: Unit[T]) -> T:
        future: Future[T] = Future()
        self._queue.put((unit, future))
        return await asyncio.shield(asyncio.wrap_future(future))

    async def read(self, unit: Unit[T]) -> T:
        if self._readers is None:
            return await self.write(unit)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, unit)

    def close(self) -> None:
        self._queue.put(None)
        self._writer.join()
        if self._readers:
            self._readers.shutdown()
        self.engine.dispose()

    def _read(self, unit: Unit[T]) -> T:
        with storage_errors(), self.engine.connect() as connection:
            return unit(connection)

    def _write_forever(self) -> None:
        while (first := self._queue.get()) is not None:
            group, stop = [first], False
            while len(group) < GROUP:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stop = True
                    break
                group.append(more)
            self._commit(group)
            if stop:
                return

    def _commit(self, group: list[tuple[Unit[Any], Future[Any]]]) -> None:
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with storage_errors(), self.engine.connect() as connection, connection.begin():
                if len(group) == 1:  # no neighbours to protect from its failure
                    unit, future = group[0]
                    outcomes.append((future, unit(connection), None))
                for unit, future in group if len(group) > 1 else ():
                    savepoint = connection.begin_nested()
                    try:
                        with storage_errors():
                            result = unit(connection)
                        savepoint.commit()
                        outcomes.append((future, result, None))
                    except Exception as error:
                        if savepoint.is_active:
                            savepoint.rollback()
                        outcomes.append((future, None, error))
        except Exception as error:  # the commit itself failed: none of the group is on disk
            cause = error if isinstance(error, ChatwrightError) else StoreUnavailable(str(error))
            outcomes = [(future, None, cause) for _, future in group]
        for future, result, error in outcomes:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


class PooledDatabase:
    """A pool of threads, each with a connection of its own (PostgreSQL)."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._threads = ThreadPoolExecutor(POSTGRES_THREADS, "store")

    async def write(self, unit: Unit[T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._threads, self._run, unit)
        return await asyncio.shield(future)

    async def read(self, unit: Unit[T]) -> T:
        return await self.write(unit)

    def close(self) -> None:
        self._threads.shutdown()
        self.engine.dispose()

    def _run(self, unit: Unit[T]) -> T:
        with storage_errors(), self.engine.begin() as connection:
            return unit(connection)


def open_database(url: str) -> Database:
    """Connect to ``sqlite:///path``, ``sqlite://`` (in memory) or ``postgresql://…``.

    Raises:
        StoreError: the URL names no database that is known here.
        MissingExtraError: the driver is not installed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "the store's URL cannot be read",
            fix="write sqlite:///path/to/file or postgresql://user@host/name",
        ) from error
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return _open_sqlite(url, in_memory=not parsed.database or parsed.database == ":memory:")
    if kind not in ("postgresql", "postgres"):
        raise StoreError(f"a store of kind {kind!r} is not supported", fix="use sqlite or postgresql")
    try:
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=POSTGRES_THREADS,
            max_overflow=0,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",
        )
    except (ImportError, NoSuchModuleError) as error:
        raise MissingExtraError("a PostgreSQL store", "postgres") from error
    return PooledDatabase(engine)


def _open_sqlite(url: str, *, in_memory: bool) -> SqliteDatabase:
    arguments: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": BUSY_TIMEOUT_S}}
    if in_memory:
        arguments["poolclass"] = StaticPool
    engine = create_engine(url, **arguments)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the "begin" event below says when a transaction starts
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Readers need no write lock; the writing thread takes it at once, or waits for it.
        writes = threading.current_thread().name == "store-write" or in_memory
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return SqliteDatabase(engine, shared_connection=in_memory)
