"""
Cases that had asked for histories before the ends of permissions were watched: each is looked at.

What is there to be watched is counted, since what requests name is encrypted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """As many looks wait, or ends were told, as there are requests; else there may be one more."""
    op.execute(
        sa.text(
            """
            INSERT INTO pending_work (kind, case_id, statement_id, not_before, attempts)
            SELECT 'watch-permissions', asked.case_id, :nothing,
                (SELECT max(accept_time) FROM statements), 0
            FROM (
                SELECT said.case_id, count(*) AS requests
                FROM case_statements said
                JOIN statements ON statements.leaf_index = said.leaf_index
                WHERE said.direction = 'out' AND statements.kind = 'history-request'
                GROUP BY said.case_id
            ) asked
            WHERE asked.requests > (
                SELECT count(*) FROM pending_work
                WHERE pending_work.case_id = asked.case_id
                AND pending_work.kind = 'permission-end'
            ) + (
                SELECT count(*) FROM case_statements said
                JOIN statements ON statements.leaf_index = said.leaf_index
                WHERE said.case_id = asked.case_id AND said.direction = 'out'
                AND statements.kind = 'permission-end'
            )
            """
        ).bindparams(sa.bindparam("nothing", bytes(32), sa.LargeBinary()))
    )
