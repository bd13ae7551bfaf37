"""The turn contract: once, in order, wholly or not at all, on every database and lock."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from chatwright.errors import ConversationBusy, LeaseLost, RequestError, StoreError
from chatwright.schema.events import SlotSet
from chatwright.stores import leases, tables, units
from chatwright.stores import store as store_module

from .speech import events_of, heard, message, say, texts


async def begin(store, said, entered: asyncio.Event, finish: asyncio.Event):
    """A turn that stays open until ``finish``."""
    async with store.turn(said) as turn:
        if turn.replay is not None:
            return [reply["text"] for reply in turn.replay.replies]
        entered.set()
        await finish.wait()
        await turn.commit(events_of(said), replies=[{"text": f"好的 {said.text}"}])
        return [f"好的 {said.text}"]


async def arrived(store, count: int) -> None:
    """Until so many messages are in the inbox."""
    query = select(func.count()).select_from(tables.inbox)
    for _ in range(1000):
        if await store._database.read(lambda connection: connection.execute(query).scalar_one()) >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a message did not arrive")


@pytest.fixture
def short_leases(monkeypatch):
    """Leases of 0.3 s that nobody renews: every holder counts as dead soon."""
    monkeypatch.setattr(units, "LEASE_S", 0.3)
    monkeypatch.setattr(leases, "LEASE_S", 0.3)
    monkeypatch.setattr(store_module, "RENEW_S", 1000)


async def test_a_kept_turn_is_recalled(store):
    said = message("你好", metadata={"language": "zh"}, channel="web")
    async with store.turn(said) as turn:
        assert (turn.snapshot, list(turn.tail), turn.number, turn.attempt) == (None, [], 1, 1)
        await turn.commit(events_of(said), replies=[{"text": "您好"}], why={"steps": ["因为"]})
    async with store.turn(message("second")) as turn:
        assert list(turn.tail) == events_of(said)
        assert turn.number == 2
        await turn.commit([], replies=[])
    assert await store.why("ann", turn=1) == [{"steps": ["因为"]}]
    [info] = await store.conversations()
    assert (info.id, info.events, info.turns, info.channel) == ("ann", 3, 2, "rest")


async def test_the_same_message_again_replays_the_stored_answer(store, place, open_store):
    said = message("你好", "m1")
    assert await say(store, said) == ["好的 你好"]
    other = await open_store(place)
    for again in (store, other):
        async with again.turn(message("你好", "m1")) as turn:
            assert (turn.replay.number, turn.replay.replies) == (1, [{"text": "好的 你好"}])
            with pytest.raises(StoreError):
                await turn.commit(events_of(said), replies=[])
    await say(store, message("more"))
    assert await texts(store) == ["你好", "more"]


async def test_ten_minutes_later_it_is_still_known(store, monkeypatch):
    await say(store, message("hi", "m1"))
    later = time.time() + 600
    monkeypatch.setattr(units, "time", SimpleNamespace(time=lambda: later))
    assert await say(store, message("hi", "m1")) == ["好的 hi"]
    assert await texts(store) == ["hi"]


async def test_a_duplicate_waits_for_the_turn_under_way_and_gets_its_answer(store, place, open_store):
    other = await open_store(place)
    entered, finish = asyncio.Event(), asyncio.Event()
    said = message("slow", "m1")
    first = asyncio.create_task(begin(store, said, entered, finish))
    await entered.wait()
    doubles = [asyncio.create_task(say(where, said)) for where in (store, other, store, other)]
    await asyncio.sleep(0.1)
    assert not any(double.done() for double in doubles)
    finish.set()
    assert await asyncio.gather(first, *doubles) == [["好的 slow"]] * 5
    assert await texts(store) == ["slow"]


async def test_another_text_under_the_same_id_is_refused(store):
    await say(store, message("transfer 10", "m1"))
    with pytest.raises(RequestError) as refused:
        await say(store, message("transfer 1000", "m1"))
    assert (refused.value.status, refused.value.reason) == (409, "Conflict")
    assert await texts(store) == ["transfer 10"]
    assert await say(store, message("go on")) == ["好的 go on"]


async def test_the_same_id_in_another_conversation_is_another_message(store):
    for conversation in ("ann", "bob"):
        await say(store, message(f"I am {conversation}", "1", conversation))
    assert [await texts(store, "ann"), await texts(store, "bob")] == [["I am ann"], ["I am bob"]]


async def test_a_turn_that_fails_leaves_nothing_and_blocks_nobody(store, place, open_store):
    other = await open_store(place)
    with pytest.raises(ZeroDivisionError):
        async with store.turn(message("hi", "m1")):
            raise ZeroDivisionError
    assert await store.events("ann") == []
    # Its sender was told, so it is not run at the next start; but it may be sent again.
    assert await other.open_messages() == []
    started = time.monotonic()
    async with other.turn(message("hi", "m1")) as turn:
        assert (turn.replay, turn.attempt, turn.number) == (None, 2, 1)
        await turn.commit(events_of(turn.message), replies=[])
    assert time.monotonic() - started < leases.LEASE_S / 2
    assert await texts(other) == ["hi"]


async def test_a_sender_who_hangs_up_leaves_the_conversation_free(store, place, open_store):
    other = await open_store(place)
    entered = asyncio.Event()
    running = asyncio.create_task(begin(store, message("one"), entered, asyncio.Event()))
    await entered.wait()
    waiting = [asyncio.create_task(say(where, message("two"))) for where in (store, other)]
    await asyncio.sleep(0.05)
    for task in (*waiting, running):
        task.cancel()
    ends = await asyncio.gather(*waiting, running, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError] * 3, ends
    started = time.monotonic()
    for number, where in enumerate((store, other)):
        await say(where, message(f"free {number}"))
    assert time.monotonic() - started < leases.LEASE_S / 2
    assert await texts(store) == ["free 0", "free 1"]


async def test_hanging_up_while_asking_leaves_the_conversation_free(store, place, open_store):
    other = await open_store(place)
    for number in range(10):
        asking = asyncio.create_task(say(store, message(f"gone {number}")))
        await asyncio.sleep(number * 0.0007)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        started = time.monotonic()
        await say(other, message(f"kept {number}"))
        assert time.monotonic() - started < leases.LEASE_S / 2
    kept = await texts(store)
    assert [text for text in kept if text.startswith("kept")] == [f"kept {number}" for number in range(10)]
    assert len(kept) == len(set(kept))


async def test_a_crash_is_run_again_when_the_lease_has_ended(place, open_store, crash, short_leases):
    """The crash: a store that is never heard of again."""
    dead, alive = await open_store(place), await open_store(place)
    said = message("查订单", "m1", metadata={"language": "zh"}, channel="web")
    await crash(dead, said)
    assert await alive.open_messages() == []
    started = time.monotonic()
    await asyncio.sleep(0.35)
    [left] = await alive.open_messages()
    assert (left.text, left.message_id, left.channel) == ("查订单", "m1", "web")
    assert left.metadata == {"language": "zh"}
    assert await say(alive, left) == ["好的 查订单"]
    assert time.monotonic() - started < 2
    assert await alive.open_messages() == []
    assert await say(alive, said) == ["好的 查订单"]
    assert await texts(alive) == ["查订单"]


async def test_a_message_that_kills_every_process_is_given_up(place, open_store, crash, short_leases):
    for _ in range(units.MAX_ATTEMPTS):
        dead = await open_store(place)
        await crash(dead, message("poison", "m1"))
    await asyncio.sleep(0.35)
    alive = await open_store(place)
    assert await alive.open_messages() == []
    await say(alive, message("next"))


async def test_a_zombie_cannot_write_any_more(place, open_store, short_leases):
    zombie, alive = await open_store(place), await open_store(place)
    async with zombie.turn(message("old", "m1")) as late:
        await asyncio.sleep(0.35)
        await say(alive, message("new", "m2"))
        with pytest.raises(LeaseLost):
            await late.commit(events_of(late.message), replies=[])
    assert await texts(alive) == ["new"]
    async with zombie.edit("ann") as late:
        await asyncio.sleep(0.35)
        await say(alive, message("newer", "m3"))
        with pytest.raises(LeaseLost):
            await late.replace([])
    assert await texts(alive) == ["new", "newer"]


async def test_a_living_holder_keeps_its_lease(place, open_store, monkeypatch):
    monkeypatch.setattr(units, "LEASE_S", 0.3)
    monkeypatch.setattr(leases, "LEASE_S", 0.3)
    monkeypatch.setattr(store_module, "RENEW_S", 0.1)
    slow, quick = await open_store(place), await open_store(place)
    order: list[str] = []

    async def work(store, said, seconds):
        async with store.turn(said) as turn:
            await asyncio.sleep(seconds)
            await turn.commit(events_of(said), replies=[])
            order.append(said.text)

    first = asyncio.create_task(work(slow, message("slow"), 1.0))
    await asyncio.sleep(0.1)
    # Those who wait longer than a lease lasts keep their places, too.
    second = asyncio.create_task(work(slow, message("second"), 0))
    await asyncio.sleep(0.1)
    third = asyncio.create_task(work(quick, message("third"), 0))
    await asyncio.gather(first, second, third)
    assert order == ["slow", "second", "third"]
    assert await texts(quick) == order


async def test_waiting_has_an_end(store, place, open_store):
    other = await open_store(place)
    entered, finish = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(begin(store, message("slow"), entered, finish))
    await entered.wait()
    for where in (store, other):
        with pytest.raises(ConversationBusy):
            await say(where, message("impatient", "m2"), wait_s=0.05)
        with pytest.raises(ConversationBusy):
            async with where.edit("ann", wait_s=0.05):
                pass
    assert await say(other, message("elsewhere", conversation="bob"), wait_s=5) == ["好的 elsewhere"]
    finish.set()
    await running
    assert await texts(store) == ["slow"]
    assert await store.open_messages() == []
    assert await say(other, message("impatient", "m2")) == ["好的 impatient"]


async def test_messages_are_answered_in_the_order_of_their_arrival(place, open_store):
    one, two = await open_store(place), await open_store(place)
    entered, finish = asyncio.Event(), asyncio.Event()
    tasks = [asyncio.create_task(begin(one, message("0"), entered, finish))]
    await entered.wait()
    order = [two, one, one, two, two, two, one, two]
    for number, where in enumerate(order, 1):
        tasks.append(asyncio.create_task(say(where, message(str(number)))))
        await arrived(where, number + 1)
    finish.set()
    await asyncio.gather(*tasks)
    assert await texts(one) == [str(number) for number in range(len(order) + 1)]


async def test_one_conversation_does_not_wait_for_another(store):
    entered, finish = asyncio.Event(), asyncio.Event()
    stuck = asyncio.create_task(begin(store, message("stuck"), entered, finish))
    await entered.wait()
    await asyncio.wait_for(
        asyncio.gather(*(say(store, message("hi", conversation=f"c{n}")) for n in range(30))), 20
    )
    finish.set()
    await stuck


async def test_a_lease_from_before_the_clock_was_set_back_binds_nobody(place, open_store, crash, monkeypatch):
    dead, alive = await open_store(place), await open_store(place)
    await crash(dead, message("lost", "m1"))
    back = time.time() - 3600
    monkeypatch.setattr(units, "time", SimpleNamespace(time=lambda: back))
    if place.lock_url is None:  # Redis has a clock of its own
        assert await say(alive, message("now", "m2"), wait_s=1) == ["好的 now"]
        assert await texts(alive) == ["now"]


async def test_an_edit_appends_and_replaces(store):
    await say(store, message("one"))
    async with store.edit("ann") as edit:
        assert edit.number == 2
        await edit.commit([SlotSet(name="城市", value="上海")])
    assert await store.events("ann", after=3) == [SlotSet(name="城市", value="上海")]
    async with store.edit("ann") as edit:
        await edit.replace([heard("only")])
    assert await store.events("ann") == [heard("only")]
    async with store.turn(message("next")) as turn:
        assert list(turn.tail) == [heard("only")]
        assert turn.number == 2, "numbers of turns are never used twice"
        await turn.commit([], replies=[])


async def test_a_snapshot_stands_for_what_came_before(store):
    for number in range(3):
        await say(store, message(str(number)))
    said = message("3")
    async with store.turn(said) as turn:
        await turn.commit(events_of(said), replies=[], snapshot={"已": 4})
    async with store.turn(message("4")) as turn:
        assert (turn.snapshot, list(turn.tail)) == ({"已": 4}, [])
        await turn.commit(events_of(turn.message), replies=[])
    assert await store.recall("ann") == ({"已": 4}, events_of(message("4")))
    assert len(await store.events("ann")) == 15
    async with store.edit("ann") as edit:
        await edit.replace([heard("anew")])
    assert await store.recall("ann") == (None, [heard("anew")])


async def test_a_block_without_a_commit_changes_nothing(store):
    async with store.edit("ann"):
        pass
    async with store.turn(message("hi")):
        pass
    for conversation in ("ann", "nobody"):
        snapshot, tail = await store.recall(conversation)
        assert (snapshot, list(tail)) == (None, [])


async def test_a_commit_is_final(store):
    async with store.turn(message("hi")) as turn:
        await turn.commit(events_of(turn.message), replies=[])
        with pytest.raises(StoreError):
            await turn.commit(events_of(turn.message), replies=[])
    assert await texts(store) == ["hi"]


TEXTS = (
    "nul \0 inside",
    "half \ud83d pair",
    "\udc00",
    "😀🏽 👨‍👩‍👧 𠮷",
    "x" * 40_000,
    "\u202e\u200d",
    "'; --",
    "",
)


async def test_any_text_can_be_kept(database, open_store):
    store = await open_store(database)
    for number, text in enumerate(TEXTS):
        said = message(text, f"m{number}", metadata={"raw": text})
        async with store.turn(said) as turn:
            await turn.commit([heard(text), SlotSet(name="s", value=[text])], replies=[{"text": text}])
        async with store.turn(said) as turn:
            assert turn.replay is not None
    assert len(await store.events("ann")) == 2 * len(TEXTS)


async def test_ids_that_cannot_be_kept_are_refused(database, open_store):
    store = await open_store(database)
    for bad in ("", "x" * 513, "a\0b", "\ud800"):
        with pytest.raises(RequestError):
            await say(store, message("hi", "m1", bad))
        with pytest.raises(RequestError):
            async with store.edit(bad):
                pass
    assert await say(store, message("hi", "字" * 512, "字" * 512)) == ["好的 hi"]
