"""What each person wants of each kind of notice, and when their digest goes

Revision ID: 0017
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_choice",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_choice_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notice_choice")),
    )
    with op.batch_alter_table("user") as batch_op:
        batch_op.add_column(sa.Column("digest_hour", sa.SmallInteger(), nullable=False, server_default="7"))
        batch_op.add_column(sa.Column("digest_sent_on", sa.Date(), nullable=True))
    with op.batch_alter_table("user") as batch_op:
        batch_op.alter_column("digest_hour", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("user") as batch_op:
        batch_op.drop_column("digest_sent_on")
        batch_op.drop_column("digest_hour")
    op.drop_table("notice_choice")
