"""Passkeys of persons, pauses that end by themselves, and refusals of what was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("subject_keys", sa.Column("revoke_record", sa.LargeBinary()))
    op.add_column("subject_keys", sa.Column("credential_id", sa.LargeBinary()))
    op.add_column("subject_keys", sa.Column("sign_count", BIG))
    op.add_column("subject_keys", sa.Column("counter_back_time", BIG))
    op.add_column("subject_keys", sa.Column("last_use_time", BIG))
    op.create_index(
        op.f("ix_subject_keys_credential_id"), "subject_keys", ["credential_id"], unique=True
    )
    op.add_column("sessions", sa.Column("key_id", sa.LargeBinary()))
    op.add_column("consent_acts", sa.Column("until", BIG))
    op.create_table(
        "consent_refusals",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("consent_request", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_consent_refusals_person_persons")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_consent_refusals")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_consent_refusals_leaf_index")),
        sa.UniqueConstraint("consent_request", name=op.f("uq_consent_refusals_consent_request")),
    )
