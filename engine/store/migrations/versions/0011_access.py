"""Who sees how much of a case: compartments in a column that conditions can ask, people named on cases, offices in whose
guardianship they are, clearances, openings with a reason, levels of entries and documents, legal holds, erasure

Revision ID: 0011
Revises: 0010
"""

import json

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def moment(name: str, *, nullable: bool = False) -> "sa.Column":  # type: ignore[type-arg]
    return sa.Column(name, engine.store.tables.base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.add_column(sa.Column("reserved", sa.String(100), nullable=False, server_default=""))
        batch_op.add_column(moment("erased_at", nullable=True))
    _to_names()
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.drop_column("compartments")
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.alter_column("reserved", new_column_name="compartments", server_default=None)
    with op.batch_alter_table("timeline_entry") as batch_op:
        batch_op.add_column(sa.Column("level", sa.String(4), nullable=False, server_default="N1"))
    # What was noted down before levels existed is taken for sensitive.
    op.execute("UPDATE timeline_entry SET level = 'N2' WHERE kind IN ('note', 'case.event', 'case.closed')")
    with op.batch_alter_table("timeline_entry") as batch_op:
        batch_op.alter_column("level", server_default=None)
    with op.batch_alter_table("document") as batch_op:
        batch_op.add_column(sa.Column("level", sa.String(4), nullable=False, server_default="N2"))
    with op.batch_alter_table("document") as batch_op:
        batch_op.alter_column("level", server_default=None)
    op.create_table(
        "case_member",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=True),
        moment("named_at"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_member_case_id_case_file")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_case_member_user_id_user")),
        sa.PrimaryKeyConstraint("case_id", "user_id", name=op.f("pk_case_member")),
    )
    op.create_index("ix_case_member_user", "case_member", ["user_id"])
    op.create_table(
        "case_guardian",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("office_code", sa.String(10), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        moment("given_at"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_guardian_case_id_case_file")),
        sa.ForeignKeyConstraint(["office_code"], ["office.code"], name=op.f("fk_case_guardian_office_code_office")),
        sa.PrimaryKeyConstraint("case_id", "office_code", name=op.f("pk_case_guardian")),
    )
    op.create_index("ix_case_guardian_office", "case_guardian", ["office_code"])
    op.create_table(
        "case_opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        moment("at"),
        moment("until"),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        moment("reviewed_at", nullable=True),
        sa.Column("justified", sa.Boolean(), nullable=True),
        sa.Column("remark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_opening_case_id_case_file")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_case_opening_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_opening")),
    )
    op.create_index("ix_case_opening_user", "case_opening", ["user_id", "until"])
    op.create_index("ix_case_opening_case", "case_opening", ["case_id"])
    op.create_index("ix_case_opening_review", "case_opening", ["reviewed_at"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        moment("held_at"),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        moment("lifted_at", nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_legal_hold_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index("ix_legal_hold_case", "legal_hold", ["case_id"])
    op.create_table(
        "user_clearance",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("compartment", sa.String(10), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        moment("given_at"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_clearance_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "compartment", name=op.f("pk_user_clearance")),
    )


def _to_names() -> None:
    """The lists of compartments were JSON."""
    table = sa.table(
        "case_file", sa.column("id", sa.Uuid()), sa.column("compartments", sa.Text()), sa.column("reserved", sa.String())
    )
    connection = op.get_bind()
    stored = sa.cast(table.c.compartments, sa.Text())
    for row_id, text in connection.execute(sa.select(table.c.id, stored).where(stored != "[]")).all():
        names = ",".join(sorted(set(json.loads(text or "[]"))))
        connection.execute(table.update().where(table.c.id == row_id).values(reserved=names))


def downgrade() -> None:
    for name in ("user_clearance", "legal_hold", "case_opening", "case_guardian", "case_member"):
        op.drop_table(name)
    with op.batch_alter_table("document") as batch_op:
        batch_op.drop_column("level")
    with op.batch_alter_table("timeline_entry") as batch_op:
        batch_op.drop_column("level")
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.drop_column("erased_at")
        batch_op.add_column(sa.Column("listed", engine.store.tables.base.Json(), nullable=False, server_default="[]"))
    table = sa.table(
        "case_file",
        sa.column("id", sa.Uuid()),
        sa.column("compartments", sa.String()),
        sa.column("listed", engine.store.tables.base.Json()),
    )
    connection = op.get_bind()
    for row_id, names in connection.execute(sa.select(table.c.id, table.c.compartments)).all():
        listed = names.split(",") if names else []
        connection.execute(table.update().where(table.c.id == row_id).values(listed=listed))
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.drop_column("compartments")
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.alter_column("listed", new_column_name="compartments", server_default=None)
