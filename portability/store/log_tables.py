"""The tables of the log, of those who witness it, and of the directories it was read by."""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from portability.store.columns import BIG, Instant, metadata

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
