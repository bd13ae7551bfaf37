"""Events on their way to an event broker."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("conversation", sa.String(512), nullable=False),
        sa.Column("events", sa.Text, nullable=False),
    )
    op.create_index("outbox_by_conversation", "outbox", ["conversation"])


def downgrade() -> None:
    op.drop_table("outbox")
