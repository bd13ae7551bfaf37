"""Stores on every kind of database and lock, empty."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatwright.schema.messages import UserMessage
from chatwright.stores.store import ConversationStore


@dataclass(frozen=True)
class Place:
    """Where conversations are kept."""

    url: str
    lock_url: str | None = None

    @property
    def kind(self) -> str:
        return self.url.partition(":")[0]


@pytest.fixture(params=["sqlite", "postgres", "sqlite+redis", "postgres+redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty database, with leases in it or in Redis."""
    kind, _, lock = request.param.partition("+")
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else f"sqlite:///{tmp_path}/c.sqlite"
    return Place(url, request.getfixturevalue("redis_server") if lock else None)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty database, with leases in it."""
    if request.param == "postgres":
        return Place(request.getfixturevalue("postgres_url"))
    return Place(f"sqlite:///{tmp_path}/c.sqlite")


Open = Callable[..., Awaitable[ConversationStore]]


@pytest.fixture
async def open_store() -> AsyncIterator[Open]:
    """``await open_store(place)``; each stands for a process of its own."""
    opened: list[ConversationStore] = []

    async def open_one(place: Place, **others: Any) -> ConversationStore:
        store = await ConversationStore.open(place.url, lock_url=place.lock_url, **others)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        await store.close()


@pytest.fixture
async def crash(open_store: Open) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """``await crash(store, message)``: a process is never heard of again in the middle of this turn."""
    async with contextlib.AsyncExitStack() as left:

        async def crash_in(store: ConversationStore, message: UserMessage) -> None:
            await left.enter_async_context(store.turn(message))

        yield crash_in


@pytest.fixture
async def store(place: Place, open_store: Open) -> ConversationStore:
    return await open_store(place)
