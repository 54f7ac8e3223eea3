"""A completed task keeps what was answered in its form

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_task", sa.Column("answers", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("user_task") as batch:
        batch.drop_column("answers")
