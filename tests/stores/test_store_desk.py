"""What a store does beside turns: reminders, listing, erasing, backups, exports, bundles, migrations."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from chatwright.errors import LeaseLost, StoreError
from chatwright.schema.events import Event, ReminderCancelled, ReminderScheduled
from chatwright.stores import migrations, tables
from chatwright.stores.desk import ANSWERS_KEPT_S
from chatwright.stores.store import ConversationStore

from .conftest import Open, Place
from .speech import events_of, message, say, texts

CANARY = "canary-金丝雀-8f3a"


@pytest.fixture
async def store(database: Place, open_store: Open) -> ConversationStore:
    return await open_store(database)


def remind(name: str, *, seconds: float = -1, intent: str = "EXTERNAL_x", **more: Any) -> ReminderScheduled:
    due = datetime.now(UTC) + timedelta(seconds=seconds)
    return ReminderScheduled(name=name, intent=intent, date_time=due.isoformat(), **more)


async def keep(store: ConversationStore, *reminders: Event, conversation: str = "ann", **more: Any) -> None:
    async with store.edit(conversation) as edit:
        await edit.commit(list(reminders), reminders=list(reminders), **more)  # type: ignore[arg-type]


async def due_names(store: ConversationStore) -> list[str]:
    return sorted(timer.name for timer in await store.claim_timers(time.time() + 1000))


async def test_reminders_come_due_once(store: ConversationStore) -> None:
    await keep(store, remind("soon", entities={"城市": "上海"}), remind("later", seconds=3600))
    [timer] = await store.claim_timers(time.time())
    assert (timer.conversation, timer.name, timer.intent) == ("ann", "soon", "EXTERNAL_x")
    assert timer.entities == {"城市": "上海"}
    assert await store.claim_timers(time.time()) == []
    await store.finish_timer(timer)
    assert [timer.name for timer in await store.claim_timers(time.time() + 4000)] == ["later"]


async def test_a_claimed_reminder_of_a_dead_worker_is_handed_out_again(store: ConversationStore) -> None:
    await keep(store, remind("call"))
    now = time.time()
    assert len(await store.claim_timers(now)) == 1
    assert await store.claim_timers(now + 59) == []
    assert len(await store.claim_timers(now + 61)) == 1


async def test_a_claim_from_before_the_clock_was_set_back_binds_nobody(store: ConversationStore) -> None:
    await keep(store, remind("call", seconds=-7200))
    assert len(await store.claim_timers(time.time())) == 1
    assert len(await store.claim_timers(time.time() - 3600)) == 1


async def test_exactly_one_worker_gets_each_reminder(database: Place, open_store: Open) -> None:
    stores = [await open_store(database) for _ in range(4)]
    for number in range(30):
        await keep(stores[0], remind(f"r{number}"), conversation=f"c{number % 7}")
    claims = await asyncio.gather(
        *(store.claim_timers(time.time(), limit=5) for _ in range(8) for store in stores)
    )
    names = [timer.name for claim in claims for timer in claim]
    assert sorted(names) == sorted(f"r{number}" for number in range(30))


async def test_reminders_survive_a_restart(database: Place) -> None:
    for expected in ([], ["call"]):
        store = await ConversationStore.open(database.url)
        assert await due_names(store) == expected
        if not expected:
            await keep(store, remind("call", seconds=900))
        await store.close()


@pytest.mark.parametrize(
    ("cancel", "left"),
    [
        (ReminderCancelled(), []),
        (ReminderCancelled(name="a"), ["b", "c"]),
        (ReminderCancelled(intent="EXTERNAL_x"), ["c"]),
        (ReminderCancelled(intent="EXTERNAL_x", entities={"n": 1}), ["b", "c"]),
        (ReminderCancelled(name="a", intent="EXTERNAL_y"), ["a", "b", "c"]),
    ],
)
async def test_cancelling(store: ConversationStore, cancel: ReminderCancelled, left: list[str]) -> None:
    reminders = (remind("a", entities={"n": 1}), remind("b"), remind("c", intent="EXTERNAL_y"))
    await keep(store, *reminders)
    await keep(store, remind("other"), conversation="bob")
    await keep(store, cancel)
    assert await due_names(store) == [*left, "other"]


async def test_within_a_turn_the_last_word_counts(store: ConversationStore) -> None:
    await keep(store, remind("old", seconds=3600), ReminderCancelled(), remind("new", seconds=10))
    await keep(store, remind("new", seconds=20, intent="EXTERNAL_again"), remind("gone"))
    await keep(store, ReminderCancelled(name="gone"))
    [timer] = await store.claim_timers(time.time() + 4000)
    assert (timer.name, timer.intent) == ("new", "EXTERNAL_again")
    # One scheduled anew while the old one was under way stays.
    await keep(store, remind("new", seconds=30))
    await store.finish_timer(timer)
    assert await due_names(store) == ["new"]


async def test_a_message_stops_the_reminders_that_wait_for_silence(store: ConversationStore) -> None:
    await keep(store, remind("silence"), remind("stays", kill_on_user_msg=False))
    await keep(store, remind("of bob"), conversation="bob")
    said = message("hi")
    async with store.turn(said) as turn:
        await turn.commit(events_of(said), replies=[], reminders=[remind("fresh")])
    assert await due_names(store) == ["fresh", "of bob", "stays"]


async def test_listing_goes_page_by_page(store: ConversationStore) -> None:
    for number in range(25):
        await say(store, message("hi", conversation=f"c{number:02}"))
    await say(store, message("again", conversation="c03"))
    listed, before = [], None
    while page := await store.conversations(limit=10, before=before):
        listed += [info.id for info in page]
        before = (page[-1].updated, page[-1].id)
    assert listed[0] == "c03"
    assert sorted(listed) == [f"c{number:02}" for number in range(25)]
    assert [info.id for info in await store.conversations(search="2")][-1] == "c02"
    assert await store.conversations(search="%") == []
    info = await store.conversation("c03")
    assert info is not None
    assert (info.turns, info.events) == (2, 6)
    assert await store.conversation("nobody") is None


async def test_reading_events_by_parts(store: ConversationStore) -> None:
    for number in range(4):
        await say(store, message(str(number)))
    everything = await store.events("ann")
    assert len(everything) == 12
    assert await store.events("ann", after=5, limit=3) == everything[5:8]
    assert await store.events("ann", after=12) == []


async def test_erasing_really_erases(tmp_path: Path, open_store: Open) -> None:
    store = await open_store(Place(f"sqlite:///{tmp_path}/c.sqlite"))
    for number in range(40):  # neighbours, so that pages are shared, and reused, and overflow
        said = message(f"{CANARY} {number} " + "x" * (number * 400), f"{CANARY}-{number}", f"{CANARY}-ann")
        async with store.turn(said) as turn:
            await turn.commit(
                [*events_of(said), remind(f"{CANARY}{number}")],
                replies=[{"text": CANARY}],
                why={"text": CANARY},
                snapshot={"text": CANARY * 50},
                reminders=[remind(f"{CANARY}{number}", entities=CANARY)],
            )
        await say(store, message(f"{number} " + "y" * 300, str(number), "bob"))
    assert _found(tmp_path)
    assert await store.erase(f"{CANARY}-ann") is True
    assert not _found(tmp_path)
    assert await store.recall(f"{CANARY}-ann") == (None, [])
    assert len(await texts(store, "bob")) == 40
    assert await store.erase(f"{CANARY}-ann") is False


def _found(folder: Path) -> list[str]:
    data = {path.name: path.read_bytes() for path in folder.iterdir()}
    needles = [CANARY.encode(), CANARY.encode("unicode_escape"), b"8f3a"]
    return [name for name, content in data.items() if any(needle in content for needle in needles)]


async def test_erasing_leaves_no_row_anywhere(store: ConversationStore) -> None:
    said = message("hi")
    async with store.turn(said) as turn:
        await turn.commit(events_of(said), replies=[], why={}, snapshot={}, reminders=[remind("x")])
    assert await store.erase("ann")

    def rows(connection: Any) -> dict[str, int]:
        return {
            table.name: len(connection.execute(table.select()).all())
            for table in tables.metadata.sorted_tables
        }

    assert set((await store._database.read(rows)).values()) == {0}


async def test_a_turn_under_way_does_not_bring_an_erased_conversation_back(store: ConversationStore) -> None:
    async with store.turn(message("hi")) as turn:
        assert await store.erase("ann")
        with pytest.raises(LeaseLost):
            await turn.commit(events_of(turn.message), replies=[])  # type: ignore[arg-type]
    assert await store.conversations() == []


async def test_export(store: ConversationStore) -> None:
    for person in ("ann", "小明", "zoe"):
        await say(store, message(f"我是 {person}", conversation=person))
    lines = [line async for line in store.export()]
    assert [line["conversation"] for line in lines] == ["ann", "zoe", "小明"]
    assert lines[2]["events"][0]["text"] == "我是 小明"
    assert [line["conversation"] async for line in store.export(["zoe", "nobody"])] == ["zoe"]


async def test_an_export_under_way_misses_nobody(store: ConversationStore, monkeypatch: Any) -> None:
    monkeypatch.setattr("chatwright.stores.desk.PAGE", 2)
    for number in range(8):
        await say(store, message("hi", conversation=f"c{number}"))
    seen = []
    async for line in store.export():
        seen.append(line["conversation"])
        await say(store, message(f"again {len(seen)}", conversation=f"c{8 - len(seen)}"))
    assert set(seen) == {f"c{number}" for number in range(8)}


async def test_a_backup_under_load_is_of_one_moment(
    database: Place, store: ConversationStore, open_store: Open, tmp_path: Path
) -> None:
    stop = False

    async def talk(person: str) -> None:
        number = 0
        while not stop:
            number += 1
            said = message(str(number), f"{number}", person)
            async with store.turn(said) as turn:
                await turn.commit(events_of(said), replies=[{"text": str(number)}], snapshot={"n": number})

    talking = [asyncio.create_task(talk(f"p{n}")) for n in range(4)]
    await asyncio.sleep(0.3)
    await store.confirm_bundle("worker", "b1")
    await store.set_current_bundle({"bundle": "b1"})
    rows = await store.backup(tmp_path / "kept" / "all.jsonl.gz")
    stop = True
    await asyncio.gather(*talking)
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["all.jsonl.gz"]
    # Into SQLite, whatever it came from; its own kind is tried below.
    copy = await open_store(Place(f"sqlite:///{tmp_path}/copy.sqlite"))
    assert await copy.restore(tmp_path / "kept" / "all.jsonl.gz") == rows
    for info in await copy.conversations():
        said = await texts(copy, info.id)
        assert said == [str(number) for number in range(1, info.turns + 1)]
        assert info.events == 3 * info.turns
        snapshot, tail = await copy.recall(info.id)
        assert (snapshot, list(tail)) == ({"n": info.turns}, [])
        # At once: a backup holds no leases. Turns go on, and duplicates are known.
        if info.turns:
            assert await say(copy, message("1", "1", info.id)) == ["1"]
        await say(copy, message("more", conversation=info.id), wait_s=1)
    assert await copy.current_bundle() == {"bundle": "b1"}
    assert await copy.confirmations() == {}
    with pytest.raises(StoreError, match="conversations already"):
        await copy.restore(tmp_path / "kept" / "all.jsonl.gz")


async def test_a_restored_store_goes_on(store: ConversationStore, database: Place, tmp_path: Path) -> None:
    await say(store, message("hi", "m1"))
    await keep(store, remind("call"))
    await store.backup(tmp_path / "b.gz")
    for conversation in ("ann",):
        await store.erase(conversation)
    await store.restore(tmp_path / "b.gz")
    assert await say(store, message("hi", "m1")) == ["好的 hi"]
    await say(store, message("next"))
    await keep(store, remind("second"))
    assert await texts(store) == ["hi", "next"]
    assert await due_names(store) == ["second"], "the message stopped the first"


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"[1, 2]\nnot json", mtime=0)])
async def test_what_is_no_backup_is_refused(store: ConversationStore, tmp_path: Path, content: bytes) -> None:
    await say(store, message("hi"))
    await store.backup(tmp_path / "good.gz")
    await store.erase("ann")
    cut = (tmp_path / "good.gz").read_bytes()[:-12]
    for number, bad in enumerate((content, cut)):
        (tmp_path / f"{number}.gz").write_bytes(bad)
        if bad:
            with pytest.raises(StoreError):
                await store.restore(tmp_path / f"{number}.gz")
        assert await store.conversations() == []
    with pytest.raises(StoreError):
        await store.restore(tmp_path / "missing.gz")


async def test_which_bundle_is_served(database: Place, open_store: Open) -> None:
    one, two = await open_store(database), await open_store(database)
    assert await one.current_bundle() is None
    await one.set_current_bundle({"bundle": "a"})
    await two.set_current_bundle({"bundle": "b"})
    assert await one.current_bundle() == {"bundle": "b"}
    await one.confirm_bundle("w_1", "b")
    await two.confirm_bundle("w%2", "a")
    await two.confirm_bundle("w%2", "b")
    confirmed = await one.confirmations()
    assert {worker: line["bundle_id"] for worker, line in confirmed.items()} == {"w_1": "b", "w%2": "b"}
    await one.forget_worker("w_1")
    assert list(await two.confirmations()) == ["w%2"]


async def test_the_cost_of_a_turn_does_not_grow(store: ConversationStore) -> None:
    """Counted in statements and rows, not in time: both are the same at turn 5 and turn 505."""
    from sqlalchemy import event

    statements = 0

    @event.listens_for(store._database.engine, "before_cursor_execute")
    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    costs = {}
    for number in range(1, 510):
        before = statements
        said = message(str(number))
        async with store.turn(said) as turn:
            read = len(turn.tail)
            due = read + 3 >= 12
            await turn.commit(events_of(said), replies=[], snapshot={"n": number} if due else None)
        costs[number] = (statements - before, read)
    assert [costs[number] for number in range(5, 9)] == [costs[number] for number in range(505, 509)]
    assert max(read for _, read in costs.values()) < 12


@contextmanager
def _connected(place: Place) -> Iterator[Any]:
    engine = create_engine(place.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


async def test_old_answers_are_forgotten_and_nothing_else_is(
    database: Place, store: ConversationStore
) -> None:
    for number in range(5):
        await say(store, message(f"{number}"))
    with pytest.raises(KeyError):
        async with store.turn(message("failed")):
            raise KeyError
    await store._receive(message("open"))
    with _connected(database) as connection:
        old = "('id-0', 'id-1', 'id-2', 'id-failed', 'id-open')"
        connection.execute(text(f"UPDATE inbox SET seen = seen - 800000 WHERE message_id IN {old}"))
    now = time.time()
    assert [await store.forget_answers(now, limit=2) for _ in range(3)] == [2, 1, 0]
    with _connected(database) as connection:
        left = connection.execute(text("SELECT message_id FROM inbox ORDER BY id")).scalars().all()
    assert left == ["id-3", "id-4", "id-failed", "id-open"]
    async with store.turn(message("4")) as turn:
        assert turn.replay is not None
    assert await texts(store) == ["0", "1", "2", "3", "4"]
    assert await store.forget_answers(now + ANSWERS_KEPT_S + 1) == 2


async def test_tables_are_as_the_migrations_make_them(database: Place, store: ConversationStore) -> None:
    with _connected(database) as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == migrations.HEAD
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_heads() == [migrations.HEAD]


async def test_a_store_of_a_newer_version_is_left_alone(database: Place, store: ConversationStore) -> None:
    with _connected(database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer"):
        await ConversationStore.open(database.url)


async def test_a_migration_that_is_cut_short_begins_again(database: Place) -> None:
    """After each of its statements in turn the migration stops; the next start makes it whole."""
    from sqlalchemy import event

    from chatwright.stores.database import open_database

    cut, reached = 0, True
    while reached:
        cut += 3
        opened, seen, reached = open_database(database.url), 0, False

        def stop(_: Any, __: Any, statement: str, *more: Any, limit: int = cut) -> None:
            nonlocal seen, reached
            seen += statement.startswith(("CREATE", "INSERT"))
            if seen >= limit:
                reached = True
                raise KeyError("cut")

        event.listen(opened.engine, "before_cursor_execute", stop)
        try:
            await opened.write(migrations.upgrade)
        except KeyError:
            with _connected(database) as connection:
                assert not inspect(connection).has_table("conversations")
        await asyncio.to_thread(opened.close)
    store = await ConversationStore.open(database.url)
    await say(store, message("hi"))
    await store.close()
    store = await ConversationStore.open(database.url)
    assert await texts(store) == ["hi"]
    await store.close()


def test_processes_that_start_together_migrate_once(database: Place) -> None:
    code = (
        "import asyncio, sys\n"
        "from chatwright.stores.store import ConversationStore\n"
        "async def main():\n"
        "    store = await ConversationStore.open(sys.argv[1])\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, database.url]) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
