"""The tables of cases, and of what is delivered to peers and came from them."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from portability.store.columns import BIG, Instant, metadata, person_column

cases: Final = Table(
    "cases",
    metadata,
    Column("position", BIG, primary_key=True, autoincrement=True),
    Column("case_id", Text, nullable=False, unique=True),
    person_column(nullable=True),
    Column("content_ciphertext", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),  # a cache: the statements are the truth
    Column("digest", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
    Index(None, "person"),
)

case_parties: Final = Table(
    "case_parties",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),  # 0 is the lead
    Column("jurisdiction", Text, nullable=False),
    Column("institution", Text, nullable=False),
    Index(None, "jurisdiction", "institution", "case_id"),
)

case_statements: Final = Table(
    "case_statements",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("leaf_index", BIG, primary_key=True, autoincrement=False),
    Column("statement_id", LargeBinary, nullable=False, index=True),
    Column("direction", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
)

# Of statements whose content was erased while their case goes on, what the case has to know still.
erased_steps: Final = Table(
    "erased_steps",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("statement_id", LargeBinary, primary_key=True),
    Column("remainder_ciphertext", LargeBinary, nullable=False),
    Column("erasure", LargeBinary, nullable=False),  # the statement that says so
)

exhibits: Final = Table(
    "exhibits",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("statement_id", LargeBinary, primary_key=True),
    person_column(nullable=True),
    Column("origin", Text, nullable=False),
    Column("proven_ciphertext", LargeBinary, nullable=False),
    Index(None, "statement_id"),
    Index(None, "person"),
)

# Answers and corrections that came without their records: those had to stay where they are.
came_bare: Final = Table(
    "came_bare",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("statement_id", LargeBinary, primary_key=True),
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("peer", Text, primary_key=True),
    Column("position", BIG, primary_key=True, autoincrement=False),
    Column("statement_id", LargeBinary, nullable=False),
    Column("exhibit_ids", LargeBinary, nullable=False),  # 32 bytes each, joined
    Column("not_before", Instant, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("attempt_time", Instant),
    Column("attempts", Integer, nullable=False),
    Column("accept_time", Instant),
    Index(None, "statement_id"),
)
Index(
    "ix_outbox_pending",
    outbox.c.peer,
    outbox.c.position,
    sqlite_where=outbox.c.accept_time.is_(None),
    postgresql_where=outbox.c.accept_time.is_(None),
)

inbox: Final = Table(
    "inbox",
    metadata,
    Column("peer", Text, primary_key=True),
    Column("position", BIG, primary_key=True, autoincrement=False),
    Column("statement_id", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
)

pending_work: Final = Table(
    "pending_work",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("statement_id", LargeBinary, primary_key=True),
    Column("not_before", Instant, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
)

replies: Final = Table(
    "replies",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("request_id", Text, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("response_ciphertext", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False, index=True),
    Column("person", BIG, index=True),  # whom the answer is about, so that it goes with them
)

set_aside: Final = Table(
    "set_aside",
    metadata,
    Column("peer", Text, primary_key=True),
    Column("position", BIG, primary_key=True, autoincrement=False),  # 0: it had waited in a case
    Column("statement_id", LargeBinary, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("delivery_ciphertext", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("replay_time", Instant),  # when it was accepted after all
)

# That a peer signed for our statements: what clocks are read from.
acknowledgements: Final = Table(
    "acknowledgements",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("peer", Text, primary_key=True),
    Column("acknowledge_time", Instant, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
