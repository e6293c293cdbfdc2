"""Rows of tables that only grow, found by what a claim, an answer or an erasure asks for."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, columns in (
        ("assisted_acts", ["person"]),
        ("consent_refusals", ["person"]),
        ("identity_questions", ["case_id"]),
        ("settlement_months", ["case_id", "kind"]),
        ("undelivered", ["statement_id"]),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
