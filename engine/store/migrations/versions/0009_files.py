"""Files of cases: what was attached, and the sealed contents in the vault

Revision ID: 0009
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from engine.store.tables.base import UtcDateTime

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_content",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(22), nullable=False),
        sa.Column("object", sa.String(80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_content")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_stored_content_fingerprint")),
        sa.UniqueConstraint("object", name=op.f("uq_stored_content_object")),
    )
    op.create_index("ix_stored_content_dropped", "stored_content", ["dropped_at"])
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=True),
        sa.Column("thumbnail_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("field", sa.String(300), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("level", sa.String(2), nullable=False),
        sa.Column("scan", sa.String(10), nullable=False),
        sa.Column("threat", sa.String(200), nullable=True),
        sa.Column("with_metadata", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("deleted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_attachment_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["content_id"], ["stored_content.id"], name=op.f("fk_attachment_content_id_stored_content")
        ),
        sa.ForeignKeyConstraint(
            ["thumbnail_id"], ["stored_content.id"], name=op.f("fk_attachment_thumbnail_id_stored_content")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_case", "attachment", ["case_id", "at", "id"])
    op.create_index("ix_attachment_content", "attachment", ["content_id"])
    op.create_index("ix_attachment_thumbnail", "attachment", ["thumbnail_id"])
    op.create_index("ix_attachment_scan", "attachment", ["scan"])


def downgrade() -> None:
    op.drop_table("attachment")
    op.drop_table("stored_content")
