"""The tables of persons: their keys, who may see and help them, and what they complained of."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from portability.store.columns import BIG, Instant, metadata, person_column

data_keys: Final = Table(
    "data_keys",
    metadata,
    Column("name", Text, primary_key=True),  # "node": for what belongs to no person
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("key_commitment", LargeBinary, nullable=False),
    Column("index_check", LargeBinary, nullable=False),
)

persons: Final = Table(
    "persons",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
    Column("wrapped_key", LargeBinary),  # null once erased
    Column("key_commitment", LargeBinary, nullable=False),
    Column("identifier_digest", LargeBinary, unique=True),  # keyed; null: none, or erased
    Column("identifier_ciphertext", LargeBinary),
    Column("identity_level", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("erase_time", Instant),
    Column("fence_time", Instant),  # from then on the key is neither used nor made anew
)

pairwise_references: Final = Table(
    "pairwise_references",
    metadata,
    person_column(),
    Column("peer", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    UniqueConstraint("person", "peer"),
    UniqueConstraint("peer", "reference"),
)

enrolment_codes: Final = Table(
    "enrolment_codes",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    person_column(),
    Column("expire_time", Instant, nullable=False, index=True),
    Column("use_time", Instant),
)

subject_keys: Final = Table(
    "subject_keys",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    person_column(),
    Column("method", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("key_record", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("revoke_time", Instant),
    Column("revoke_record", LargeBinary),
    Column("credential_id", LargeBinary),
    Column("sign_count", BIG),
    Column("counter_back_time", Instant),
    Column("last_use_time", Instant),
    Index(None, "person", "create_time"),
    Index(None, "credential_id", unique=True),
    Index(None, "key_record"),
    Index(None, "revoke_record"),
)

challenges: Final = Table(
    "challenges",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    person_column(nullable=True),
    Column("expire_time", Instant, nullable=False, index=True),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    person_column(),
    Column("expire_time", Instant, nullable=False, index=True),
    Column("key_id", LargeBinary),
)

# Who may read the records of one person, and until when; the person sees it.
accesses: Final = Table(
    "accesses",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    person_column(),
    Column("holder", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("expire_time", Instant, nullable=False),
    Index(None, "person", "leaf_index"),
)

# Who may sign for persons at a counter, and what they did; the records themselves are in the log.
assistants: Final = Table(
    "assistants",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False, unique=True),
    Column("organisation", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
    Column("revoke_time", Instant),
)

assisted_acts: Final = Table(
    "assisted_acts",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    person_column(),
    Column("worker", LargeBinary, ForeignKey("assistants.statement_id"), nullable=False),
    Column("witness", LargeBinary, ForeignKey("assistants.statement_id"), nullable=False),
    Column("key_record", LargeBinary, nullable=False),
    Column("place", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("offer_time", Instant, nullable=False, index=True),
    Column("grant_time", Instant),
    Index(None, "person"),
)

# What was said is in the log, under the person's key; here is who has to answer, and until when.
complaints: Final = Table(
    "complaints",
    metadata,
    Column("name", Text, primary_key=True),
    person_column(),
    Column("desk", Text, nullable=False, index=True),
    Column("awaits", Text, nullable=False),
    Column("answer_by", Instant),
    Column("escalated", Boolean, nullable=False),
    Column("create_time", Instant, nullable=False),
    Index(None, "person"),
)

complaint_steps: Final = Table(
    "complaint_steps",
    metadata,
    Column("complaint", Text, ForeignKey("complaints.name", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("statement_id", LargeBinary, nullable=False),
)
