"""Profiles of users beside their conversations: what is kept of a person across conversations and channels.

A conversation names its user in its row; without a name, it is its own user's, as with Rasa's sender ids.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from chatwright.stores.encoding import decode, encode
from chatwright.stores.tables import conversations, profiles

__all__ = ["ProfileChange", "UserInfo", "conversations_of", "forget", "merge", "read"]


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What a turn leaves in the profile of a user."""

    user: str
    values: Mapping[str, Any] = field(default_factory=dict)
    """Key → value; None takes the key out."""


@dataclass(frozen=True, slots=True)
class UserInfo:
    """A user as the store knows them. Times are in seconds since 1970, None where nothing is kept."""

    user: str
    profile: Mapping[str, Any]
    created: float | None
    updated: float | None
    conversations: tuple[str, ...]


_NEW = {
    dialect: made.insert(profiles).on_conflict_do_nothing()
    for dialect, made in (("sqlite", sqlite), ("postgresql", postgresql))
}


def read(connection: Connection, user: str) -> UserInfo:
    """The profile of a user, empty where there is none, and the ids of their conversations."""
    row = connection.execute(select(profiles).where(profiles.c.id == user)).first()
    ids = conversations_of(connection, user)
    if row is None:
        return UserInfo(user, {}, None, None, ids)
    return UserInfo(user, decode(row.data), row.created, row.updated, ids)


def merge(connection: Connection, change: ProfileChange) -> None:
    """Put values into a profile, beside those that others put there meanwhile."""
    now, mine = time.time(), profiles.c.id == change.user
    empty = {"id": change.user, "created": now, "updated": now, "data": "{}"}
    connection.execute(_NEW[connection.dialect.name], empty)
    kept = connection.execute(select(profiles.c.data).where(mine).with_for_update()).scalar_one()
    merged = {**decode(kept), **change.values}
    data = encode({key: value for key, value in merged.items() if value is not None})
    connection.execute(update(profiles).where(mine).values(updated=now, data=data))


def forget(connection: Connection, user: str) -> bool:
    """Delete the profile of a user; False if there was none."""
    return bool(connection.execute(delete(profiles).where(profiles.c.id == user)).rowcount)


def conversations_of(connection: Connection, user: str) -> tuple[str, ...]:
    """Ids of a user's conversations, in order."""
    query = select(conversations.c.id).where(_belongs_to(user)).order_by(conversations.c.id)
    return tuple(connection.execute(query).scalars())


def _belongs_to(user: str) -> ColumnElement[bool]:
    nobody = and_(conversations.c.user_id.is_(None), conversations.c.id == user)
    return or_(conversations.c.user_id == user, nobody)
