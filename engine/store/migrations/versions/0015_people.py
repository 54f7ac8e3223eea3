"""Persons: by telephone, and two registrations of one that are merged; what they are found by is made anew

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def moment(name: str, *, nullable: bool = False) -> "sa.Column":  # type: ignore[type-arg]
    return sa.Column(name, engine.store.tables.base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("phone", sa.LargeBinary(), nullable=True))
    op.create_table(
        "person_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=True),
        moment("merged_at"),
        moment("until"),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        moment("undone_at", nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merge")),
    )
    op.create_index("ix_person_merge_kept", "person_merge", ["kept_id"])
    op.create_index("ix_person_merge_until", "person_merge", ["until"])
    # Tokens of towns and years are new: whoever has no tokens is indexed when the installation begins again.
    op.execute(sa.delete(sa.table("person_token")))


def downgrade() -> None:
    op.drop_index("ix_person_merge_until", "person_merge")
    op.drop_index("ix_person_merge_kept", "person_merge")
    op.drop_table("person_merge")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_column("phone")
    op.execute(sa.delete(sa.table("person_token")))
