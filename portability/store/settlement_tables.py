"""The tables of settlement between institutions, and of the agreements that nodes signed."""

from typing import Final

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from portability.store.columns import BIG, Instant, metadata

# A statement between institutions, in the account that it belongs to.
settlement_statements: Final = Table(
    "settlement_statements",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    Column("first", Text, nullable=False),
    Column("second", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    Index(None, "first", "second", "currency", "leaf_index"),
    Index(None, "second"),
)

# A month that is claimed; a creditor claims it once, of whomever.
settlement_months: Final = Table(
    "settlement_months",
    metadata,
    Column("creditor", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("month", Text, primary_key=True),  # 2026-01
    Column("claim", LargeBinary, nullable=False, index=True),
    Index(None, "case_id", "kind"),
)

# Who signed which text of an agreement.
agreement_adoptions: Final = Table(
    "agreement_adoptions",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("jurisdiction", Text, nullable=False, index=True),
    Column("agreement", Text, nullable=False),
    Column("agreement_version", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("sign_time", Instant, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
)

# The texts themselves, so that a case stays under the one that it was opened under.
agreement_texts: Final = Table(
    "agreement_texts",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("agreement", Text, nullable=False),
    Column("source", LargeBinary, nullable=False),
)

case_agreements: Final = Table(
    "case_agreements",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
)
