"""Which notices each person wants by mail or in the digest of the day, and which have still to be looked at for that

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def moment(name: str) -> "sa.Column":  # type: ignore[type-arg]
    return sa.Column(name, engine.store.tables.base.UtcDateTime(timezone=True), nullable=True)


def upgrade() -> None:
    op.create_table(
        "notice_choice",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_choice_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f("pk_notice_choice")),
    )
    with op.batch_alter_table("user") as batch_op:
        batch_op.add_column(sa.Column("digest_hour", sa.SmallInteger(), nullable=False, server_default="7"))
        batch_op.add_column(moment("digest_at"))
        batch_op.add_column(moment("digest_last"))
        batch_op.create_index("ix_user_digest", ["digest_at"])
    with op.batch_alter_table("user") as batch_op:
        batch_op.alter_column("digest_hour", server_default=None)
    with op.batch_alter_table("notification") as batch_op:
        batch_op.add_column(moment("mail_at"))
        batch_op.create_index("ix_notification_mail", ["mail_at"])


def downgrade() -> None:
    with op.batch_alter_table("notification") as batch_op:
        batch_op.drop_index("ix_notification_mail")
        batch_op.drop_column("mail_at")
    with op.batch_alter_table("user") as batch_op:
        batch_op.drop_index("ix_user_digest")
        batch_op.drop_column("digest_last")
        batch_op.drop_column("digest_at")
        batch_op.drop_column("digest_hour")
    op.drop_table("notice_choice")
