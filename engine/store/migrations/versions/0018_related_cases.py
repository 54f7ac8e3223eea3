"""Case files that were related by hand, with the reason

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_relation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("kinship", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", engine.store.tables.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_relation_case_id_case_file")),
        sa.ForeignKeyConstraint(["other_id"], ["case_file.id"], name=op.f("fk_case_relation_other_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_relation")),
    )
    op.create_index("ix_case_relation_case", "case_relation", ["case_id"])
    op.create_index("ix_case_relation_other", "case_relation", ["other_id"])


def downgrade() -> None:
    op.drop_index("ix_case_relation_other", "case_relation")
    op.drop_index("ix_case_relation_case", "case_relation")
    op.drop_table("case_relation")
