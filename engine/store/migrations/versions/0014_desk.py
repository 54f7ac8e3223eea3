"""The officer's desk: the place of a task among all others, absences with a substitute, saved views, and what is said
about a task

Revision ID: 0014
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

LAST = 253_370_764_800
FORWARD = {"P1": 1_000_000_000_000, "P2": 24 * 3_600}
CHILD = 72 * 3_600
BATCH = 1_000


def moment(name: str, *, nullable: bool = False) -> "sa.Column":  # type: ignore[type-arg]
    return sa.Column(name, engine.store.tables.base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.drop_index("ix_user_task_office", table_name="user_task")
    op.drop_index("ix_user_task_assignee", table_name="user_task")
    with op.batch_alter_table("user_task") as batch_op:
        batch_op.add_column(sa.Column("rank", sa.BigInteger(), nullable=False, server_default=str(LAST)))
        batch_op.add_column(sa.Column("shelf", sa.SmallInteger(), nullable=False, server_default="1"))
    with op.batch_alter_table("user_task") as batch_op:
        batch_op.alter_column("rank", server_default=None)
        batch_op.alter_column("shelf", server_default=None)
    _rank()
    op.create_index("ix_user_task_office", "user_task", ["office_code", "state", "rank", "id"])
    op.create_index("ix_user_task_assignee", "user_task", ["assignee_id", "state", "shelf", "rank", "id"])
    op.create_index("ix_user_task_rank", "user_task", ["state", "rank", "id"])
    op.create_table(
        "task_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        moment("at"),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.String(200), nullable=False),
        sa.Column("level", sa.String(4), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["user_task.id"], name=op.f("fk_task_comment_task_id_user_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_comment")),
    )
    op.create_index("ix_task_comment_task", "task_comment", ["task_id", "at", "id"])
    op.create_index("ix_task_comment_case", "task_comment", ["case_id"])
    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        moment("starts_at"),
        moment("ends_at"),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        moment("made_at"),
        moment("called_off_at", nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_absence_user_id_user")),
        sa.ForeignKeyConstraint(["substitute_id"], ["user.id"], name=op.f("fk_absence_substitute_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_user", "absence", ["user_id"])
    op.create_index("ix_absence_substitute", "absence", ["substitute_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("query", sa.LargeBinary(), nullable=False),
        moment("created_at"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_saved_view_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index("ix_saved_view_user", "saved_view", ["user_id"])


def _rank() -> None:
    """The places of the tasks that are open now, as ``engine.casework.urgency`` counts them."""
    connection = op.get_bind()
    task = sa.table(
        "user_task",
        sa.column("id", sa.Uuid()),
        sa.column("case_id", sa.Uuid()),
        sa.column("state", sa.String()),
        sa.column("due_at", engine.store.tables.base.UtcDateTime(timezone=True)),
        sa.column("rank", sa.BigInteger()),
    )
    case = sa.table(
        "case_file",
        sa.column("id", sa.Uuid()),
        sa.column("priority", sa.String()),
        sa.column("compartments", sa.String()),
    )
    rows = connection.execute(
        sa.select(task.c.id, task.c.due_at, case.c.priority, case.c.compartments)
        .select_from(task.outerjoin(case, case.c.id == task.c.case_id))
        .where(task.c.state.in_(["open", "suspended"]))
    ).all()
    places = [
        {
            "_id": id,
            "rank": (int(due_at.timestamp()) if due_at is not None else LAST)
            - FORWARD.get(priority or "", 0)
            - (CHILD if "NNA" in (compartments or "").split(",") else 0),
        }
        for id, due_at, priority, compartments in rows
    ]
    change = sa.update(task).where(task.c.id == sa.bindparam("_id")).values(rank=sa.bindparam("rank"))
    for start in range(0, len(places), BATCH):
        connection.execute(change, places[start : start + BATCH])


def downgrade() -> None:
    op.drop_table("saved_view")
    op.drop_table("absence")
    op.drop_table("task_comment")
    for name in ("ix_user_task_rank", "ix_user_task_assignee", "ix_user_task_office"):
        op.drop_index(name, table_name="user_task")
    with op.batch_alter_table("user_task") as batch_op:
        batch_op.drop_column("shelf")
        batch_op.drop_column("rank")
    op.create_index("ix_user_task_office", "user_task", ["office_code", "state", "due_at"])
    op.create_index("ix_user_task_assignee", "user_task", ["assignee_id", "state", "due_at"])
