"""
The tables. What says something about a person is encrypted (``*_ciphertext``); what stands in clear
is random (names, references), public (statement ids, keys) or about institutions.

Rows that belong to a logged statement carry its ``leaf_index``, by which lists are ordered and
paged. They have no foreign key to ``statements``: a batch writes its statements last, in one go,
and a key that is checked at commit would let one faulty call undo the work of all others in it.
"""

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

from portability.store import peer_tables, settlement_tables  # noqa: F401  # of the same metadata
from portability.store.columns import BIG, Instant
from portability.store.columns import metadata as metadata  # noqa: PLC0414  # also from here


def _person(*, nullable: bool = False) -> Column[int]:
    return Column("person", BIG, ForeignKey("persons.id"), nullable=nullable)


# --- the log -------------------------------------------------------------------------------------

head: Final = Table(
    "head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("size", BIG, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("checkpoint", LargeBinary, nullable=False),
    Column("version", BIG, nullable=False),
)

statements: Final = Table(
    "statements",
    metadata,
    Column("leaf_index", BIG, primary_key=True, autoincrement=False),
    Column("statement_id", LargeBinary, nullable=False),
    # The first eight bytes of the id: random ids land all over their index, so a narrow one halves
    # what a batch writes. Not unique, since such a prefix can be made to measure; that an id is
    # logged once rests on looking it up while the head is locked.
    Column("statement_key", BIG, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("key_id", LargeBinary, nullable=False),
    Column("log_entry", LargeBinary, nullable=False),
    Column("tree_size", BIG, nullable=False),  # of the checkpoint of its batch
    Column("accept_time", Instant, nullable=False),
    # No foreign key: each write reads the person's key from its row, the same check for less.
    Column("person", BIG),
    Column("envelope_ciphertext", LargeBinary, nullable=False),  # empty once erased
    Index(None, "person", "leaf_index"),
)

checkpoints: Final = Table(
    "checkpoints",
    metadata,
    Column("size", BIG, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
)

tiles: Final = Table(
    "tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("tile_index", BIG, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

# --- witnesses -----------------------------------------------------------------------------------

# What this node, as a witness, last cosigned for each other log; no note: nothing yet.
witnessed: Final = Table(
    "witnessed",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("size", BIG, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("update_time", Instant, nullable=False),
)

# Checkpoints of this node's log with the cosignatures of the quorum. None is ever changed: the
# first one that covers a leaf is the proof of when that leaf was there.
published: Final = Table(
    "published",
    metadata,
    Column("size", BIG, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("create_time", Instant, nullable=False),
)

# Pairs of signed checkpoints of one log that do not fit each other.
evidence: Final = Table(
    "evidence",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("first_note", LargeBinary, nullable=False),
    Column("second_note", LargeBinary, nullable=False),
    Column("seen_by", Text, nullable=False),
    Column("create_time", Instant, nullable=False),
)

# Every version of the directory that this node took over. None of them is ever gone back behind.
directories: Final = Table(
    "directories",
    metadata,
    Column("version", BIG, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("accept_time", Instant, nullable=False),
)

# --- persons -------------------------------------------------------------------------------------

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
    _person(),
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
    _person(),
    Column("expire_time", Instant, nullable=False, index=True),
    Column("use_time", Instant),
)

subject_keys: Final = Table(
    "subject_keys",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    _person(),
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
)

challenges: Final = Table(
    "challenges",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _person(nullable=True),
    Column("expire_time", Instant, nullable=False, index=True),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _person(),
    Column("expire_time", Instant, nullable=False, index=True),
    Column("key_id", LargeBinary),
)

# Who may read the records of one person, and until when; the person sees it.
accesses: Final = Table(
    "accesses",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    _person(),
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
    _person(),
    Column("worker", LargeBinary, ForeignKey("assistants.statement_id"), nullable=False),
    Column("witness", LargeBinary, ForeignKey("assistants.statement_id"), nullable=False),
    Column("key_record", LargeBinary, nullable=False),
    Column("place", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("offer_time", Instant, nullable=False, index=True),
    Column("grant_time", Instant),
)

# --- consents ------------------------------------------------------------------------------------

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
    _person(),
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
    _person(),
    Column("subject", LargeBinary, nullable=False),
    Column("expire_time", Instant, nullable=False, index=True),
)

consents: Final = Table(
    "consents",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    _person(),
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
    _person(),
    Column("consent_request", LargeBinary, nullable=False, unique=True),
    Column("create_time", Instant, nullable=False),
)

receipts: Final = Table(
    "receipts",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("leaf_index", BIG, nullable=False, unique=True),
    _person(nullable=True),
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

# --- cases and delivery --------------------------------------------------------------------------

cases: Final = Table(
    "cases",
    metadata,
    Column("position", BIG, primary_key=True, autoincrement=True),
    Column("case_id", Text, nullable=False, unique=True),
    _person(nullable=True),
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

exhibits: Final = Table(
    "exhibits",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("statement_id", LargeBinary, primary_key=True),
    _person(nullable=True),
    Column("origin", Text, nullable=False),
    Column("proven_ciphertext", LargeBinary, nullable=False),
    Index(None, "statement_id"),
    Index(None, "person"),
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

# --- erasures ------------------------------------------------------------------------------------

# What was asked for, decided and done. The person is unlinked once all of it is proven.
erasures: Final = Table(
    "erasures",
    metadata,
    Column("name", Text, primary_key=True),
    _person(nullable=True),
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

legal_holds: Final = Table(
    "legal_holds",
    metadata,
    Column("name", Text, primary_key=True),
    _person(),
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

# That a peer signed for our statements: what clocks are read from.
acknowledgements: Final = Table(
    "acknowledgements",
    metadata,
    Column("statement_id", LargeBinary, primary_key=True),
    Column("peer", Text, primary_key=True),
    Column("acknowledge_time", Instant, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)

# --- complaints ----------------------------------------------------------------------------------

# What was said is in the log, under the person's key; here is who has to answer, and until when.
complaints: Final = Table(
    "complaints",
    metadata,
    Column("name", Text, primary_key=True),
    _person(),
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
