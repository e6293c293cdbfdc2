"""
What a node knows of its peers beside their streams: what they can take, what was left out for them,
what came in part, who could not be identified. Said of in clear and encrypted as in ``schema``.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from portability.store.columns import BIG, Instant, metadata

# One row while this node takes no new work; every process that serves this database looks at it.
maintenance: Final = Table(
    "maintenance",
    metadata,
    Column("name", Text, primary_key=True),  # always "node"
    Column("reason", Text, nullable=False),
    Column("retry_after_seconds", BIG, nullable=False),
    Column("begin_time", Instant, nullable=False),
)

# The latest protocol version that a peer said it speaks.
peer_versions: Final = Table(
    "peer_versions",
    metadata,
    Column("peer", Text, primary_key=True),
    Column("protocol_version", Integer, nullable=False),
    Column("learn_time", Instant, nullable=False),
)

# Statements that a peer ought to have and has not: withheld by us, or refused by it.
undelivered: Final = Table(
    "undelivered",
    metadata,
    Column("peer", Text, primary_key=True),
    Column("statement_id", LargeBinary, primary_key=True),
    Column("case_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("exhibit_ids", LargeBinary, nullable=False),  # 32 bytes each, joined
    Column("protocol_version", Integer, nullable=False),  # needed to understand it
    Column("not_before", Instant, nullable=False),
    Column("create_time", Instant, nullable=False),
    Index(None, "statement_id"),
)

# Exhibits that came before their statement, page after page, under the key of the case's person.
staged_exhibits: Final = Table(
    "staged_exhibits",
    metadata,
    Column("peer", Text, primary_key=True),
    Column("statement_id", LargeBinary, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("case_id", Text, nullable=False),
    Column("person", BIG),
    Column("proven_ciphertext", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
    Index(None, "person"),
)

# Requests about somebody whom an officer has to find, or not to find.
identity_questions: Final = Table(
    "identity_questions",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),  # of the request
    Column("case_id", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("reference", Text, nullable=False),  # random
    Column("institution", Text, nullable=False),  # whose officers may answer
    Column("state", Text, nullable=False),
    Column("resolution", LargeBinary),  # statement id of what the institution signed
    Column("create_time", Instant, nullable=False),
    Column("resolve_time", Instant),
    Index(None, "institution", "state"),
    Index(None, "case_id"),
)

# Who else was said to be meant by a peer's reference than the person who has it.
identity_candidates: Final = Table(
    "identity_candidates",
    metadata,
    Column("peer", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("person", BIG, primary_key=True, autoincrement=False),
    Column("create_time", Instant, nullable=False),
    Index(None, "person"),
)

# Answers of peers that said they were complete, and records that they had to name. ``proven`` is
# the record's place in its issuer's log without the record, so nothing in it is about a person.
omissions: Final = Table(
    "omissions",
    metadata,
    Column("response", LargeBinary, primary_key=True),  # statement id of the answer
    Column("record", LargeBinary, primary_key=True),  # statement id
    Column("case_id", Text, nullable=False, index=True),
    Column("jurisdiction", Text, nullable=False),  # whose node signed the answer
    Column("institution", Text, nullable=False),  # which was asked, and issued the record
    Column("log_origin", Text, nullable=False),
    Column("tree_size", BIG, nullable=False),  # at which the answer said that it was complete
    Column("leaf_index", BIG, nullable=False),  # of the record
    Column("proven", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
)
