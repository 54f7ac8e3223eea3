"""Documents are drafts, signed or void; a signed one is kept as it was, and anybody can verify it

Revision ID: 0004
Revises: 0003
"""

import secrets

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def columns() -> tuple[sa.Column, ...]:  # type: ignore[type-arg]
    return (
        sa.Column("state", sa.String(10), nullable=False, server_default="borrador"),
        sa.Column("check_code", sa.String(20), nullable=False, server_default=""),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_name", sa.String(200), nullable=True),
        sa.Column("signed_role", sa.String(100), nullable=True),
        sa.Column("void_reason", sa.String(500), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
    )


def upgrade() -> None:
    with op.batch_alter_table("document") as batch_op:
        for column in columns():
            batch_op.add_column(column)
        batch_op.add_column(sa.Column("signed_at", engine.store.tables.base.UtcDateTime(timezone=True), nullable=True))
    table = sa.table("document", sa.column("id", sa.Uuid()), sa.column("check_code", sa.String()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(table.c.id)).all():
        connection.execute(table.update().where(table.c.id == row.id).values(check_code=secrets.token_hex(6).upper()))
    with op.batch_alter_table("document") as batch_op:
        batch_op.alter_column("state", server_default=None)
        batch_op.alter_column("check_code", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("document") as batch_op:
        for column in columns():
            batch_op.drop_column(column.name)
        batch_op.drop_column("signed_at")
