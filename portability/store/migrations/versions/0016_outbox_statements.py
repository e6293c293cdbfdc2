"""
An index of the streams to peers by what is sent.

An erasure lets what rests on the erased records go alone, and read all that was ever sent for it.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_outbox_statement_id"), "outbox", ["statement_id"])
