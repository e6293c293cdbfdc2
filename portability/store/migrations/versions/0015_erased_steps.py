"""
What is left of results that fell with a permission.

Cases in which something was erased because of one have theirs erased now. How each answer was is
encrypted, so each case in which one was given is looked at.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_steps",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("remainder_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("erasure", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_erased_steps_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", "statement_id", name=op.f("pk_erased_steps")),
    )
    op.execute(
        sa.text(
            """
            INSERT INTO pending_work (kind, case_id, statement_id, not_before, attempts)
            SELECT DISTINCT 'forget-results', said.case_id, :nothing,
                (SELECT max(accept_time) FROM statements), 0
            FROM case_statements said
            JOIN statements ON statements.leaf_index = said.leaf_index
            WHERE said.direction = 'out' AND statements.kind = 'notice-answer'
            """
        ).bindparams(sa.bindparam("nothing", bytes(32), sa.LargeBinary()))
    )
