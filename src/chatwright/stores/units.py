"""The units of work behind a turn: what is read and written in one transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from chatwright.errors import LeaseLost, RequestError
from chatwright.schema.events import (
    Event,
    ReminderCancelled,
    ReminderScheduled,
    event_from_json,
)
from chatwright.schema.messages import UserMessage
from chatwright.stores.leases import LEASE_S, release_lease, take_lease
from chatwright.stores.records import Recalled, StoredTurn
from chatwright.stores.tables import conversations, events, inbox, snapshots, timers, why

__all__ = [
    "Admission",
    "Changes",
    "admit",
    "commit",
    "enter",
    "leave",
    "read_events",
    "recall",
    "replace_events",
]

MAX_ATTEMPTS = 3
"""Runs of one message before it is given up."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a message or an edit may go ahead."""

    token: int | None = None
    """None: another process is at work on the conversation."""
    replay: StoredTurn | None = None
    recalled: Recalled | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a turn leaves behind."""

    events: Sequence[Event]
    why: dict[str, Any] | None = None
    turn: int | None = None
    snapshot: dict[str, Any] | None = None
    reminders: Sequence[ReminderScheduled] = ()
    cancelled: Sequence[ReminderCancelled] = ()
    user_spoke: bool = False
    message_id: str | None = None
    replies: Sequence[dict[str, Any]] = ()
    channel: str | None = None


def admit(
    connection: Connection, message: UserMessage, owner: str, token: int | None, locked: bool
) -> Admission:
    """Transaction A: put the message in the inbox, take the lease, recall the conversation.

    Args:
        token: of a lease that is kept outside the database, when ``locked`` says so.
    """
    now = time.time()
    held = _hold(connection, message.conversation, now)
    mine = (inbox.c.conversation == message.conversation) & (inbox.c.message_id == message.message_id)
    row = connection.execute(select(inbox).where(mine)).first()
    if row is not None:
        if row.text != message.text:
            raise RequestError(
                f"message id {message.message_id!r} was used for another text",
                status=409,
                reason="Conflict",
                fix="give each message an id of its own",
            )
        if row.state == "done":
            return Admission(replay=StoredTurn(row.turn, orjson.loads(row.replies)))
        connection.execute(update(inbox).where(mine).values(owner=owner, state="open"))
        row_id, attempts = row.id, row.attempts
    else:
        result = connection.execute(
            insert(inbox).values(
                conversation=message.conversation,
                message_id=message.message_id,
                text=message.text,
                channel=message.channel,
                metadata=_dump(dict(message.metadata)),
                received=message.received_at,
                state="open",
                attempts=0,
                owner=owner,
            )
        )
        row_id, attempts = result.inserted_primary_key[0], 0  # type: ignore[index]
    if _is_behind(connection, message.conversation, row_id, owner, now):
        return Admission()
    token = _take(connection, held, owner, token, locked, now)
    if token is None:
        return Admission()
    connection.execute(update(inbox).where(inbox.c.id == row_id).values(attempts=attempts + 1))
    return Admission(token=token, recalled=_recall(connection, held), attempt=attempts + 1)


def enter(
    connection: Connection, conversation: str, owner: str, token: int | None, locked: bool
) -> Admission:
    """Take the lease and recall the conversation, without a message."""
    now = time.time()
    held = _hold(connection, conversation, now)
    token = _take(connection, held, owner, token, locked, now)
    return Admission() if token is None else Admission(token=token, recalled=_recall(connection, held))


def commit(connection: Connection, conversation: str, token: int, changes: Changes, locked: bool) -> None:
    """Transaction B: append the events and everything that belongs to them.

    Raises:
        LeaseLost: another process has taken the conversation over; nothing is written.
    """
    now = time.time()
    row = connection.execute(
        select(conversations.c.fence, conversations.c.events, conversations.c.turns).where(
            conversations.c.id == conversation
        )
    ).first()
    if row is None or row.fence != token:
        raise LeaseLost(
            f"conversation {conversation!r} was taken over by another process",
            fix="send the message again; nothing of this turn was kept",
        )
    seq = row.events
    _append(connection, conversation, seq, changes.events)
    values: dict[str, Any] = {"updated": now, "events": seq + len(changes.events)}
    if changes.turn is not None:
        values["turns"] = max(row.turns, changes.turn)
    if changes.channel:
        values["channel"] = changes.channel
    fence = (conversations.c.id == conversation) & (conversations.c.fence == token)
    connection.execute(update(conversations).where(fence).values(**values))
    if changes.why is not None:
        connection.execute(
            insert(why).values(
                conversation=conversation, turn=changes.turn or row.turns, data=_dump(changes.why)
            )
        )
    if changes.snapshot is not None:
        _upsert(
            connection,
            snapshots,
            {"conversation": conversation},
            {"seq": seq + len(changes.events), "data": _dump(changes.snapshot)},
        )
    _keep_timers(connection, conversation, changes)
    if changes.message_id is not None:
        connection.execute(
            update(inbox)
            .where((inbox.c.conversation == conversation) & (inbox.c.message_id == changes.message_id))
            .values(state="done", turn=changes.turn, replies=_dump(list(changes.replies)))
        )
    if not locked:
        release_lease(connection, conversation, token)


def replace_events(
    connection: Connection, conversation: str, token: int, replacement: Sequence[Event], locked: bool
) -> None:
    """Put ``replacement`` in the place of all events."""
    connection.execute(delete(events).where(events.c.conversation == conversation))
    connection.execute(delete(snapshots).where(snapshots.c.conversation == conversation))
    turns = sum(event.type_name == "user" for event in replacement)
    connection.execute(
        update(conversations).where(conversations.c.id == conversation).values(events=0, turns=turns)
    )
    commit(connection, conversation, token, Changes(events=replacement), locked)


def leave(
    connection: Connection, conversation: str, token: int, message_id: str | None, locked: bool
) -> None:
    """Leave without a commit: the message stays open until it was tried often enough."""
    if message_id is not None:
        spent = (
            (inbox.c.conversation == conversation)
            & (inbox.c.message_id == message_id)
            & (inbox.c.state == "open")
            & (inbox.c.attempts >= MAX_ATTEMPTS)
        )
        connection.execute(update(inbox).where(spent).values(state="failed"))
    if not locked:
        release_lease(connection, conversation, token)


def recall(connection: Connection, conversation: str) -> Recalled:
    """The newest snapshot and the events after it."""
    row = connection.execute(select(conversations).where(conversations.c.id == conversation)).first()
    return Recalled(None) if row is None else _recall(connection, row)


def read_events(
    connection: Connection, conversation: str, *, after: int = 0, limit: int | None = None
) -> list[Event]:
    """Events with a sequence number above ``after``, in order."""
    query = (
        select(events.c.data)
        .where((events.c.conversation == conversation) & (events.c.seq > after))
        .order_by(events.c.seq)
        .limit(limit)
    )
    return [event_from_json(orjson.loads(data)) for data in connection.execute(query).scalars()]


def _hold(connection: Connection, conversation: str, now: float) -> Row[Any]:
    """The row of the conversation, made if need be, and held against other transactions."""
    query = select(conversations).where(conversations.c.id == conversation).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        new = {"id": conversation, "fence": 0, "created": now, "updated": now, "events": 0, "turns": 0}
        dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(conversations).values(**new).on_conflict_do_nothing())
        row = connection.execute(query).one()
    return row


def _take(
    connection: Connection, held: Row[Any], owner: str, token: int | None, locked: bool, now: float
) -> int | None:
    """The token to write with: of the database's lease, or of one kept elsewhere."""
    if not locked:
        return take_lease(connection, held.id, owner, held.fence, now)
    # A lock server that was emptied counts from below what the database has seen.
    fence = max(token or 0, held.fence + 1)
    connection.execute(update(conversations).where(conversations.c.id == held.id).values(fence=fence))
    return fence


