"""Retention: what was asked to be erased, the figures that stay of an erased case, why a legal hold was lifted

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
FIGURES = ("sex", "age_group", "department", "people", "stage", "vulnerability")


def moment(name: str, *, nullable: bool = False) -> "sa.Column":  # type: ignore[type-arg]
    return sa.Column(name, engine.store.tables.base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        moment("asked_at"),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Integer(), nullable=False),
        moment("finished_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index("ix_erasure_finished", "erasure", ["finished_at"])
    op.create_table(
        "case_figure",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(20), nullable=False) for name in FIGURES),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_figure_case_id_case_file")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_figure")),
    )
    op.create_index("ix_case_file_kept", "case_file", ["erased_at", "closed_at"])
    with op.batch_alter_table("legal_hold") as batch_op:
        batch_op.add_column(sa.Column("lifted_reason", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("legal_hold") as batch_op:
        batch_op.drop_column("lifted_reason")
    op.drop_index("ix_case_file_kept", "case_file")
    op.drop_table("case_figure")
    op.drop_index("ix_erasure_finished", "erasure")
    op.drop_table("erasure")
