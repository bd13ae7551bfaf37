"""Events as rows of a table ``events`` (``type: sql``), as Rasa's SQL broker lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from sqlalchemy import URL, Column, Integer, MetaData, String, Table, Text, create_engine, insert
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from chatwright.brokers.broker import Sent
from chatwright.errors import BrokerUnavailable, MissingExtraError

__all__ = ["SqlBroker"]

_METADATA = MetaData()
_EVENTS = Table(
    "events",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255)),
    Column("data", Text),
)
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class SqlBroker:
    """Appends rows; all events of one call in one transaction."""

    def __init__(
        self,
        url: str | None,
        *,
        root: Path,
        dialect: str = "sqlite",
        db: str = "events.db",
        host: str | None = None,
        port: int | None = None,
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        if dialect == "sqlite":
            address = URL.create(dialect, database=str(root / db))
        else:
            address = URL.create(
                _DRIVERS.get(dialect, dialect), username, password, url or host, port and int(port), db
            )
        try:
            self._engine = create_engine(address, pool_pre_ping=True)
        except (ImportError, NoSuchModuleError) as error:
            raise MissingExtraError(f"an event broker in {dialect}", "postgres") from error
        self._is_ready = False

    def publish(self, events: Sequence[Sent], *, headers: Mapping[str, str] | None = None) -> None:
        """Insert; committed when it comes back."""
        rows = [{"sender_id": event["sender_id"], "data": orjson.dumps(event).decode()} for event in events]
        try:
            with self._engine.begin() as connection:
                if not self._is_ready:
                    _METADATA.create_all(connection)
                connection.execute(insert(_EVENTS), rows)
            self._is_ready = True
        except SQLAlchemyError as error:
            raise BrokerUnavailable(
                f"the database of the event broker failed: {str(error).splitlines()[0]}",
                fix="check event_broker in endpoints.yml, and that the database is running",
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
