"""Answered messages by age, so that old ones are found and forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    answered = sa.text("state = 'done'")
    op.create_index(
        "inbox_answered", "inbox", ["state", "seen"], sqlite_where=answered, postgresql_where=answered
    )


def downgrade() -> None:
    op.drop_index("inbox_answered", "inbox")
