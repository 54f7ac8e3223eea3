"""What is personal is sealed, and persons are found by blind tokens

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import context, op

import engine.store.tables.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UtcDateTime = engine.store.tables.base.UtcDateTime


def upgrade() -> None:
    op.create_table(
        "data_key",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master_id", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("retired_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_data_key")),
    )
    keyring = context.config.attributes["keyring"]
    keyring.begin(op.get_bind(), context.config.attributes["now"])


def downgrade() -> None:
    raise NotImplementedError("What is sealed stays sealed.")
