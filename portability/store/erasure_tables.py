"""The tables of erasures: asked for, decided, told to others, held back."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text

from portability.store.columns import BIG, Instant, metadata, person_column

# What was asked for, decided and done. The person is unlinked once all of it is proven.
erasures: Final = Table(
    "erasures",
    metadata,
    Column("name", Text, primary_key=True),
    person_column(nullable=True),
    Column("owner", Text, nullable=False, index=True),  # the person's name, which is random
    Column("stage", Text, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("refusal", Text, nullable=False),
    Column("key_commitment", LargeBinary, nullable=False),
    Column("revision", BIG, nullable=False),  # the size of the log when it was decided
    Column("statement_id", LargeBinary),
    Column("create_time", Instant, nullable=False),
    Column("destroy_time", Instant),
)

# Whoever had received data of a person who was erased, and what they answered.
erasure_recipients: Final = Table(
    "erasure_recipients",
    metadata,
    Column("erasure", Text, ForeignKey("erasures.name"), primary_key=True),
    Column("jurisdiction", Text, primary_key=True),
    Column("institution", Text, primary_key=True),
    Column("case_ids", Text, nullable=False),  # 32 hex digits each, separated by spaces
    Column("notice", LargeBinary, index=True),
    Column("answer_by", Instant),
    Column("outcome", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("answer", LargeBinary),
    Column("answer_time", Instant),
)
Index(
    "ix_erasure_recipients_unanswered",
    erasure_recipients.c.answer_by,
    sqlite_where=erasure_recipients.c.answer.is_(None),
    postgresql_where=erasure_recipients.c.answer.is_(None),
)

# Notices of peers that found nothing of theirs in a case: it may come yet, from somebody else.
unmet_notices: Final = Table(
    "unmet_notices",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("notice", LargeBinary, primary_key=True),  # statement id
    Column("peer", Text, nullable=False),
)

# Notices of peers that were not obeyed since a hold demands what they name, until it is lifted.
held_notices: Final = Table(
    "held_notices",
    metadata,
    Column("case_id", Text, primary_key=True),  # or the name of a complaint
    Column("notice", LargeBinary, primary_key=True),  # statement id
    Column("peer", Text, nullable=False),
)

legal_holds: Final = Table(
    "legal_holds",
    metadata,
    Column("name", Text, primary_key=True),
    person_column(),
    Column("placed_by", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("statement_id", LargeBinary, nullable=False),
    Column("place_time", Instant, nullable=False),
    Column("lift_time", Instant),
    Column("lift_citation", Text, nullable=False),
    Index(None, "person"),
)

# Journals of erasures that belong to this database. A node does not start with any other.
erasure_journals: Final = Table(
    "erasure_journals",
    metadata,
    Column("journal", Text, primary_key=True),
    Column("create_time", Instant, nullable=False),
)
