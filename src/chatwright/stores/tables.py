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
)

__all__ = [
    "conversations",
    "events",
    "inbox",
    "leases",
    "metadata",
    "snapshots",
    "state",
    "timers",
    "why",
]

metadata = MetaData()

# SQLite only counts up by itself for INTEGER keys.
_Key = BigInteger().with_variant(Integer, "sqlite")
_Id = String(512)

conversations = Table(
    "conversations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("fence", BigInteger, nullable=False, default=0),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Column("events", Integer, nullable=False, default=0),
    Column("turns", Integer, nullable=False, default=0),
    Column("channel", String(64)),
    Index("conversations_by_update", "updated", "id"),
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

inbox = Table(
    "inbox",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("conversation", _Id, nullable=False),
    Column("message_id", _Id, nullable=False),
    Column("text", Text, nullable=False),
    Column("channel", String(64), nullable=False),
    Column("metadata", Text, nullable=False),
    Column("received", Float, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(64), nullable=False),
    Column("turn", Integer),
    Column("replies", Text),
    UniqueConstraint("conversation", "message_id", name="inbox_message"),
    Index("inbox_by_state", "state", "conversation", "id"),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("conversation", _Id, primary_key=True),
    Column("seq", Integer, nullable=False),
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

leases = Table(
    "leases",
    metadata,
    Column("conversation", _Id, primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires", Float, nullable=False),
)

timers = Table(
    "timers",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("conversation", _Id, nullable=False),
    Column("name", String(256), nullable=False),
    Column("intent", String(256), nullable=False),
    Column("entities", Text, nullable=False),
    Column("due", Float, nullable=False),
    Column("kill_on_user_message", Boolean, nullable=False),
    Column("claimed_until", Float, nullable=False, default=0.0),
    UniqueConstraint("conversation", "name", name="timer_name"),
    Index("timers_by_due", "due"),
)

state = Table(
    "state",
    metadata,
    Column("key", String(256), primary_key=True),
    Column("value", Text, nullable=False),
)
