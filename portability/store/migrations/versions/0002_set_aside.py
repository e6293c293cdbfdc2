"""Statements of a peer that were refused, kept so that its stream goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "set_aside",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("delivery_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("peer", "position", "statement_id", name=op.f("pk_set_aside")),
    )
