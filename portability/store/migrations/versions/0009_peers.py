"""What a node knows of its peers: maintenance, versions, what was left out, parts, identities."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("set_aside", sa.Column("replay_time", BIG, nullable=True))
    _maintenance()
    _versions()
    _staged()
    _identities()


def _maintenance() -> None:
    op.create_table(
        "maintenance",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("retry_after_seconds", BIG, nullable=False),
        sa.Column("begin_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_maintenance")),
    )


def _versions() -> None:
    op.create_table(
        "peer_versions",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("protocol_version", sa.Integer(), nullable=False),
        sa.Column("learn_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("peer", name=op.f("pk_peer_versions")),
    )
    op.create_table(
        "undelivered",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("exhibit_ids", sa.LargeBinary(), nullable=False),
        sa.Column("protocol_version", sa.Integer(), nullable=False),
        sa.Column("not_before", BIG, nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("peer", "statement_id", name=op.f("pk_undelivered")),
    )
    op.create_index(op.f("ix_undelivered_case_id"), "undelivered", ["case_id"])


def _staged() -> None:
    op.create_table(
        "staged_exhibits",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("person", BIG, nullable=True),
        sa.Column("proven_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("peer", "statement_id", "ordinal", name=op.f("pk_staged_exhibits")),
    )
    op.create_index(op.f("ix_staged_exhibits_person"), "staged_exhibits", ["person"])


def _identities() -> None:
    op.create_table(
        "identity_questions",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("resolution", sa.LargeBinary(), nullable=True),
        sa.Column("create_time", BIG, nullable=False),
        sa.Column("resolve_time", BIG, nullable=True),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_identity_questions")),
    )
    op.create_index(
        op.f("ix_identity_questions_institution_state"),
        "identity_questions",
        ["institution", "state"],
    )
    op.create_table(
        "identity_candidates",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person", BIG, autoincrement=False, nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("peer", "reference", "person", name=op.f("pk_identity_candidates")),
    )
    op.create_index(op.f("ix_identity_candidates_person"), "identity_candidates", ["person"])
