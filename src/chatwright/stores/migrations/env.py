"""Alembic's entry: migrations run on the connection that ``upgrade`` was given."""

from alembic import context

from chatwright.stores.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
