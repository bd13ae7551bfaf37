"""Failures of the storage: a clean error, nothing half-written, and the next message works.

The loop is SQLite's (sqlite.org/testing.html, §3): let the Nth operation fail for N = 1, 2, … until
a run gets through without a failure.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from chatwright.errors import ChatwrightError, StoreUnavailable
from chatwright.stores.store import ConversationStore

from .conftest import Open, Place
from .speech import events_of, message, say, texts


class Faults:
    """Lets operations on the database fail."""

    def __init__(self, engine: Any) -> None:
        self.countdown: int | None = None
        self.forever = False
        dialect = engine.dialect
        error = dialect.loaded_dbapi.OperationalError
        real_commit = dialect.do_commit

        def count() -> None:
            if self.countdown is None:
                return
            self.countdown -= 1
            if self.countdown == 0 or (self.forever and self.countdown < 0):
                raise error("injected failure")

        def commit(connection: Any) -> None:
            count()
            real_commit(connection)

        dialect.do_commit = commit
        for kind in ("do_execute", "do_executemany", "do_execute_no_params"):
            event.listen(engine, kind, lambda *_: count())

    @contextmanager
    def failing(self, nth: int, *, forever: bool) -> Iterator[None]:
        self.countdown, self.forever = nth, forever
        try:
            yield
        finally:
            self.countdown = None

    @property
    def struck(self) -> bool:
        return self.countdown is not None and self.countdown <= 0


async def turn_with_all(store: ConversationStore, number: int) -> None:
    said = message(f"t{number}")
    async with store.turn(said, wait_s=2) as turn:
        assert turn.replay is None
        await turn.commit(events_of(said), replies=[{"text": "x"}], why={"n": number}, snapshot={"n": number})


@pytest.mark.parametrize("forever", [False, True], ids=["once", "from-then-on"])
async def test_whatever_fails_nothing_is_half_written(
    database: Place, open_store: Open, forever: bool
) -> None:
    store, other = await open_store(database), await open_store(database)
    faults = Faults(store._database.engine)
    kept, number, survived = [], 0, False
    while not survived:
        number += 1
        try:
            with faults.failing(number, forever=forever):
                await turn_with_all(store, number)
                survived = not faults.struck
            kept.append(f"t{number}")
        except StoreUnavailable as error:
            assert "injected failure" in str(error)  # noqa: PT017
        assert await texts(other) == kept
        if kept:
            snapshot, tail = await other.recall("ann")
            assert snapshot is not None
            assert tail == [] or number > int(str(snapshot["n"]))
        # The same message again, and then another process, get through at once.
        if f"t{number}" not in kept:
            await turn_with_all(store, number)
            kept.append(f"t{number}")
        await say(other, message(f"o{number}"), wait_s=5)
        kept.append(f"o{number}")
    assert number > 10
    assert await texts(store) == kept
    assert len(await store.why("ann")) == len(kept)


async def test_a_failure_in_a_group_hurts_only_its_own_turn(database: Place, open_store: Open) -> None:
    """Twenty turns at once share commits; some fail; each is wholly there or not at all."""
    store = await open_store(database)
    faults = Faults(store._database.engine)
    for nth in (5, 40, 90, 150):
        with faults.failing(nth, forever=False):
            ends = await asyncio.gather(
                *(say(store, message("hi", conversation=f"{nth}-{n}")) for n in range(20)),
                return_exceptions=True,
            )
        failed = [end for end in ends if isinstance(end, BaseException)]
        assert all(isinstance(end, StoreUnavailable) for end in failed)
        assert len(failed) <= 1
        for n, end in enumerate(ends):
            expected = [] if isinstance(end, BaseException) else ["hi"]
            assert await texts(store, f"{nth}-{n}") == expected


async def test_a_full_disk(tmp_path: Any, open_store: Open) -> None:
    store = await open_store(Place(f"sqlite:///{tmp_path}/full.sqlite"))
    engine = store._database.engine
    engine.dispose()
    limit = 120

    @event.listens_for(engine, "connect")
    def few_pages(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={limit}")

    kept: list[int] = []

    async def fill() -> None:
        for number in range(1000):
            await say(store, message(f"{number} " + "很长" * 2000, f"m{number}"))
            kept.append(number)

    with pytest.raises(StoreUnavailable, match="full"):
        await fill()
    assert len(kept) > 3
    assert [int(text.split()[0]) for text in await texts(store)] == kept
    engine.dispose()
    limit = 100_000  # somebody made room
    await say(store, message("again"))
    assert len(await texts(store)) == len(kept) + 1


async def test_a_file_that_cannot_be_written(tmp_path: Any, open_store: Open) -> None:
    place = Place(f"sqlite:///{tmp_path}/c.sqlite")
    store = await open_store(place)
    await say(store, message("hi"))
    read_only = await open_store(Place(f"sqlite:///file:{tmp_path}/c.sqlite?mode=ro&uri=true"))
    assert await texts(read_only) == ["hi"]
    with pytest.raises(StoreUnavailable, match="readonly"):
        await say(read_only, message("more"))
    with pytest.raises(StoreUnavailable):
        await open_store(Place(f"sqlite:///{tmp_path}/no/such/folder/c.sqlite"))
    (tmp_path / "text.sqlite").write_text("this is no database, and long enough to be seen as none" * 20)
    with pytest.raises(StoreUnavailable):
        await open_store(Place(f"sqlite:///{tmp_path}/text.sqlite"))


async def test_a_database_that_another_program_locks(
    tmp_path: Any, open_store: Open, monkeypatch: Any
) -> None:
    monkeypatch.setattr("chatwright.stores.sqlite.BUSY_TIMEOUT_S", 0.2)
    store = await open_store(Place(f"sqlite:///{tmp_path}/c.sqlite"))
    other = sqlite3.connect(tmp_path / "c.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        await say(store, message("hi"))
    assert await texts(store) == []
    other.execute("ROLLBACK")
    other.close()
    assert await say(store, message("hi")) == ["好的 hi"]


async def test_postgres_goes_away_in_the_middle_and_comes_back(own_postgres: Any, open_store: Open) -> None:
    store = await open_store(Place(own_postgres.url))
    await say(store, message("before"))
    async with store.turn(message("during", "m1")) as turn:
        own_postgres.stop()
        with pytest.raises(StoreUnavailable):
            await turn.commit(events_of(turn.message), replies=[])
    assert not await store.healthy()
    with pytest.raises(ChatwrightError):
        await say(store, message("during", "m1"))
    own_postgres.start()
    assert await store.healthy()
    assert await texts(store) == ["before"]
    await say(store, message("during", "m1"))
    # All pooled connections died while they rested: nobody notices.
    own_postgres.stop()
    own_postgres.start()
    await asyncio.gather(*(say(store, message("hi", conversation=f"c{n}")) for n in range(8)))
    assert await texts(store) == ["before", "during"]


async def test_redis_gone(open_store: Open, tmp_path: Any) -> None:
    store = await open_store(Place(f"sqlite:///{tmp_path}/c.sqlite", "redis://127.0.0.1:1/0"))
    with pytest.raises(StoreUnavailable, match="Redis"):
        await say(store, message("hi"))
    assert await texts(store) == []


async def test_a_closed_store_says_so(database: Place) -> None:
    store = await ConversationStore.open(database.url)
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await say(store, message("hi"))


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite:/x", "mongodb://x"])
async def test_an_unknown_url_is_refused(url: str) -> None:
    with pytest.raises(ChatwrightError):
        await ConversationStore.open(url)
