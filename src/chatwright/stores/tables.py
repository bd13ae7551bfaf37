"""The tables of the conversation store. Their history is in ``migrations/``."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

__all__ = [
    "ID_LENGTH",
    "WORKER",
    "conversations",
    "events",
    "inbox",
    "metadata",
    "outbox",
    "profiles",
    "snapshots",
    "state",
    "timers",
    "why",
]

metadata = MetaData()

WORKER = "worker/"
"""Keys in ``state`` that belong to one running worker begin so."""

# SQLite only counts up by itself for INTEGER keys.
_Key = BigInteger().with_variant(Integer, "sqlite")
ID_LENGTH = 512
"""Characters in the id of a conversation or message at most."""
_Id = String(ID_LENGTH)

conversations = Table(
    "conversations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Column("events", Integer, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("snapshot", Integer, nullable=False),  # events that the snapshot covers; 0: there is none
    Column("channel", Text),
    Column("fence", BigInteger, nullable=False),  # token of the newest lease, whoever keeps the lease
    Column("owner", String(64)),
    Column("leased_until", Float, nullable=False),
    Column("user_id", _Id),  # None: the conversation's own id names its user
    Index("conversations_by_update", "updated", "id"),
    Index("conversations_by_user", "user_id"),
)

profiles = Table(
    "profiles",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Column("data", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("conversation", _Id, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("type", String(32), nullable=False),
    Column("timestamp", Float, nullable=False),
    Column("data", Text, nullable=False),
)

_ANSWERED = text("state = 'done'")
inbox = Table(
    "inbox",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("conversation", _Id, nullable=False),
    Column("message_id", _Id, nullable=False),
    Column("text", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("received", Float, nullable=False),
    Column("seen", Float, nullable=False),  # when its process last said that it still waits, or began it
    Column("state", String(8), nullable=False),  # open, done, failed
    Column("attempts", Integer, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("turn", Integer),
    Column("replies", Text),
    UniqueConstraint("conversation", "message_id", name="inbox_message"),
    Index("inbox_by_state", "state", "conversation", "id"),
    # With the state in it, or SQLite takes the index above.
    Index("inbox_answered", "state", "seen", sqlite_where=_ANSWERED, postgresql_where=_ANSWERED),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("conversation", _Id, primary_key=True),
    Column("data", Text, nullable=False),
)

why = Table(
    "why",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("conversation", _Id, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("data", Text, nullable=False),
    Index("why_by_turn", "conversation", "turn"),
)

timers = Table(
    "timers",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("conversation", _Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("intent", Text, nullable=False),
    Column("entities", Text, nullable=False),
    Column("due", Float, nullable=False),
    Column("kill_on_user_message", Boolean, nullable=False),
    Column("claimed_until", Float, nullable=False),
    UniqueConstraint("conversation", "name", name="timer_name"),
    Index("timers_by_due", "due"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("conversation", _Id, nullable=False),
    Column("events", Text, nullable=False),  # those of one commit, as they are sent to an event broker
    Index("outbox_by_conversation", "conversation"),
)

state = Table(
    "state",
    metadata,
    Column("key", String(256), primary_key=True),
    Column("value", Text, nullable=False),
)
