"""Complaints of persons, and the statements that are their steps."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "complaints",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("awaits", sa.Text(), nullable=False),
        sa.Column("answer_by", BIG),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_complaints")),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_complaints_person_persons")
        ),
    )
    op.create_index(op.f("ix_complaints_person"), "complaints", ["person"])
    op.create_index(op.f("ix_complaints_desk"), "complaints", ["desk"])
    op.create_table(
        "complaint_steps",
        sa.Column("complaint", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("complaint", "ordinal", name=op.f("pk_complaint_steps")),
        sa.ForeignKeyConstraint(
            ["complaint"],
            ["complaints.name"],
            name=op.f("fk_complaint_steps_complaint_complaints"),
            ondelete="CASCADE",
        ),
    )
