"""Alembic migrations of the conversation store, run when a store is opened."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from chatwright.errors import StoreError

__all__ = ["HEAD", "upgrade"]

HEAD = "0004"
"""The newest revision. Alembic is only imported, which takes a while, when the database is older."""


def upgrade(connection: Connection) -> None:
    """Bring the database to the newest revision inside the caller's transaction.

    Raises:
        StoreError: the database was written by a newer Chatwright.
    """
    if connection.dialect.name == "postgresql":
        # Workers that start together migrate one after the other.
        connection.execute(text("SELECT pg_advisory_xact_lock(727073)"))
    if inspect(connection).has_table("alembic_version"):
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise StoreError(
                f"the conversation store was written by a newer Chatwright (revision {found})",
                fix="upgrade Chatwright, or use another store",
            )

    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
