"""What stands beside a case: institutions of an office, and the contacts of a case with them

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
SAID = (
    "kind", "name", "person", "role", "phone", "other_phone", "email", "address", "city", "hours", "reference", "note",
)  # fmt: skip


def moment(name: str, *, nullable: bool = False) -> "sa.Column":  # type: ignore[type-arg]
    return sa.Column(name, engine.store.tables.base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "institution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("office_code", sa.String(10), nullable=False),
        sa.Column("folded", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("other_phone", sa.String(40), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("city", sa.String(100), nullable=False),
        sa.Column("hours", sa.String(200), nullable=False),
        moment("changed_at"),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["office_code"], ["office.code"], name=op.f("fk_institution_office_code_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
    )
    op.create_index("ix_institution_office", "institution", ["office_code", "folded"])
    op.create_table(
        "case_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(4), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in SAID),
        moment("created_at"),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        moment("changed_at"),
        moment("removed_at", nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_contact_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_contact")),
    )
    op.create_index("ix_case_contact_case", "case_contact", ["case_id", "removed_at"])


def downgrade() -> None:
    op.drop_index("ix_case_contact_case", "case_contact")
    op.drop_table("case_contact")
    op.drop_index("ix_institution_office", "institution")
    op.drop_table("institution")
