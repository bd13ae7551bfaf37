"""Units of work on a database, off the event loop.

A unit is a function ``connection -> result`` that runs in one transaction in a thread, and may run
again if that transaction came to nothing. It is acknowledged only after the commit that holds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, TimeoutError

from chatwright.errors import MissingExtraError, StoreError, StoreUnavailable

__all__ = ["Database", "PooledDatabase", "Unit", "open_database", "storage_errors"]

T = TypeVar("T")
Unit = Callable[[Connection], T]

POSTGRES_THREADS = 8
CONNECT_TIMEOUT_S = 5


class Database(Protocol):
    """Runs units of work. Who stops waiting for a unit stops it only if it has not begun."""

    engine: Engine

    def write(self, unit: Unit[T]) -> asyncio.Future[T]:
        """Run a unit that changes something; done when it is on disk.

        Raises:
            StoreUnavailable: nothing of the unit is on disk.
        """
        ...

    def read(self, unit: Unit[T]) -> asyncio.Future[T]:
        """Run a unit that changes nothing, on the state of one moment."""
        ...

    def close(self) -> None:
        """Finish what is queued and close all connections."""
        ...


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn what the database drivers raise into ``StoreUnavailable``."""
    try:
        yield
    except (DBAPIError, TimeoutError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise StoreUnavailable(
            f"the conversation store failed: {cause}",
            fix="check that the disk is not full and the database is running; nothing was half-written",
        ) from error


class PooledDatabase:
    """A pool of threads, each with a connection of its own (PostgreSQL)."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._threads = ThreadPoolExecutor(POSTGRES_THREADS, "store")

    def write(self, unit: Unit[T]) -> asyncio.Future[T]:
        return self._submit(self.engine, unit)

    def read(self, unit: Unit[T]) -> asyncio.Future[T]:
        return self._submit(self._reading, unit)

    def close(self) -> None:
        self._threads.shutdown()
        self.engine.dispose()

    def _submit(self, engine: Engine, unit: Unit[T]) -> asyncio.Future[T]:
        try:
            return asyncio.get_running_loop().run_in_executor(self._threads, self._run, engine, unit)
        except RuntimeError as error:
            raise StoreUnavailable("the conversation store is closed") from error

    def _run(self, engine: Engine, unit: Unit[T]) -> T:
        with storage_errors():
            for is_last in (False, True):
                with engine.connect() as connection:
                    try:
                        result = unit(connection)
                    except DBAPIError as error:
                        # A pooled connection may have died while it rested; a new one is made then.
                        if is_last or not error.connection_invalidated:
                            raise
                        continue
                    try:
                        connection.commit()
                    except DBAPIError:
                        connection.invalidate()  # nobody shall go on from whatever state it is in
                        raise
                    return result
        raise AssertionError("unreachable")


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
        from chatwright.stores.sqlite import open_sqlite

        return open_sqlite(url, in_memory=not parsed.database or parsed.database == ":memory:")
    if kind not in ("postgresql", "postgres"):
        raise StoreError(f"a store of kind {kind!r} is not supported", fix="use sqlite or postgresql")
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S}
    try:
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=POSTGRES_THREADS,
            max_overflow=0,
            isolation_level="READ COMMITTED",
            connect_args={key: value for key, value in arguments.items() if key not in parsed.query},
        )
    except (ImportError, NoSuchModuleError) as error:
        raise MissingExtraError("a PostgreSQL store", "postgres") from error
    return PooledDatabase(engine)
