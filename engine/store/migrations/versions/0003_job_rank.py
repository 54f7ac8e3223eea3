"""Jobs have a rank and are found by type; what comes for suspended instances is found by instance

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as batch_op:
        batch_op.add_column(sa.Column("rank", sa.Integer(), nullable=False, server_default="50"))
    with op.batch_alter_table("job") as batch_op:
        batch_op.alter_column("rank", server_default=None)
        batch_op.drop_index("ix_job_due")
        batch_op.create_index("ix_job_due", ["state", "type", "rank", "due_at"], unique=False)
        batch_op.create_index("ix_job_instance", ["instance_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("job") as batch_op:
        batch_op.drop_index("ix_job_instance")
        batch_op.drop_index("ix_job_due")
        batch_op.create_index("ix_job_due", ["state", "due_at"], unique=False)
        batch_op.drop_column("rank")
