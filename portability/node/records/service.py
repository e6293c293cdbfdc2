"""RecordsService: signed records in, proofs out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Protocol

from portability.errors import InvalidInputError, NotFoundError
from portability.ledger.encoding import decode_hex
from portability.node.calls.caller import caller_of
from portability.node.calls.pages import page_size, read_token, write_token
from portability.node.records.answers import (
    CheckedBatch,
    acknowledge_fresh,
    acknowledgement,
    entry_of,
    refused_pb,
)
from portability.node.records.of_person import show_records
from portability.node.records.superseding import Logged, log_replacing, record_of
from portability.store import log, persons
from portability.v1 import records_service_pb2 as pb
from portability.v1 import records_service_pb2_grpc as services
from portability.wire.envelope import envelope_from_pb
from portability.wire.intake import Accepted, Issuer, Refused, refusal_error
from portability.wire.record import KIND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Sequence
    from datetime import datetime

    from portability.federation.identity import Identity
    from portability.ledger.envelope import Envelope
    from portability.ledger.trust import Directory
    from portability.node.calls.caller import Context
    from portability.node.cases.corrections import Corrections
    from portability.node.cases.previewing import CorrectionPreviews
    from portability.node.log.prover import Prover
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Committed, RecordEntry, RecordPlace, Write
    from portability.node.records.workers import Verdict
    from portability.store.engine import Connection, Database

MAX_BATCH: Final = 5_000
MAX_PERSONS_KEPT: Final = 100_000
AHEAD: Final = 2
"""Batches of one stream that may be checked while the one before them is being committed."""

NO_SUCH_PERSON: Final = Refused(
    reason=NotFoundError.reason,
    message="no person of that name is enrolled here; enrol the person first",
    field="person",
    is_signature=False,
)


class RecordChecks(Protocol):
    """Where what institutions submit is verified: processes beside this one."""

    async def check(self, submission: bytes, issuer: Issuer) -> Verdict:
        """One submission."""

    async def check_batch(self, submissions: Sequence[bytes], issuer: Issuer) -> list[Verdict]:
        """Many of one issuer, in order."""


class RecordsService(services.RecordsServiceServicer):
    """Takes in what institutions of this jurisdiction sign, and shows it back to them."""

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        prover: Prover,
        verifiers: RecordChecks,
        directory: Callable[[], Directory],
        clock: Callable[[], datetime],
        corrections: Corrections,
        previews: CorrectionPreviews,
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._prover = prover
        self._verifiers = verifiers
        self._directory = directory
        self._clock = clock
        self._corrections = corrections
        self._previews = previews
        self._issuers: dict[tuple[str, str], tuple[Directory, int, Issuer]] = {}
        self._persons: dict[str, int] = {}

    async def SubmitRecord(  # noqa: N802  # the name in the contract
        self, request: pb.SubmitRecordRequest, context: Context
    ) -> pb.SubmitRecordResponse:
        issuer = self._issuer(caller_of(context))
        submission = request.submission
        person = await self._person(submission.person)
        verdict = await self._verifiers.check(submission.SerializeToString(), issuer)
        if isinstance(verdict, Refused):
            raise refusal_error(verdict)
        if person is None:
            raise refusal_error(NO_SUCH_PERSON)
        batch = CheckedBatch(keep_good=True)
        batch.take(0, verdict, entry_of(verdict, person, submission))
        signed = [envelope_from_pb(one) for one in request.corrections]
        places, committed, refused = await self._log(batch, signed)
        if refused:
            raise refusal_error(refused[0])
        if places[0].tree_size:
            return await self._first_answer(verdict.statement_id)
        return pb.SubmitRecordResponse(
            acknowledgement=acknowledge_fresh(batch.entries, places, committed)[0],
            checkpoint=committed.checkpoint,
        )

    async def SubmitRecords(  # noqa: N802
        self,
        request_iterator: AsyncIterator[pb.SubmitRecordsRequest],
        context: Context,
    ) -> AsyncIterator[pb.SubmitRecordsResponse]:
        issuer = self._issuer(caller_of(context))
        checked: asyncio.Queue[asyncio.Task[CheckedBatch] | None] = asyncio.Queue(AHEAD)
        begun: set[asyncio.Task[CheckedBatch]] = set()

        async def read_ahead() -> None:
            try:
                async for request in request_iterator:
                    task = asyncio.create_task(self._check(request, issuer))
                    begun.add(task)
                    await checked.put(task)
            finally:
                await checked.put(None)

        reader = asyncio.create_task(read_ahead())
        try:
            while (task := await checked.get()) is not None:
                begun.discard(task)
                yield await self._commit(await task)
            await reader
        finally:
            while not checked.empty():
                checked.get_nowait()  # or the reader might wait for room to say that it ended
            await _drop({reader, *begun})

    async def PreviewCorrection(  # noqa: N802
        self, request: pb.PreviewCorrectionRequest, context: Context
    ) -> pb.PreviewCorrectionResponse:
        issuer = self._issuer(caller_of(context))
        return await self._previews.preview(request, issuer)

    async def GetRecord(  # noqa: N802
        self, request: pb.GetRecordRequest, context: Context
    ) -> pb.GetRecordResponse:
        issuer = self._issuer(caller_of(context))
        statement_id = _record_id(request.name)
        async with self._database.read() as connection:
            rows = await log.read_statements(connection, self._database.vault, [statement_id])
            row = rows.get(statement_id)
            if row is None or row.kind != KIND:
                raise _no_such_record()
            records = await self._show(connection, [row], issuer)
        if not records:
            raise _no_such_record()
        return pb.GetRecordResponse(record=records[0])

    async def ListRecords(  # noqa: N802
        self, request: pb.ListRecordsRequest, context: Context
    ) -> pb.ListRecordsResponse:
        issuer = self._issuer(caller_of(context))
        size = page_size(request.page_size)
        after = read_token(request.page_token)
        async with self._database.read() as connection:
            person = await persons.find_person(connection, request.parent)
            if person is None:
                raise NotFoundError("there is no such person here")
            rows = await log.list_person_statements(
                connection,
                self._database.vault,
                person=person.id,
                kind=KIND,
                signed_by=issuer.known,  # a place in the log tells whose record is there
                after=after,
                limit=size + 1,
            )
            records = await self._show(connection, rows[:size], issuer)
        token = write_token(rows[size - 1].leaf_index) if len(rows) > size else ""
        return pb.ListRecordsResponse(records=records, next_page_token=token)

    async def _first_answer(self, statement_id: bytes) -> pb.SubmitRecordResponse:
        """What a record was answered with when it came for the first time."""
        one = await self._prover.prove_first(statement_id)
        return pb.SubmitRecordResponse(
            acknowledgement=acknowledgement(statement_id, one.leaf_index, one.log_entry, one.proof),
            checkpoint=one.checkpoint,
        )

    async def _show(
        self, connection: Connection, rows: Sequence[log.StoredStatement], issuer: Issuer
    ) -> list[pb.Record]:
        """
        Records as their institution sees them, each with a proof at the current head.

        Those of other institutions and of erased persons are left out.
        """
        shown = [row for row in rows if row.key_id in issuer.known]
        names: dict[int, str] = {}
        for number in sorted({row.person for row in shown if row.person is not None}):
            person = await persons.find_person_by_id(connection, number)
            names[number] = person.name if person else ""
        return await show_records(connection, self._database.vault, self._prover, shown, names)

    def _issuer(self, caller: Identity) -> Issuer:
        """The keys that the caller's institution may sign with now; looked up once a minute."""
        directory, now = self._directory(), self._clock()
        minute = int(now.timestamp()) // 60
        held = self._issuers.get((caller.jurisdiction, caller.institution))
        if held is not None and held[0] is directory and held[1] == minute:
            return held[2]
        keys = directory.keys(caller.jurisdiction, caller.institution, "institution", now)
        known = frozenset(
            entry.key_id
            for entry in directory.entries
            if (entry.jurisdiction, entry.institution) == (caller.jurisdiction, caller.institution)
        )
        issuer = Issuer(
            jurisdiction=caller.jurisdiction,
            institution=caller.institution,
            keys=dict(keys),
            known=known,
        )
        self._issuers[caller.jurisdiction, caller.institution] = (directory, minute, issuer)
        return issuer

    async def _person(self, name: str) -> int | None:
        found = await self._find_persons({name})
        return found.get(name)

    async def _find_persons(self, names: set[str]) -> dict[str, int]:
        """Numbers of persons by name. Names are for ever, so what was found once is kept."""
        missing = {name for name in names if name not in self._persons}
        if missing:
            async with self._database.read() as connection:
                found = await persons.find_persons(connection, missing)
            if len(self._persons) > MAX_PERSONS_KEPT:
                self._persons.clear()
            self._persons.update({name: person.id for name, person in found.items()})
        return {name: self._persons[name] for name in names if name in self._persons}

    async def _check(self, request: pb.SubmitRecordsRequest, issuer: Issuer) -> CheckedBatch:
        """Verify a batch. Raises the first refusal, unless the good ones are to be kept."""
        submissions = request.submissions
        if not 1 <= len(submissions) <= MAX_BATCH:
            raise InvalidInputError(
                f"a batch holds {len(submissions)} records, 1 to {MAX_BATCH} are allowed",
                field="submissions",
            )
        found = await self._find_persons({submission.person for submission in submissions})
        verdicts = await self._verifiers.check_batch(
            [submission.SerializeToString() for submission in submissions], issuer
        )
        batch = CheckedBatch(keep_good=request.keep_good)
        for position, (submission, verdict) in enumerate(zip(submissions, verdicts, strict=True)):
            person = found.get(submission.person)
            refused = _refusal(verdict, person)
            if isinstance(verdict, Accepted) and person is not None:
                batch.take(position, verdict, entry_of(verdict, person, submission))
            elif refused is not None:
                if not request.keep_good:
                    raise refusal_error(refused, position)
                batch.refusals.append(refused_pb(refused, position))
        return batch

    async def _log(
        self, batch: CheckedBatch, signed: Sequence[Envelope] | None = None
    ) -> tuple[Sequence[RecordPlace], Committed, dict[int, Refused]]:
        """
        Log verified records: the places of those that were taken, and refusals by position.

        Only a record that replaces another can still be refused here, by what the log holds. If
        the good ones are not to be kept the first refusal is raised, and nothing is logged. A
        record that comes by itself comes with what cases are told, the corrections ``signed``.
        """
        if not batch.replaces:
            if signed:
                raise InvalidInputError(
                    "corrections come with a record that replaces nothing; submit it alone",
                    field="corrections",
                )
            places, committed = await self._sequencer.log_records(batch.entries)
            return places, committed, {}

        async def work(write: Write) -> Logged:
            used = self._corrections.is_used if signed is None else None
            logged = await log_replacing(write, batch.entries, used)
            if logged.refused and not batch.keep_good:
                position, refused = next(iter(logged.refused.items()))
                raise refusal_error(refused, position)
            for entry in batch.entries if signed is not None and not logged.refused else ():
                await self._corrections.tell(write, entry.person, record_of(entry), signed or ())
            return logged

        logged, committed = await self._sequencer.run(work)
        return logged.places, committed, logged.refused

    async def _commit(self, batch: CheckedBatch) -> pb.SubmitRecordsResponse:
        if not batch.entries:
            return pb.SubmitRecordsResponse(refusals=batch.refusals)
        places, committed, refused = await self._log(batch)
        batch.refuse(refused)
        if not batch.entries:
            return pb.SubmitRecordsResponse(refusals=batch.refusals)
        if any(place.tree_size for place in places):
            acknowledgements = await self._acknowledge_mixed(batch.entries, places, committed)
        else:
            acknowledgements = acknowledge_fresh(batch.entries, places, committed)
        return pb.SubmitRecordsResponse(
            acknowledgements=acknowledgements,
            refusals=batch.refusals,
            checkpoint=committed.checkpoint,
        )

    async def _acknowledge_mixed(
        self, entries: Sequence[RecordEntry], places: Sequence[RecordPlace], committed: Committed
    ) -> list[pb.RecordAcknowledgement]:
        """Records of which some were in the log before: all are proved from the database."""
        ids = [entry.statement_id for entry in entries]
        proven = await self._prover.prove_at(ids, committed.size, committed.checkpoint)
        return [
            acknowledgement(entry.statement_id, one.leaf_index, one.log_entry, one.proof)
            for entry, one in zip(entries, proven, strict=True)
        ]


async def _drop(tasks: Collection[asyncio.Task[Any]]) -> None:
    """End what nobody waits for any more, and pass over what it has to say."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _refusal(verdict: Verdict, person: int | None) -> Refused | None:
    if isinstance(verdict, Refused):
        return verdict
    return NO_SUCH_PERSON if person is None else None


def _no_such_record() -> NotFoundError:
    """Also for one that is not the caller's: whether it is there is not theirs to know."""
    return NotFoundError("there is no such record here")


def _record_id(name: str) -> bytes:
    collection, _, text = name.partition("/")
    if collection != "records":
        raise InvalidInputError("the name is not records/{statement id in hex}", field="name")
    return decode_hex(text, what="name", length=32)
