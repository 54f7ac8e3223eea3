"""History of steps in place of variables alone; instances know how their rows are written

Revision ID: 0002
Revises: 0001
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Json = engine.store.tables.base.Json
UtcDateTime = engine.store.tables.base.UtcDateTime


def upgrade() -> None:
    steps = op.create_table(
        "step_history",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("command", sa.String(length=20), nullable=False),
        sa.Column("element_id", sa.String(length=200), nullable=True),
        sa.Column("changes", Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_step_history_instance_id_process_instance")
        ),
        sa.PrimaryKeyConstraint("instance_id", "version", name=op.f("pk_step_history")),
    )
    # What was kept of variables becomes steps without a known command; instances of this format 1 write all of their
    # state into their next step.
    old = sa.table(
        "variable_history",
        sa.column("instance_id", sa.Uuid()),
        sa.column("version", sa.Integer()),
        sa.column("at", UtcDateTime(timezone=True)),
        sa.column("actor_id", sa.Uuid()),
        sa.column("values", Json()),
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(old))
    while batch := rows.fetchmany(1_000):
        connection.execute(
            sa.insert(steps),
            [
                {
                    "instance_id": row.instance_id,
                    "version": row.version,
                    "at": row.at,
                    "actor_id": row.actor_id,
                    "command": "",
                    "changes": {
                        "variables": [
                            [scope.replace("-", ""), name, value] for scope, name, value in _loaded(row.values)
                        ]
                    },
                }
                for row in batch
            ],
        )
    op.drop_table("variable_history")
    with op.batch_alter_table("process_instance") as batch_op:
        batch_op.add_column(sa.Column("format", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("process_instance") as batch_op:
        batch_op.alter_column("format", server_default=None)
    with op.batch_alter_table("activity_history") as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("activity_history") as batch_op:
        batch_op.alter_column("version", server_default=None)


def _loaded(value: Any) -> list[Any]:
    return json.loads(value) if isinstance(value, str) else value  # type: ignore[no-any-return]


def downgrade() -> None:
    raise NotImplementedError("Histories are never made poorer.")
