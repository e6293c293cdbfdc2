"""Answers and corrections that came without their records, since a permission had ended."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "came_bare",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_came_bare_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", "statement_id", name=op.f("pk_came_bare")),
    )
