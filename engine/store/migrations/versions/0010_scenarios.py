"""Scenarios that designers keep, and rehearsals

Revision ID: 0010
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

import engine.store.tables.base

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

UtcDateTime = engine.store.tables.base.UtcDateTime
Json = engine.store.tables.base.Json


def upgrade() -> None:
    op.create_table(
        "scenario_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("process_id", sa.String(200), nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_text")),
        sa.UniqueConstraint("key", "draft", name=op.f("uq_scenario_text_key_draft")),
    )
    op.create_index("ix_scenario_text_process", "scenario_text", ["process_id"])
    op.create_table(
        "rehearsal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.String(200), nullable=True),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("result", Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal")),
    )
    op.create_index("ix_rehearsal_process", "rehearsal", ["process_id", "started_at"])


def downgrade() -> None:
    op.drop_table("rehearsal")
    op.drop_table("scenario_text")
