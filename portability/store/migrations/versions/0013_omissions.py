"""Answers of peers that were not complete, and by what that is proven."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "omissions",
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("log_origin", sa.Text(), nullable=False),
        sa.Column("tree_size", BIG, nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("proven", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("response", "record", name=op.f("pk_omissions")),
    )
    op.create_index(op.f("ix_omissions_case_id"), "omissions", ["case_id"])
