"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SHA-256 of nothing: the root of an empty tree (RFC 6962 section 2.1).
EMPTY_ROOT = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "data_keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_commitment", sa.LargeBinary(), nullable=False),
        sa.Column("index_check", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_data_keys")),
    )
    op.create_table(
        "head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoint", sa.LargeBinary(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head")),
    )
    op.create_table(
        "inbox",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("peer", "position", name=op.f("pk_inbox")),
    )
    op.create_table(
        "outbox",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("exhibit_ids", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", BIG, nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.Column("attempt_time", BIG, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("accept_time", BIG, nullable=True),
        sa.PrimaryKeyConstraint("peer", "position", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["peer", "position"],
        unique=False,
        sqlite_where=sa.text("accept_time IS NULL"),
        postgresql_where=sa.text("accept_time IS NULL"),
    )
    op.create_table(
        "pending_work",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", BIG, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "case_id", "statement_id", name=op.f("pk_pending_work")),
    )
    op.create_index(
        op.f("ix_pending_work_not_before"), "pending_work", ["not_before"], unique=False
    )
    op.create_table(
        "persons",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_commitment", sa.LargeBinary(), nullable=False),
        sa.Column("identifier_digest", sa.LargeBinary(), nullable=True),
        sa.Column("identifier_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("identity_level", sa.Text(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.Column("erase_time", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("identifier_digest", name=op.f("uq_persons_identifier_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_persons_name")),
    )
    op.create_table(
        "purpose_templates",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_purpose_templates")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_purpose_templates_leaf_index")),
    )
    op.create_table(
        "replies",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("response_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.PrimaryKeyConstraint("caller", "method", "request_id", name=op.f("pk_replies")),
    )
    op.create_index(op.f("ix_replies_create_time"), "replies", ["create_time"], unique=False)
    op.create_table(
        "statements",
        sa.Column("leaf_index", BIG, autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("statement_key", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("log_entry", sa.LargeBinary(), nullable=False),
        sa.Column("tree_size", BIG, nullable=False),
        sa.Column("accept_time", BIG, nullable=False),
        sa.Column("person", BIG, nullable=True),
        sa.Column("envelope_ciphertext", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_statements")),
    )
    op.create_index(
        op.f("ix_statements_statement_key"), "statements", ["statement_key"], unique=False
    )
    op.create_index(
        op.f("ix_statements_person_leaf_index"),
        "statements",
        ["person", "leaf_index"],
        unique=False,
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile_index", BIG, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile_index", name=op.f("pk_tiles")),
    )
    op.create_table(
        "cases",
        sa.Column("position", BIG, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("person", BIG, nullable=True),
        sa.Column("content_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_cases_person_persons")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_cases")),
        sa.UniqueConstraint("case_id", name=op.f("uq_cases_case_id")),
    )
    op.create_index(op.f("ix_cases_person"), "cases", ["person"], unique=False)
    op.create_table(
        "challenges",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person", BIG, nullable=True),
        sa.Column("expire_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_challenges_person_persons")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_challenges")),
    )
    op.create_index(op.f("ix_challenges_expire_time"), "challenges", ["expire_time"], unique=False)
    op.create_table(
        "consent_requests",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("template", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_consent_requests_person_persons")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_consent_requests")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_consent_requests_leaf_index")),
    )
    op.create_index(
        op.f("ix_consent_requests_person_leaf_index"),
        "consent_requests",
        ["person", "leaf_index"],
        unique=False,
    )
    op.create_table(
        "consents",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("consent_request", sa.LargeBinary(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("status_version", BIG, nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_consents_person_persons")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_consents")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_consents_leaf_index")),
    )
    op.create_index(
        op.f("ix_consents_consent_request_leaf_index"),
        "consents",
        ["consent_request", "leaf_index"],
        unique=False,
    )
    op.create_index(
        op.f("ix_consents_person_leaf_index"), "consents", ["person", "leaf_index"], unique=False
    )
    op.create_table(
        "enrolment_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("expire_time", BIG, nullable=False),
        sa.Column("use_time", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_enrolment_codes_person_persons")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_enrolment_codes")),
    )
    op.create_index(
        op.f("ix_enrolment_codes_expire_time"), "enrolment_codes", ["expire_time"], unique=False
    )
    op.create_table(
        "pairwise_references",
        sa.Column("person", BIG, nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_pairwise_references_person_persons")
        ),
        sa.UniqueConstraint(
            "peer", "reference", name=op.f("uq_pairwise_references_peer_reference")
        ),
        sa.UniqueConstraint("person", "peer", name=op.f("uq_pairwise_references_person_peer")),
    )
    op.create_table(
        "prepared_documents",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("expire_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_prepared_documents_person_persons")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_prepared_documents")),
    )
    op.create_index(
        op.f("ix_prepared_documents_expire_time"),
        "prepared_documents",
        ["expire_time"],
        unique=False,
    )
    op.create_table(
        "receipts",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("person", BIG, nullable=True),
        sa.Column("permission", sa.LargeBinary(), nullable=True),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_receipts_person_persons")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_receipts_leaf_index")),
    )
    op.create_index(
        op.f("ix_receipts_case_id_leaf_index"), "receipts", ["case_id", "leaf_index"], unique=False
    )
    op.create_index(
        op.f("ix_receipts_permission_leaf_index"),
        "receipts",
        ["permission", "leaf_index"],
        unique=False,
    )
    op.create_index(
        op.f("ix_receipts_person_leaf_index"), "receipts", ["person", "leaf_index"], unique=False
    )
    op.create_index(op.f("ix_receipts_request"), "receipts", ["request"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("expire_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_sessions_person_persons")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expire_time"), "sessions", ["expire_time"], unique=False)
    op.create_table(
        "subject_keys",
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("person", BIG, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_record", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.Column("revoke_time", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_subject_keys_person_persons")
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_subject_keys")),
    )
    op.create_index(
        op.f("ix_subject_keys_person_create_time"),
        "subject_keys",
        ["person", "create_time"],
        unique=False,
    )
    op.create_table(
        "case_parties",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_case_parties_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", "ordinal", name=op.f("pk_case_parties")),
    )
    op.create_index(
        op.f("ix_case_parties_jurisdiction_institution_case_id"),
        "case_parties",
        ["jurisdiction", "institution", "case_id"],
        unique=False,
    )
    op.create_table(
        "case_statements",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("leaf_index", BIG, autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_case_statements_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", "leaf_index", name=op.f("pk_case_statements")),
    )
    op.create_index(
        op.f("ix_case_statements_statement_id"), "case_statements", ["statement_id"], unique=False
    )
    op.create_table(
        "consent_acts",
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", BIG, nullable=False),
        sa.Column("consent", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("create_time", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["consent"], ["consents.statement_id"], name=op.f("fk_consent_acts_consent_consents")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_consent_acts")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_consent_acts_leaf_index")),
    )
    op.create_index(
        op.f("ix_consent_acts_consent_leaf_index"),
        "consent_acts",
        ["consent", "leaf_index"],
        unique=False,
    )
    op.create_table(
        "exhibits",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.LargeBinary(), nullable=False),
        sa.Column("person", BIG, nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("proven_ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_exhibits_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["persons.id"], name=op.f("fk_exhibits_person_persons")
        ),
        sa.PrimaryKeyConstraint("case_id", "statement_id", name=op.f("pk_exhibits")),
    )
    op.create_index(op.f("ix_exhibits_person"), "exhibits", ["person"], unique=False)
    op.create_index(op.f("ix_exhibits_statement_id"), "exhibits", ["statement_id"], unique=False)

    op.execute(
        sa.insert(
            sa.table(
                "head", *(sa.column(c) for c in ("id", "size", "root", "checkpoint", "version"))
            )
        ).values(id=1, size=0, root=EMPTY_ROOT, checkpoint=b"", version=0)
    )
