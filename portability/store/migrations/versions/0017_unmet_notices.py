"""Notices of erasures that found nothing of their sender in a case, where it may come yet."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unmet_notices",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("notice", sa.LargeBinary(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "notice", name=op.f("pk_unmet_notices")),
    )
