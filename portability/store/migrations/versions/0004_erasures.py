"""Erasures, whoever was told of them, legal holds, and the journals outside of the database."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("persons", sa.Column("fence_time", BIG))
    op.add_column("replies", sa.Column("person", BIG))
    op.create_index(op.f("ix_replies_person"), "replies", ["person"])
    _erasures()
    _recipients()
    op.create_table(
        "legal_holds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("place_time", BIG, nullable=False),
        sa.Column("lift_time", BIG),
        sa.Column("lift_citation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_legal_holds")),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_legal_holds_person_persons")
        ),
    )
    op.create_index(op.f("ix_legal_holds_person"), "legal_holds", ["person"])
    op.create_table(
        "erasure_journals",
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("journal", name=op.f("pk_erasure_journals")),
    )


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person", BIG),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("key_commitment", sa.LargeBinary(), nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.Column("statement_id", sa.LargeBinary()),
        sa.Column("create_time", BIG, nullable=False),
        sa.Column("destroy_time", BIG),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_erasures")),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_erasures_person_persons")
        ),
    )
    op.create_index(op.f("ix_erasures_owner"), "erasures", ["owner"])
    op.create_index(op.f("ix_erasures_stage"), "erasures", ["stage"])


def _recipients() -> None:
    op.create_table(
        "erasure_recipients",
        sa.Column("erasure", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("case_ids", sa.Text(), nullable=False),
        sa.Column("notice", sa.LargeBinary()),
        sa.Column("answer_by", BIG),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("answer_time", BIG),
        sa.PrimaryKeyConstraint(
            "erasure", "jurisdiction", "institution", name=op.f("pk_erasure_recipients")
        ),
        sa.ForeignKeyConstraint(
            ["erasure"], ["erasures.name"], name=op.f("fk_erasure_recipients_erasure_erasures")
        ),
    )
    op.create_index(op.f("ix_erasure_recipients_notice"), "erasure_recipients", ["notice"])
