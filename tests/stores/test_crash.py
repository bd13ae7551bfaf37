"""Several processes on one store, and processes that are killed in the middle."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import text as sql

from chatwright.schema.events import BotUttered, SlotSet, UserUttered

from .conftest import Open, Place
from .speech import texts

TALKER = Path(__file__).with_name("talker.py")


def talker(place: Place, conversation: str, prefix: str, count: int = 0, at_once: int = 0) -> Any:
    arguments = [place.url, place.lock_url or "-", conversation, prefix, str(count), str(at_once)]
    return subprocess.Popen([sys.executable, str(TALKER), *arguments], stdout=subprocess.PIPE, text=True)


async def test_two_processes_talk_at_once_in_one_conversation(place: Place, open_store: Open) -> None:
    """Nothing is lost, doubled or reordered."""
    await open_store(place)  # the tables
    processes = [talker(place, "ann", prefix, 200, 200) for prefix in ("a", "b")]
    outs = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    store = await open_store(place)
    said = await texts(store)
    assert Counter(said) == Counter(f"{prefix}-{n}" for prefix in "ab" for n in range(200))
    for prefix, out in zip("ab", outs, strict=True):
        in_order = [f"{prefix}-{n}" for n in range(200)]
        assert [text for text in said if text.startswith(prefix)] == in_order == out
    info = await store.conversation("ann")
    assert info is not None
    assert (info.turns, info.events) == (400, 1200)
    assert len(await store.events("ann")) == 1200


async def test_killed_at_any_moment_nothing_acknowledged_is_lost(database: Place, open_store: Open) -> None:
    """10 times: kill -9 after 20 to 400 ms of talking; then everything must be as it was said."""
    store = await open_store(database)
    rng = random.Random(11)
    acknowledged: list[str] = []
    for cycle in range(10):
        process = talker(database, "c", f"k{cycle}")
        assert process.stdout is not None
        acknowledged.append(process.stdout.readline().strip())  # started, and at work
        await asyncio.sleep(rng.uniform(0.02, 0.4))
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += process.stdout.read().split()
        process.wait()
        process.stdout.close()
        await _check_everything(store, set(acknowledged))
    if database.kind == "sqlite":
        assert await store._database.read(lambda c: c.execute(sql("PRAGMA integrity_check")).scalar()) == "ok"
    assert len(acknowledged) > 10


async def _check_everything(store: Any, acknowledged: set[str]) -> None:
    kept: Counter[str] = Counter()
    for info in await store.conversations():
        events = await store.events(info.id)
        # Turns are whole, and each said text is there once.
        assert [type(event) for event in events] == [UserUttered, SlotSet, BotUttered] * info.turns
        assert info.events == len(events)
        kept.update(event.text for event in events if isinstance(event, UserUttered))
        for n in range(0, len(events), 3):
            assert events[n].text == events[n + 1].value
            assert events[n + 2].text == f"好的 {events[n].text}"
        assert len(await store.why(info.id)) == info.turns
        snapshot, tail = await store.recall(info.id)
        if snapshot:
            last_of_snapshot = events[len(events) - len(tail) - 2]
            assert snapshot == {"last": last_of_snapshot.value}
    assert not {text: count for text, count in kept.items() if count > 1}
    assert acknowledged <= set(kept)