def _recall(connection: Connection, held: Row[Any]) -> Recalled:
    kept = None
    if held.events:
        kept = connection.execute(select(snapshots).where(snapshots.c.conversation == held.id)).first()
    tail = read_events(connection, held.id, after=kept.seq if kept else 0) if held.events else []
    return Recalled(orjson.loads(kept.data) if kept else None, tail, held.turns, held.events)


def _is_behind(connection: Connection, conversation: str, row_id: int, owner: str, now: float) -> bool:
    """Whether another process still has to answer an earlier message of the conversation."""
    earlier = (
        (inbox.c.state == "open")
        & (inbox.c.conversation == conversation)
        & (inbox.c.id < row_id)
        & (inbox.c.owner != owner)
        & (inbox.c.attempts == 0)
        & (inbox.c.received > now - LEASE_S)
    )
    return connection.execute(select(inbox.c.id).where(earlier).limit(1)).first() is not None


def _append(connection: Connection, conversation: str, seq: int, new: Sequence[Event]) -> None:
    rows = [
        {
            "conversation": conversation,
            "seq": seq + number,
            "type": event.type_name,
            "timestamp": event.timestamp,
            "data": _dump(event.to_json()),
        }
        for number, event in enumerate(new, 1)
    ]
    if rows:
        connection.execute(insert(events), rows)


def _keep_timers(connection: Connection, conversation: str, changes: Changes) -> None:
    mine = timers.c.conversation == conversation
    if changes.user_spoke:
        connection.execute(delete(timers).where(mine & timers.c.kill_on_user_message))
    for event in changes.cancelled:
        wanted = [mine]
        if event.name is not None:
            wanted.append(timers.c.name == event.name)
        if event.intent is not None:
            wanted.append(timers.c.intent == event.intent)
        if event.entities is not None:
            wanted.append(timers.c.entities == _dump(event.entities))
        connection.execute(delete(timers).where(*wanted))
    for event in changes.reminders:
        _upsert(
            connection,
            timers,
            {"conversation": conversation, "name": event.name},
            {
                "intent": event.intent,
                "entities": _dump(event.entities),
                "due": datetime.fromisoformat(event.date_time).timestamp(),
                "kill_on_user_message": event.kill_on_user_msg,
                "claimed_until": 0.0,
            },
        )


def _upsert(connection: Connection, table: Any, key: dict[str, Any], values: dict[str, Any]) -> None:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def _dump(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
