"""Profiles of users: kept beside conversations, merged by several turns, erased with or without these."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwright.errors import RequestError
from chatwright.stores.profiles import ProfileChange
from chatwright.stores.store import ConversationStore

from .conftest import Open, Place
from .speech import message


@pytest.fixture
async def store(database: Place, open_store: Open) -> ConversationStore:
    return await open_store(database)


async def say(
    store: ConversationStore, conversation: str, *, user: str | None = None, **profile: object
) -> None:
    async with store.turn(message("hi", conversation=conversation)) as turn:
        change = ProfileChange(user or conversation, profile) if profile else None
        await turn.commit([], replies=[], user=user, profile=change)


async def test_a_profile_is_kept_across_conversations(store: ConversationStore) -> None:
    await say(store, "web-1", user="ann", name="安", likes=["红色"])
    await say(store, "phone-2", user="ann", name="Ann")
    await say(store, "bob", name="Bob")
    ann = await store.user("ann")
    assert ann.profile == {"name": "Ann", "likes": ["红色"]}
    assert ann.conversations == ("phone-2", "web-1")
    assert ann.created is not None
    assert ann.updated is not None
    assert ann.updated >= ann.created
    assert (await store.user("bob")).conversations == ("bob",)
    async with store.turn(message("again", conversation="web-1")) as turn:
        assert turn.recalled.user == "ann"
        await turn.commit([], replies=[])
    assert (await store.user("ann")).conversations == ("phone-2", "web-1")


async def test_a_user_of_whom_nothing_is_kept(store: ConversationStore) -> None:
    nobody = await store.user("nobody")
    assert (nobody.profile, nobody.created, nobody.conversations) == ({}, None, ())
    assert await store.erase_user("nobody") == (False, 0)


async def test_nothing_takes_a_key_out(store: ConversationStore) -> None:
    await store.change_profile("ann", {"name": "Ann", "consent": True})
    await store.change_profile("ann", {"name": None})
    assert (await store.user("ann")).profile == {"consent": True}


async def test_changes_at_once_lose_nothing(store: ConversationStore) -> None:
    await asyncio.gather(*(say(store, f"c{n}", user="ann", **{f"key{n}": n}) for n in range(20)))
    assert (await store.user("ann")).profile == {f"key{n}": n for n in range(20)}


async def test_a_turn_that_is_not_kept_leaves_no_profile(store: ConversationStore) -> None:
    with pytest.raises(RuntimeError):
        async with store.turn(message("hi", conversation="ann")):
            raise RuntimeError
    assert (await store.user("ann")).profile == {}


async def test_erasing_a_user(store: ConversationStore) -> None:
    await say(store, "web-1", user="ann", name="Ann")
    await say(store, "ann", name="another")
    await say(store, "bob", name="Bob")
    assert await store.erase_user("ann") == (True, 0)
    assert (await store.user("ann")).profile == {}
    assert await store.conversation("web-1") is not None
    assert await store.erase_user("ann", conversations=True) == (False, 2)
    assert await store.conversation("web-1") is None
    assert (await store.user("bob")).profile == {"name": "Bob"}


async def test_erased_bytes_are_gone_from_the_file(tmp_path: Path, open_store: Open) -> None:
    store = await open_store(Place(f"sqlite:///{tmp_path}/c.sqlite"))
    await store.change_profile("ann", {"name": "canary-金丝雀-8f3a"})
    await store.erase_user("ann")
    await store.close()
    for path in tmp_path.iterdir():  # noqa: ASYNC240 - the store is closed
        assert b"canary" not in path.read_bytes(), path


async def test_backups_hold_profiles(store: ConversationStore, tmp_path: Path, open_store: Open) -> None:
    await say(store, "web-1", user="ann", name="Ann")
    await store.backup(tmp_path / "all.jsonl.gz")
    other = await open_store(Place(f"sqlite:///{tmp_path}/other.sqlite"))
    await other.restore(tmp_path / "all.jsonl.gz")
    assert await other.user("ann") == await store.user("ann")


async def test_a_store_from_before_there_were_profiles(tmp_path: Path, open_store: Open) -> None:
    place = Place(f"sqlite:///{tmp_path}/c.sqlite")
    store = await open_store(place)
    await say(store, "ann")
    await store.close()
    with sqlite3.connect(tmp_path / "c.sqlite") as raw:
        raw.executescript(
            "DROP INDEX inbox_answered; DROP INDEX conversations_by_user;"
            "ALTER TABLE conversations DROP COLUMN user_id;"
            "DROP TABLE profiles; UPDATE alembic_version SET version_num = '0002';"
        )
    again = await open_store(place)
    assert (await again.user("ann")).conversations == ("ann",)
    await again.change_profile("ann", {"name": "Ann"})
    assert (await again.user("ann")).profile == {"name": "Ann"}


async def test_an_id_that_cannot_be_kept_is_refused(store: ConversationStore) -> None:
    for user in ("", "x" * 513, "a\0b"):
        with pytest.raises(RequestError):
            await store.change_profile(user, {"name": "x"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(st.text(min_size=1, max_size=6), json_values, max_size=4), max_size=4))
def test_changes_in_order_are_as_those_of_a_dictionary(changes: list[dict]) -> None:
    async def run() -> dict:
        store = await ConversationStore.open("sqlite://")
        for change in changes:
            await store.change_profile("ann", change)
        found = dict((await store.user("ann")).profile)
        await store.close()
        return found

    merged: dict = {}
    for change in changes:
        merged |= change
    wanted = {key: value for key, value in merged.items() if value is not None}
    assert asyncio.run(run()) == wanted or any("\ud800" <= c <= "\udfff" for c in repr(changes))
