"""Workers and witnesses at counters, and the documents that they prepared with persons."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "assistants",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.Column("revoke_time", BIG),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_assistants")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_assistants_leaf_index")),
        sa.UniqueConstraint("public_key", name=op.f("uq_assistants_public_key")),
    )
    op.create_table(
        "assisted_acts",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("worker", sa.LargeBinary(), nullable=False),
        sa.Column("witness", sa.LargeBinary(), nullable=False),
        sa.Column("key_record", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("offer_time", BIG, nullable=False),
        sa.Column("grant_time", BIG),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_assisted_acts_person_persons")
        ),
        sa.ForeignKeyConstraint(
            ["worker"],
            ["assistants.statement_id"],
            name=op.f("fk_assisted_acts_worker_assistants"),
        ),
        sa.ForeignKeyConstraint(
            ["witness"],
            ["assistants.statement_id"],
            name=op.f("fk_assisted_acts_witness_assistants"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_assisted_acts")),
    )
    op.create_index(op.f("ix_assisted_acts_offer_time"), "assisted_acts", ["offer_time"])
