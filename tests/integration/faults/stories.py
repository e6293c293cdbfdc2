"""What is done while something fails, and what must hold afterwards, whatever failed where."""

from contextlib import AbstractAsyncContextManager
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from portability.core.periods import Period, PeriodType
from portability.ledger.checkpoint import open_checkpoint
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.node.audit.fsck import check_database
from portability.store import engine, erasure_rows, log, persons, sqlite
from portability.v1 import records_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)
from tests.conftest import FixedClock
from tests.integration.erasure.desk import RECORD_TYPE as DESK_TYPE
from tests.integration.erasure.desk import TRUST as DESK_TRUST
from tests.integration.erasure.desk import Desk, open_desk
from tests.integration.faults.small_node import (
    CNAV,
    LOG_VKEY,
    TRUST,
    SmallNode,
    called_by,
    now,
    small_node,
)
from tests.unit.agents.rosa_case import KEYS, ORIGINS

NO_CONTEXT: Final[Any] = None
"""The services ask who calls, and nothing else, of what gRPC would give them."""


N = TypeVar("N")


class Story(Protocol[N]):
    """Something that a caller is told once it is durable, and may ask for again until then."""

    fails_from_the_start: bool
    """Whether something may fail before the act already, while the node starts."""

    def opened(self, url: str, folder: Path) -> AbstractAsyncContextManager[N]:
        """A node on this database, started as at any start, and closed in the end."""

    async def prepare(self, node: N) -> None:
        """Before anything fails."""

    async def get_ready(self, node: N, number: int) -> None:
        """What the act of this number needs; nothing fails yet."""

    async def act(self, node: N, number: int) -> bytes:
        """The act of this number; the answer that its caller holds from then on."""

    async def check(self, node: N, number: int, told: bytes | None) -> None:
        """On a node started again: raise AssertionError unless all that was told is so, once."""


class Append:
    """One record of one person."""

    fails_from_the_start = False

    PERSON: Final = f"persons/{'a' * 32}"
    BEFORE: Final = 3
    """Records that are in the log when it begins."""

    def opened(self, url: str, folder: Path) -> AbstractAsyncContextManager[SmallNode]:
        del folder  # all of it is in the database
        return small_node(url)

    async def prepare(self, node: SmallNode) -> None:
        async with node.database.write() as connection:
            await persons.create_person(
                connection,
                node.database.vault,
                name=self.PERSON,
                identifier=persons.Identifier(jurisdiction="FR", value="255088412345678"),
                identity_level="substantial",
                now=now(),
            )
        for number in range(-self.BEFORE, 0):
            await self.act(node, number)

    async def get_ready(self, node: SmallNode, number: int) -> None:
        """Nothing: the person is there."""

    async def act(self, node: SmallNode, number: int) -> bytes:
        called_by(CNAV)
        submission = pb.RecordSubmission(
            person=self.PERSON, envelope=envelope_to_pb(record(self.PERSON, number))
        )
        answer = await node.records.SubmitRecord(
            pb.SubmitRecordRequest(submission=submission), NO_CONTEXT
        )
        return bytes(answer.SerializeToString())

    async def check(self, node: SmallNode, number: int, told: bytes | None) -> None:
        if told is not None:
            await check_told(node, record(self.PERSON, number), told)
        again = await self.act(node, number)
        await check_told(node, record(self.PERSON, number), again)
        if told is not None:
            assert _place(again) == _place(told), "asked again, it stands elsewhere"
        expected = [record(self.PERSON, one) for one in range(-self.BEFORE, number + 1)]
        await check_log(node, {_id(one) for one in expected})


async def check_log(node: SmallNode, expected: set[bytes]) -> None:
    """The store fits itself, and these statements are the log: each once, and no other."""
    found = await check_database(node.database, TRUST)
    assert found.is_clean, found.difference
    async with node.database.read() as connection:
        held = await log.find_statements(connection, expected)
    assert set(held) == expected, "a statement is missing"
    assert sorted(one.leaf_index for one in held.values()) == list(range(found.size))


