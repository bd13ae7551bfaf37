"""Conversations, events, inbox, snapshots, why, timers, state."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ID = sa.String(512)


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", ID, primary_key=True),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("updated", sa.Float, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("snapshot", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("leased_until", sa.Float, nullable=False),
    )
    op.create_index("conversations_by_update", "conversations", ["updated", "id"])
    op.create_table(
        "events",
        sa.Column("conversation", ID, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("timestamp", sa.Float, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("conversation", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("received", sa.Float, nullable=False),
        sa.Column("seen", sa.Float, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("turn", sa.Integer),
        sa.Column("replies", sa.Text),
        sa.UniqueConstraint("conversation", "message_id", name="inbox_message"),
    )
    op.create_index("inbox_by_state", "inbox", ["state", "conversation", "id"])
    op.create_table(
        "snapshots",
        sa.Column("conversation", ID, primary_key=True),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_table(
        "why",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("conversation", ID, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_index("why_by_turn", "why", ["conversation", "turn"])
    op.create_table(
        "timers",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("conversation", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("intent", sa.Text, nullable=False),
        sa.Column("entities", sa.Text, nullable=False),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("kill_on_user_message", sa.Boolean, nullable=False),
        sa.Column("claimed_until", sa.Float, nullable=False),
        sa.UniqueConstraint("conversation", "name", name="timer_name"),
    )
    op.create_index("timers_by_due", "timers", ["due"])
    op.create_table(
        "state",
        sa.Column("key", sa.String(256), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("state", "timers", "why", "snapshots", "inbox", "events", "conversations"):
        op.drop_table(table)
