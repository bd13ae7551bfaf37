"""Reminders of a conversation as rows with a time: scheduling and cancelling them within a turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert

from chatwright.errors import RequestError
from chatwright.schema.events import ReminderCancelled, ReminderScheduled
from chatwright.stores.encoding import encode, storable
from chatwright.stores.records import Timer
from chatwright.stores.tables import timers

__all__ = ["keep_reminders", "take_reminder"]

_KILL = delete(timers).where(timers.c.conversation == bindparam("key"), timers.c.kill_on_user_message)


def keep_reminders(
    connection: Connection,
    conversation: str,
    reminders: Sequence[ReminderScheduled | ReminderCancelled],
    *,
    user_spoke: bool,
) -> None:
    """Apply what a turn said about reminders, in the order in which it was said.

    One that is scheduled under a name in use takes its place.
    """
    if user_spoke:
        connection.execute(_KILL, {"key": conversation})
    mine = timers.c.conversation == conversation
    for event in reminders:
        wanted = [mine]
        if event.name is not None:
            wanted.append(timers.c.name == storable(event.name))
        if isinstance(event, ReminderScheduled):
            connection.execute(delete(timers).where(*wanted))
            connection.execute(
                insert(timers).inline(),
                {
                    "conversation": conversation,
                    "name": storable(event.name),
                    "intent": storable(event.intent),
                    "entities": encode(event.entities),
                    "due": datetime.fromisoformat(event.date_time).timestamp(),
                    "kill_on_user_message": event.kill_on_user_msg,
                    "claimed_until": 0.0,
                },
            )
            continue
        if event.intent is not None:
            wanted.append(timers.c.intent == storable(event.intent))
        if event.entities is not None:
            wanted.append(timers.c.entities == encode(event.entities))
        connection.execute(delete(timers).where(*wanted))


def take_reminder(connection: Connection, timer: Timer) -> None:
    """Remove a reminder in the transaction that keeps its turn, so that it happens once.

    Raises:
        RequestError: it is not there any more (status 409).
    """
    found = (timers.c.id == timer.id) & (timers.c.due == timer.due)
    if not connection.execute(delete(timers).where(found)).rowcount:
        raise RequestError("the reminder was delivered or cancelled meanwhile", status=409, reason="Conflict")
