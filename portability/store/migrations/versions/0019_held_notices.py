"""Notices of erasures that a legal hold keeps from being obeyed, until it is lifted."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_notices",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("notice", sa.LargeBinary(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "notice", name=op.f("pk_held_notices")),
    )
