"""The units of work behind a turn: what is read and written in one transaction.

The statements are built once: building one costs more than running it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from chatwright.errors import LeaseLost, RequestError
from chatwright.schema.events import Event, ReminderCancelled, ReminderScheduled
from chatwright.schema.messages import UserMessage
from chatwright.stores.encoding import decode, encode, storable
from chatwright.stores.leases import LEASE_S, is_running
from chatwright.stores.outbox import post
from chatwright.stores.profiles import ProfileChange, merge
from chatwright.stores.records import Recalled, StoredTurn, Timer
from chatwright.stores.reminders import keep_reminders, take_reminder
from chatwright.stores.tables import conversations, events, inbox, snapshots, why

__all__ = [
    "MAX_ATTEMPTS",
    "Admission",
    "Changes",
    "Hold",
    "admit",
    "commit",
    "enter",
    "leave",
    "read_events",
    "recall",
    "receive",
    "renew",
    "replace_events",
    "withdraw",
]

MAX_ATTEMPTS = 3
"""Runs of one message that crash the process before it is given up."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to write a conversation, and how it stood when the right was given."""

    conversation: str
    token: int
    events: int
    turns: int
    snapshot: int
    created: float = 0.0
    """Of the conversation: one that was erased and began anew is another."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a message or an edit may go ahead."""

    hold: Hold | None = None
    """None: another process is at work on the conversation, or the message was answered."""
    replay: StoredTurn | None = None
    recalled: Recalled | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a turn leaves behind."""

    events: Sequence[Event]
    why: Mapping[str, Any] | None = None
    turn: int | None = None
    snapshot: Mapping[str, Any] | None = None
    reminders: Sequence[ReminderScheduled | ReminderCancelled] = ()
    user_spoke: bool = False
    delivered: Timer | None = None
    message_id: str | None = None
    replies: Sequence[Mapping[str, Any]] = ()
    channel: str | None = None
    to_broker: bool = False
    """Whether an event broker is to get the events."""
    user: str | None = None
    """Whose conversation it is, where that is said."""
    profile: ProfileChange | None = None


_FIND = select(conversations).where(conversations.c.id == bindparam("key"))
_HOLD = _FIND.with_for_update()
_NEW = {
    dialect: made.insert(conversations).on_conflict_do_nothing()
    for dialect, made in (("sqlite", sqlite), ("postgresql", postgresql))
}
_RECEIVE = {
    dialect: made.insert(inbox).on_conflict_do_nothing()
    for dialect, made in (("sqlite", sqlite), ("postgresql", postgresql))
}
_LEASE = (
    update(conversations)
    .where(conversations.c.id == bindparam("key"))
    .values(fence=bindparam("token"), owner=bindparam("who"), leased_until=bindparam("until"))
)
_OURS = and_(conversations.c.id == bindparam("key"), conversations.c.fence == bindparam("token"))
_RENEW = (
    update(conversations)
    .where(_OURS, conversations.c.owner == bindparam("who"))
    .values(leased_until=bindparam("until"))
)
_RELEASE = update(conversations).where(_OURS).values(owner=None, leased_until=0.0)
_COMMIT = _RELEASE.values(
    updated=bindparam("now"),
    events=bindparam("count"),
    turns=bindparam("turn"),
    snapshot=bindparam("covered"),
    channel=func.coalesce(bindparam("via"), conversations.c.channel),
    user_id=func.coalesce(bindparam("user"), conversations.c.user_id),
)
_MESSAGE = and_(inbox.c.conversation == bindparam("key"), inbox.c.message_id == bindparam("message"))
_WAITING = and_(inbox.c.conversation == bindparam("key"), inbox.c.state == "open", inbox.c.attempts == 0)
# The message itself, and what living processes received for the conversation and did not begin.
_QUEUE = (
    select(inbox).where(or_(_MESSAGE, and_(_WAITING, inbox.c.seen > bindparam("alive")))).order_by(inbox.c.id)
)
# The same message may just have been put there by another process, which does not hold the conversation.
_ENQUEUE = {
    dialect: (new := made.insert(inbox)).on_conflict_do_update(
        index_elements=["conversation", "message_id"],
        set_={name: new.excluded[name] for name in ("owner", "attempts", "seen")},
    )
    for dialect, made in (("sqlite", sqlite), ("postgresql", postgresql))
}
_TRY = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"))
    .values(state="open", owner=bindparam("who"), attempts=bindparam("tries"), seen=bindparam("now"))
)
_TOUCH = update(inbox).where(_WAITING, inbox.c.owner == bindparam("who")).values(seen=bindparam("now"))
_WITHDRAW = delete(inbox).where(_MESSAGE, inbox.c.attempts == 0, inbox.c.owner == bindparam("who"))
_DONE = (
    update(inbox).where(_MESSAGE).values(state="done", turn=bindparam("number"), replies=bindparam("answer"))
)
_FAIL = update(inbox).where(_MESSAGE, inbox.c.state == "open").values(state="failed")
_APPEND = insert(events)
_EXPLAIN = insert(why).inline()
_SNAPSHOT = select(snapshots.c.data).where(snapshots.c.conversation == bindparam("key"))
_TAIL = (
    select(events.c.data)
    .where(events.c.conversation == bindparam("key"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
)


def receive(connection: Connection, message: UserMessage, owner: str) -> None:
    """Put a message that has to wait in the inbox, so that it keeps its place among all processes."""
    connection.execute(_RECEIVE[connection.dialect.name], _inbox_row(message, owner, 0, time.time()))


def withdraw(connection: Connection, message: UserMessage, owner: str) -> None:
    """Take back a message that was received and never begun: its sender is told so."""
    connection.execute(_WITHDRAW, {"key": message.conversation, "message": message.message_id, "who": owner})


def admit(connection: Connection, message: UserMessage, owner: str, *, locked: bool) -> Admission:
    """Transaction A: put the message in the inbox, take the lease, recall the conversation.

    Args:
        locked: the lease is kept outside the database, and taken already.
    """
    key = message.conversation
    held, now = _hold(connection, key)
    found = connection.execute(
        _QUEUE, {"key": key, "message": message.message_id, "alive": now - LEASE_S}
    ).all()
    row = next((other for other in found if other.message_id == message.message_id), None)
    if row is not None and row.text != storable(message.text):
        raise RequestError(
            f"message id {message.message_id!r} was used for another text",
            status=409,
            reason="Conflict",
            fix="give each message an id of its own",
        )
    if row is not None and row.state == "done":
        return Admission(replay=StoredTurn(row.turn, decode(row.replies)))
    # Whoever asks is first in line in its process, and so asks for all that wait there: processes take
    # turns by their oldest message, and never wait for each other in a circle.
    is_first = not found or found[0] is row or found[0].owner == owner
    admitted = is_first and (locked or _is_free(held, owner, now))
    attempts = (row.attempts if row else 0) + admitted
    if row is None:
        connection.execute(_ENQUEUE[connection.dialect.name], _inbox_row(message, owner, attempts, now))
    else:
        connection.execute(_TRY, {"row": row.id, "who": owner, "tries": attempts, "now": now})
    if not admitted:
        connection.execute(_TOUCH, {"key": key, "who": owner, "now": now})
        return Admission()
    return Admission(_take(connection, held, owner, now), None, _recall(connection, held), attempts)


def enter(connection: Connection, conversation: str, owner: str, *, locked: bool) -> Admission:
    """Take the lease and recall the conversation, without a message."""
    held, now = _hold(connection, conversation)
    if not (locked or _is_free(held, owner, now)):
        return Admission()
    return Admission(_take(connection, held, owner, now), None, _recall(connection, held))


def renew(connection: Connection, hold: Hold, owner: str) -> None:
    """Hold the lease for another ``LEASE_S`` if it is still ours; those who wait behind it live, too."""
    now, key = time.time(), hold.conversation
    connection.execute(_RENEW, {"key": key, "token": hold.token, "who": owner, "until": now + LEASE_S})
    connection.execute(_TOUCH, {"key": key, "who": owner, "now": now})


def commit(connection: Connection, hold: Hold, changes: Changes) -> None:
    """Transaction B: append the events and everything that belongs to them; the lease ends.

    Raises:
        LeaseLost: another process has taken the conversation over; nothing is written.
        RequestError: the reminder was delivered or cancelled meanwhile (status 409); nothing is written.
    """
    now, key = time.time(), hold.conversation
    count = hold.events + len(changes.events)
    ours = connection.execute(
        _COMMIT,
        {
            "key": key,
            "token": hold.token,
            "now": now,
            "count": count,
            "turn": max(hold.turns, changes.turn or 0),
            "covered": hold.snapshot if changes.snapshot is None else count,
            "via": changes.channel,
            "user": changes.user,
        },
    )
    if not ours.rowcount:
        raise LeaseLost(
            f"conversation {key!r} was taken over by another process",
            fix="send the message again; nothing of this turn was kept",
        )
    if changes.delivered is not None:
        take_reminder(connection, changes.delivered)
    if changes.events:
        connection.execute(_APPEND, _event_rows(key, hold.events, changes.events))
    if changes.to_broker:
        post(connection, key, changes.events)
    if changes.why is not None:
        turn = changes.turn or hold.turns
        connection.execute(_EXPLAIN, {"conversation": key, "turn": turn, "data": encode(changes.why)})
    if changes.snapshot is not None:
        connection.execute(delete(snapshots).where(snapshots.c.conversation == key))
        connection.execute(insert(snapshots), {"conversation": key, "data": encode(changes.snapshot)})
    if changes.profile is not None:
        merge(connection, changes.profile)
    keep_reminders(connection, key, changes.reminders, user_spoke=changes.user_spoke)
    if changes.message_id is not None:
        connection.execute(
            _DONE,
            {
                "key": key,
                "message": changes.message_id,
                "number": changes.turn,
                "answer": encode(changes.replies),
            },
        )


def replace_events(
    connection: Connection, hold: Hold, replacement: Sequence[Event], *, to_broker: bool
) -> None:
    """Put ``replacement`` in the place of all events. Turn numbers go on: actions know turns by them."""
    connection.execute(delete(events).where(events.c.conversation == hold.conversation))
    connection.execute(delete(snapshots).where(snapshots.c.conversation == hold.conversation))
    commit(
        connection,
        Hold(hold.conversation, hold.token, events=0, turns=hold.turns, snapshot=0),
        Changes(events=replacement, to_broker=to_broker),
    )


def leave(connection: Connection, hold: Hold, message_id: str | None) -> None:
    """Leave without a commit. The sender is told; only redelivery runs the message again."""
    if message_id is not None:
        connection.execute(_FAIL, {"key": hold.conversation, "message": message_id})
    connection.execute(_RELEASE, {"key": hold.conversation, "token": hold.token})


def recall(connection: Connection, conversation: str) -> Recalled:
    """The newest snapshot and the events after it."""
    row = connection.execute(_FIND, {"key": conversation}).first()
    return Recalled() if row is None else _recall(connection, row)


def read_events(
    connection: Connection, conversation: str, *, after: int = 0, limit: int | None = None
) -> Sequence[str]:
    """Events with a sequence number above ``after``, in order, as JSON."""
    query = _TAIL if limit is None else _TAIL.limit(limit)
    return connection.execute(query, {"key": conversation, "after": after}).scalars().all()


def _hold(connection: Connection, key: str) -> tuple[Row[Any], float]:
    """The row of the conversation, made if need be, held against other transactions since now."""
    row = connection.execute(_HOLD, {"key": key}).first()
    if row is None:
        now = time.time()
        empty = {"events": 0, "turns": 0, "snapshot": 0, "fence": 0, "leased_until": 0.0}
        connection.execute(
            _NEW[connection.dialect.name], {"id": key, "created": now, "updated": now, **empty}
        )
        row = connection.execute(_HOLD, {"key": key}).one()
    return row, time.time()


def _is_free(held: Row[Any], owner: str, now: float) -> bool:
    # Within a process the messages of a conversation stand in line: a lease of ours is a left-over.
    return held.owner in (None, owner) or not is_running(held.leased_until, LEASE_S, now)


def _take(connection: Connection, held: Row[Any], owner: str, now: float) -> Hold:
    token = held.fence + 1
    connection.execute(_LEASE, {"key": held.id, "token": token, "who": owner, "until": now + LEASE_S})
    return Hold(held.id, token, held.events, held.turns, held.snapshot, held.created)


def _recall(connection: Connection, row: Row[Any]) -> Recalled:
    kept = connection.execute(_SNAPSHOT, {"key": row.id}).scalar() if row.snapshot else None
    tail = read_events(connection, row.id, after=row.snapshot) if row.events else ()
    return Recalled(kept, tail, row.turns, row.user_id)


def _inbox_row(message: UserMessage, owner: str, attempts: int, now: float) -> dict[str, Any]:
    return {
        "conversation": message.conversation,
        "message_id": message.message_id,
        "text": storable(message.text),
        "channel": storable(message.channel),
        "metadata": encode(dict(message.metadata)),
        "received": message.received_at,
        "seen": now,
        "state": "open",
        "attempts": attempts,
        "owner": owner,
    }


def _event_rows(conversation: str, count: int, new: Sequence[Event]) -> list[dict[str, Any]]:
    return [
        {
            "conversation": conversation,
            "seq": seq,
            "type": event.type_name,
            "timestamp": event.timestamp,
            "data": encode(event.to_json()),
        }
        for seq, event in enumerate(new, count + 1)
    ]