async def check_told(node: SmallNode, envelope: Envelope, told: bytes) -> None:
    """What a caller was answered is what the log holds, now and in the tree as of then."""
    answer = pb.SubmitRecordResponse.FromString(told)
    acknowledged = answer.acknowledgement
    head = open_checkpoint(answer.checkpoint, LOG_VKEY, ORIGINS["FR"])
    proof = acknowledged.inclusion_proof
    verify_inclusion(
        index=acknowledged.leaf_index,
        size=head.size,
        leaf_hash=leaf_hash(acknowledged.log_entry),
        proof=[proof[at : at + 32] for at in range(0, len(proof), 32)],
        root=head.root,
    )
    assert await node.prover.root(head.size) == head.root, "another tree was signed at that size"
    async with node.database.read() as connection:
        held = await log.find_statements(connection, [_id(envelope)])
        entries = await log.read_log_entries(connection, acknowledged.leaf_index, 1)
    assert [one.leaf_index for one in held.values()] == [acknowledged.leaf_index]
    assert entries == [acknowledged.log_entry]


def record(person: str, number: int) -> Envelope:
    """A record that is different for each number, and always the same for one."""
    salt = sha256(b"salt %d" % number).digest()
    content = EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, person),
        jurisdiction="FR",
        institution="cnav",
        issue_date=date(2025, 1, 15),
        supersedes=b"",
        content=Period(
            id="",
            jurisdiction="FR",
            institution="cnav",
            type=PeriodType.COMPULSORY_EMPLOYED,
            start=date(1990, 1, 1),
            end=date(1990, 12, 31),
        ),
    )
    return sign_envelope(RECORD_TYPE, record_to_payload(content), KEYS["cnav"])


def _id(envelope: Envelope) -> bytes:
    return statement_id(envelope.payload_type, envelope.payload)


def _place(told: bytes) -> int:
    return int(pb.SubmitRecordResponse.FromString(told).acknowledgement.leaf_index)


class Erase:
    """A person with one record is erased, and another one is not."""

    STAYS: Final = -1
    fails_from_the_start = False

    def opened(self, url: str, folder: Path) -> AbstractAsyncContextManager[Desk]:
        return open_desk(url, folder / "erasures", FixedClock())

    async def prepare(self, node: Desk) -> None:
        await self.get_ready(node, self.STAYS)

    async def get_ready(self, node: Desk, number: int) -> None:
        person = await node.enrol(_person(number), _number(number))
        await node.record(person, _payload(number))

    async def act(self, node: Desk, number: int) -> bytes:
        row = await node.erase(_person(number))
        assert row.stage == erasure_rows.PROVEN
        return bytes.fromhex(row.name)

    async def check(self, node: Desk, number: int, told: bytes | None) -> None:
        again = await self.act(node, number)
        assert told in (None, again), "erased twice"
        names = [entry.owner for entry in node.journal.entries]
        assert names == [_person(one) for one in range(number + 1)]
        found = await check_database(node.database, DESK_TRUST)
        assert found.is_clean, found.difference
        assert found.erased == number + 1
        everybody = range(self.STAYS, number + 1)
        ids = [statement_id(DESK_TYPE, _payload(one)) for one in everybody]
        async with node.database.read() as connection:
            rows = await log.read_statements(connection, node.database.vault, ids)
            erased = [
                await persons.find_person_by_identifier(
                    connection,
                    node.database.vault,
                    persons.Identifier(jurisdiction="FR", value=_number(one)),
                )
                is None
                for one in everybody
            ]
        assert [rows[one].envelope is None for one in ids] == [one >= 0 for one in everybody]
        assert erased == [one >= 0 for one in everybody]


def _person(number: int) -> str:
    return f"persons/{number + 1:032x}"


def _number(number: int) -> str:
    return f"{number + 1:013}"


def _payload(number: int) -> bytes:
    return b"about person %d" % number


class StartAndAppend(Append):
    """The same, on a node that meets the failure while it starts, acts or ends."""

    fails_from_the_start = True


class Hasty(Append):
    """What must be caught: a node that answers, and does not commit."""

    async def act(self, node: SmallNode, number: int) -> bytes:
        if number >= 0:
            engine._commit = lambda transaction: transaction.rollback()
        return await super().act(node, number)


class Unsynchronised(Append):
    """What must be caught: a database that leaves it to the machine when it writes to the disk."""

    def opened(self, url: str, folder: Path) -> AbstractAsyncContextManager[SmallNode]:
        sqlite._WRITER = (*sqlite._WRITER, "synchronous = OFF")  # type: ignore[misc]
        return super().opened(url, folder)


STORIES: Final[dict[str, Story[Any]]] = {
    "append": Append(),
    "start-and-append": StartAndAppend(),
    "erase": Erase(),
    "hasty": Hasty(),
    "unsynchronised": Unsynchronised(),
}
