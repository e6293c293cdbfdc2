"""The tables of what persons are asked and allow, and of the receipts of what was done with it."""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text

from portability.store.columns import BIG, Instant, metadata, person_column

purpose_templates: Final = Table(
    "purpose_templates",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
)

consent_requests: Final = Table(
    "consent_requests",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    person_column(),
    Column("requester", Text, nullable=False),
    Column("template", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
    Index(None, "person", "leaf_index"),
)

prepared_documents: Final = Table(
    "prepared_documents",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    person_column(),
    Column("subject", LargeBinary, nullable=False),
    Column("expire_time", Instant, nullable=False, index=True),
)

consents: Final = Table(
    "consents",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    person_column(),
    Column("consent_request", LargeBinary, nullable=False),
    Column("requester", Text, nullable=False),
    Column("status_version", BIG, nullable=False),
    Column("create_time", Instant, nullable=False),
    Index(None, "person", "leaf_index"),
    Index(None, "consent_request", "leaf_index"),
)

consent_acts: Final = Table(
    "consent_acts",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    Column("consent", LargeBinary, ForeignKey("consents.statement_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("until", Instant),
    Index(None, "consent", "leaf_index"),
)

consent_refusals: Final = Table(
    "consent_refusals",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    person_column(),
    Column("consent_request", LargeBinary, nullable=False, unique=True),
    Column("create_time", Instant, nullable=False),
    Index(None, "person"),
)

receipts: Final = Table(
    "receipts",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    person_column(nullable=True),
    Column("permission", LargeBinary),
    Column("request", LargeBinary, nullable=False, index=True),
    Column("case_id", Text),
    Column("provider", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("is_local", Boolean, nullable=False),
    Column("create_time", Instant, nullable=False),
    Index(None, "person", "leaf_index"),
    Index(None, "permission", "leaf_index"),
    Index(None, "case_id", "leaf_index"),
)
