"""Reads the conversations of a Rasa SQL tracker store (``tracker_store: type: SQL``)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from chatwright.errors import RequestError, StoreError
from chatwright.schema.events import Event, event_from_json

__all__ = ["RasaConversation", "read_rasa_store"]

BATCH = 500
_COLUMNS = {"id", "sender_id", "data"}


@dataclass(frozen=True, slots=True)
class RasaConversation:
    """All events of one conversation, oldest first."""

    name: str
    events: list[Event]
    left_out: int
    """Events that could not be read, such as those of a plug-in."""


def read_rasa_store(url: str) -> Iterator[RasaConversation]:
    """The conversations, one after the other; the store is only read.

    Args:
        url: of the database, such as ``sqlite:///rasa.db`` or ``postgresql+psycopg://user@host/rasa``.

    Raises:
        StoreError: there is no such database, or it holds no events of Rasa's.
    """
    try:
        engine = create_engine(url)
        if url.startswith("sqlite") and not inspect(engine).get_table_names():
            raise StoreError(f"{url} holds no tables", fix="is the path of the database right?")
        with engine.connect() as connection:
            columns = {column["name"] for column in inspect(connection).get_columns("events")}
            if not columns >= _COLUMNS:
                raise StoreError(
                    f"{url} holds no events of Rasa's", fix="name the database of the tracker store"
                )
            rows = connection.execution_options(yield_per=BATCH).execute(
                text("SELECT sender_id, data FROM events ORDER BY sender_id, id")
            )
            for name, of_conversation in itertools.groupby(rows, key=lambda row: row[0]):
                yield _conversation(str(name), [row[1] for row in of_conversation])
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise StoreError(
            f"{url} cannot be read: {str(error).splitlines()[0]}",
            fix="name the database of the tracker store, such as sqlite:///rasa.db",
        ) from error


def _conversation(name: str, documents: list[str]) -> RasaConversation:
    events, left_out = [], 0
    for document in documents:
        try:
            events.append(event_from_json(orjson.loads(document)))
        except (RequestError, orjson.JSONDecodeError):
            left_out += 1
    return RasaConversation(name, events, left_out)
