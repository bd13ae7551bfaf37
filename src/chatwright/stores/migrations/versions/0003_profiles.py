"""Profiles of users, and whose a conversation is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "profiles",
        sa.Column("id", sa.String(512), primary_key=True),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("updated", sa.Float, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.add_column("conversations", sa.Column("user_id", sa.String(512)))
    op.create_index("conversations_by_user", "conversations", ["user_id"])


def downgrade() -> None:
    op.drop_index("conversations_by_user", "conversations")
    op.drop_column("conversations", "user_id")
    op.drop_table("profiles")
