"""To whom the records of a person were opened, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "accesses",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.Column("expire_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_accesses_person_persons")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_accesses")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_accesses_leaf_index")),
    )
    op.create_index(op.f("ix_accesses_person_leaf_index"), "accesses", ["person", "leaf_index"])
