"""Settlement between institutions, and the agreements that nodes signed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _settlement()
    _agreements()


def _settlement() -> None:
    op.create_table(
        "settlement_statements",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_settlement_statements")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_settlement_statements_leaf_index")),
    )
    op.create_index(
        op.f("ix_settlement_statements_first_second_currency_leaf_index"),
        "settlement_statements",
        ["first", "second", "currency", "leaf_index"],
    )
    op.create_index(op.f("ix_settlement_statements_second"), "settlement_statements", ["second"])
    op.create_table(
        "settlement_months",
        sa.Column("creditor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("claim", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "creditor", "kind", "case_id", "month", name=op.f("pk_settlement_months")
        ),
    )
    op.create_index(op.f("ix_settlement_months_claim"), "settlement_months", ["claim"])


def _agreements() -> None:
    op.create_table(
        "agreement_adoptions",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("agreement_version", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sign_time", BIG, nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_agreement_adoptions")),
    )
    op.create_index(
        op.f("ix_agreement_adoptions_jurisdiction"), "agreement_adoptions", ["jurisdiction"]
    )
    op.create_table(
        "agreement_texts",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_agreement_texts")),
    )
    op.create_table(
        "case_agreements",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_agreements")),
    )
