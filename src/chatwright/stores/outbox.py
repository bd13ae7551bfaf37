"""Events on their way to an event broker: kept with the turn that made them, gone when the broker has them.

So none is lost while the broker is away, and one may come twice when the process dies in between.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from chatwright.schema.events import Event
from chatwright.stores.encoding import decode, encode
from chatwright.stores.leases import is_running
from chatwright.stores.tables import outbox, state

__all__ = ["CLAIM_S", "Parcel", "claim", "finish", "post", "sent_form"]

CLAIM_S = 30.0
"""Who claims the outbox has it alone for so long at most, so that events leave in order."""
_HOLDER = "outbox"
_POST = insert(outbox).inline()


@dataclass(frozen=True, slots=True)
class Parcel:
    """The events of one commit, as they are sent."""

    id: int
    events: Sequence[dict[str, Any]]


def sent_form(conversation: str, event: Event) -> dict[str, Any]:
    """The event as Rasa sends it to a broker."""
    return {"sender_id": conversation, **event.to_json()}


def post(connection: Connection, conversation: str, events: Sequence[Event]) -> None:
    """Put the events of a commit into the outbox, inside its transaction."""
    sent = [sent_form(conversation, event) for event in events if event.is_rasa]
    if sent:
        connection.execute(_POST, {"conversation": conversation, "events": encode(sent)})


def claim(connection: Connection, owner: str, limit: int) -> list[Parcel]:
    """The oldest parcels, for one process at a time; none while another has the outbox."""
    held = connection.execute(select(state.c.value).where(state.c.key == _HOLDER).with_for_update()).scalar()
    now = time.time()
    if held is not None:
        holder = decode(held)
        if holder["owner"] != owner and is_running(holder["until"], CLAIM_S, now):
            return []
    value = encode({"owner": owner, "until": now + CLAIM_S})
    if not connection.execute(update(state).where(state.c.key == _HOLDER).values(value=value)).rowcount:
        connection.execute(insert(state).values(key=_HOLDER, value=value))
    rows = connection.execute(select(outbox).order_by(outbox.c.id).limit(limit)).all()
    return [Parcel(row.id, decode(row.events)) for row in rows]


def finish(connection: Connection, parcels: Sequence[Parcel]) -> None:
    """The broker has these parcels; whoever wants the outbox may have it."""
    if parcels:
        connection.execute(delete(outbox).where(outbox.c.id.in_([parcel.id for parcel in parcels])))
    connection.execute(delete(state).where(state.c.key == _HOLDER))
