"""A running node whose database is full or read-only: told in one sentence, and over when it is."""

import asyncio
import os
import sqlite3
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from portability.core.periods import Period, PeriodType
from portability.errors import StorageError
from portability.ledger.checkpoint import open_checkpoint
from portability.ledger.envelope import sign_envelope
from portability.ledger.keys import Signer
from portability.ledger.merkle import leaf_hash
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer
from portability.node.parts import Parts
from portability.v1 import audit_service_pb2 as audit_pb
from portability.v1 import audit_service_pb2_grpc as audit_rpc
from portability.v1 import persons_service_pb2 as persons_pb
from portability.v1 import persons_service_pb2_grpc as persons_rpc
from portability.v1 import records_service_pb2 as pb
from portability.v1 import records_service_pb2_grpc as rpc
from portability.wire.envelope import envelope_to_pb
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)
from tests.conftest import PostgresServer
from tests.integration.node.whole import connected, node, use_database
from tests.plain_tree import root_of

pytestmark = pytest.mark.asyncio

RECORDS = 400
"""Enough to need new pages in any file."""


@dataclass(kw_only=True)
class France:
    parts: Parts
    signer: Signer
    channel: grpc.aio.Channel

    async def enrol(self, number: str, request_id: str) -> str:
        answer = await persons_rpc.PersonsServiceStub(self.channel).CreatePerson(
            persons_pb.CreatePersonRequest(
                request_id=request_id,
                identifier=persons_pb.NationalIdentifier(jurisdiction="FR", value=number),
                identity_level="substantial",
            )
        )
        return str(answer.person)

    def submission(self, person: str) -> pb.RecordSubmission:
        salt = os.urandom(32)
        record = EntitlementRecord(
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
        envelope = sign_envelope(RECORD_TYPE, record_to_payload(record), self.signer)
        return pb.RecordSubmission(person=person, envelope=envelope_to_pb(envelope))

    async def submit(self, submission: pb.RecordSubmission) -> int:
        answer = await rpc.RecordsServiceStub(self.channel).SubmitRecord(
            pb.SubmitRecordRequest(submission=submission)
        )
        return int(answer.acknowledgement.leaf_index)

    async def import_all(self, submissions: list[pb.RecordSubmission]) -> list[int]:
        async def batches() -> AsyncIterator[pb.SubmitRecordsRequest]:
            yield pb.SubmitRecordsRequest(submissions=submissions)

        answers = rpc.RecordsServiceStub(self.channel).SubmitRecords(batches())
        return [one.leaf_index async for answer in answers for one in answer.acknowledgements]

    async def check_log(self) -> int:
        """Every leaf is there and they give the signed head; how many there are."""
        stub = audit_rpc.AuditServiceStub(self.channel)
        key = self.parts.directory().log_vkey("FR", datetime.now(UTC))
        note = (await stub.GetCheckpoint(audit_pb.GetCheckpointRequest())).checkpoint
        head = open_checkpoint(note, key, key.name)
        listed = await stub.ListLogEntries(audit_pb.ListLogEntriesRequest(page_size=1000))
        assert len(listed.log_entries) == head.size
        assert root_of([leaf_hash(leaf) for leaf in listed.log_entries]) == head.root
        return head.size


@asynccontextmanager
async def france(layout: FederationLayout) -> AsyncIterator[France]:
    key = layout.root / "profiles" / "fr-agency-cnav" / "signing-key.pem"
    async with (
        node(layout, "FR") as (parts, _),
        connected(layout, "fr-agency-cnav", "FR") as channel,
    ):
        yield France(parts=parts, signer=load_signer(key, Mode.DEVELOPMENT), channel=channel)


async def refused(call: Awaitable[object]) -> StorageError:
    """The one sentence that a caller is told; the call may be made again."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    status = rpc_status.from_call(raised.value)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    assert status is not None
    told = [one for one in status.details if one.Is(error_details_pb2.RetryInfo.DESCRIPTOR)]
    assert len(told) == 1
    info = error_details_pb2.ErrorInfo()
    assert [one.Unpack(info) for one in status.details].count(True) == 1
    assert info.reason == StorageError.reason
    assert "\n" not in status.message
    return StorageError(status.message, **dict(info.metadata))


async def check_trouble(
    here: France,
    *,
    begin: Callable[[], Awaitable[Any]],
    end: Callable[[], Awaitable[Any]],
    words: str,
) -> None:
    """Nothing of what is refused is there, what was there stays, and afterwards all goes on."""
    person = await here.enrol("255088412345678", str(uuid.uuid4()))
    first = here.submission(person)
    assert await here.submit(first) == 0
    many = [here.submission(person) for _ in range(RECORDS)]
    await begin()
    for _ in range(3):
        error = await refused(here.import_all(many))
        assert words in error.message
        assert person not in error.message
    assert await here.check_log() == 1
    await end()
    assert await here.submit(first) == 0
    assert await here.import_all(many) == list(range(1, RECORDS + 1))
    assert await here.check_log() == RECORDS + 1
    other = await here.enrol("255088412345679", str(uuid.uuid4()))
    assert await here.submit(here.submission(other)) == RECORDS + 1


async def test_a_full_disk_is_told_and_nothing_of_the_batch_is_stored(
    layout: FederationLayout,
) -> None:
    async with france(layout) as here:

        async def pragma(words: str) -> Any:
            async with here.parts.foundation.database.write() as connection:
                return (await connection.exec_driver_sql(f"PRAGMA {words}")).scalar()

        async def fill() -> None:
            pages = await pragma("page_count")
            await pragma(f"max_page_count = {pages + 3}")

        await check_trouble(
            here, begin=fill, end=lambda: pragma("max_page_count = 1000000"), words="is full"
        )


async def test_a_read_only_file_is_told_and_nothing_of_the_batch_is_stored(
    layout: FederationLayout,
) -> None:
    async with france(layout) as here:
        async with here.parts.foundation.database.write() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection

        async def pragma(words: str) -> None:
            # beside all transactions, since none can begin; and root may write to any file
            await driver._execute(driver._conn.execute, f"PRAGMA {words}")

        await check_trouble(
            here,
            begin=lambda: pragma("query_only = ON"),
            end=lambda: pragma("query_only = OFF"),
            words="is read-only",
        )


async def test_a_read_only_server_is_told_and_nothing_of_the_batch_is_stored(
    layout: FederationLayout, postgres_url: str, postgres_server: PostgresServer
) -> None:
    use_database(layout, "FR", postgres_url)
    name = postgres_url.partition("@/")[2].partition("?")[0]

    async def turn(state: str) -> None:
        """As when a standby takes over: connections break, and new ones find another server."""
        postgres_server.run(f"ALTER DATABASE {name} SET default_transaction_read_only = {state}")
        postgres_server.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608  # ours
        )

    async with france(layout) as here:
        await check_trouble(
            here, begin=lambda: turn("on"), end=lambda: turn("off"), words="is read-only"
        )


async def test_another_process_that_holds_the_file_is_waited_for(
    layout: FederationLayout,
) -> None:
    async with france(layout) as here:
        person = await here.enrol("255088412345678", str(uuid.uuid4()))
        file = here.parts.config.database_file
        assert file is not None
        backup = sqlite3.connect(file, isolation_level=None)
        try:
            backup.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(here.submit(here.submission(person)))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            backup.execute("ROLLBACK")
            assert await waiting == 0
        finally:
            backup.close()
        assert await here.check_log() == 1
