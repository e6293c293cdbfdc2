"""
Answers of peers that turn out not to have been complete, as soon as a record comes to light.

Whatever brings a record or an answer is held against every answer of the same institution in the
case. What is found changes nothing in the case: it is kept with its proof, told to the
institutions that take part and to the operator, and it names the jurisdiction whose node had signed
that its list was complete.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portability.consent.scope import Party
from portability.errors import NotFoundError, PortabilityError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.trust import Directory
from portability.node.cases.loading import LoadedCase
from portability.node.consents.evidence import HeldExhibit, read_exhibits
from portability.node.log.prover import Prover
from portability.node.log.write import Write
from portability.node.peers.inbox_checks import VerifiedExhibit
from portability.recognition.corrections import asked_for
from portability.recognition.facts import read_facts
from portability.recognition.omission import Surfaced, claims_all, left_out
from portability.recognition.statements import (
    CaseStatement,
    Correction,
    HistoryRequest,
    HistoryResponse,
)
from portability.store import omissions as store
from portability.store.engine import Connection, Database
from portability.v1 import envelope_pb2
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.proven import proven_from_pb, proven_to_pb
from portability.wire.record import RECORD_TYPE, record_from_payload
from portability.wire.strict import timestamp
from portability.wire.surfaced import place_of, surfaced

OF_A_REQUEST: Final = 8
"""Answers to one request that are looked at: one more that says the same lacks the same, and one
that says something else contradicts them, which both of them show."""

MOST_NOTED: Final = 1_000
"""Records of one answer that are kept: each of them proves by itself that it was not complete."""

log: Final = structlog.get_logger(__name__)


class _Answer(NamedTuple):
    """An answer that says it is complete, and what it answers."""

    id: bytes
    response: HistoryResponse
    request: HistoryRequest

    def lacks(
        self,
        records: Collection[Surfaced],
        corrections: Collection[Correction],
        directory: Directory,
    ) -> list[Surfaced]:
        found = left_out(
            self.id, self.response, self.request, records, corrections, directory=directory
        )
        return [record for record, _ in found]


async def look_for_omissions(
    write: Write,
    loaded: LoadedCase,
    said: tuple[bytes, CaseStatement],
    came: Sequence[VerifiedExhibit],
    directory: Directory,
) -> None:
    """
    Hold a statement that was taken into its case, and the records that came with it, against what
    the case has.

    Almost always there is nothing to compare; the records of the case are read where there is.
    """
    answers = list(_answers(loaded))
    if not answers:
        return
    corrections = [one for one in loaded.case.accepted.values() if isinstance(one, Correction)]
    suspected = await _suspected(write, loaded, said[0], answers, came)
    is_open = [one for one in answers if one.lacks(suspected, corrections, directory)]
    if isinstance(said[1], Correction):  # which may explain what is held against an answer
        held = {one.response for one in await _held_against(write, loaded)}
        is_open = [one for one in answers if one in is_open or one.id in held]
    if not is_open:
        return
    exhibits = await _records(write, loaded)
    records = {i: _surfaced(i, one) for i, one in exhibits.items()}
    for answer in is_open:
        lacking = answer.lacks(records.values(), corrections, directory)
        await _note(write, loaded, answer, lacking, exhibits)
        await _excuse(write, loaded, answer, records.keys() - {one.record_id for one in lacking})


def _answers(loaded: LoadedCase) -> Iterator[_Answer]:
    """What others answered in the case and said was complete; of each request the first ones."""
    accepted = loaded.case.accepted
    count: Counter[bytes] = Counter()
    for i, one in accepted.items():
        if (
            not isinstance(one, HistoryResponse)
            or one.header.sender.jurisdiction == loaded.case.own
        ):
            continue
        asked = one.header.predecessors[0]
        request = accepted[asked]
        if isinstance(request, HistoryRequest) and claims_all(one):
            count[asked] += 1
            if count[asked] <= OF_A_REQUEST:
                yield _Answer(i, one, request)


async def _suspected(
    write: Write,
    loaded: LoadedCase,
    said: bytes,
    answers: Iterable[_Answer],
    came: Sequence[VerifiedExhibit],
) -> list[Surfaced]:
    """The records that an answer might lack: what came now, or before an answer that came now."""
    found: dict[bytes, VerifiedExhibit] = {}
    for answer in answers:
        if answer.id == said:
            continue
        named = frozenset(answer.response.records)  # thousands, and each that came is sought there
        found |= {
            one.statement_id: one
            for one in came
            if one.statement_id not in named and one.issuer == answer.request.recipient
        }
    suspected = [_surfaced_now(one) for one in found.values() if one.record is not None]
    new = next((one for one in answers if one.id == said), None)
    if new is not None:
        earlier = _brought_before(loaded, new) - set(new.response.records)
        suspected += [
            _surfaced(i, one) for i, one in (await _records(write, loaded, earlier)).items()
        ]
    return suspected


def _brought_before(loaded: LoadedCase, answer: _Answer) -> set[bytes]:
    """The records that the same institution has brought into the case otherwise."""
    facts, asked = read_facts(loaded.case), answer.request.recipient
    found = {
        record
        for i, one in facts.responses.items()
        if i != answer.id and asked_for(facts, i) == asked
        for record in one.records
    }
    return found | {
        record
        for one in facts.corrections.values()
        if one.header.sender == asked
        for record in one.added
    }


async def _records(
    write: Write, loaded: LoadedCase, ids: Collection[bytes] | None = None
) -> dict[bytes, HeldExhibit]:
    """All records that others brought into the case, or those of these."""
    if ids is not None and not ids:
        return {}
    held = await read_exhibits(write.connection, write.vault, loaded.case_id, ids)
    return {i: one for i, one in held.items() if one.proven.envelope.payload_type == RECORD_TYPE}


def _surfaced(i: bytes, held: HeldExhibit) -> Surfaced:
    proven = held.proven
    return surfaced(
        i,
        record_from_payload(proven.envelope.payload, i.hex(), proven.disclosures),
        log_origin=unverified_checkpoint(proven.checkpoint).origin,  # it was verified as it came
        leaf_index=proven.leaf_index,
    )


def _surfaced_now(one: VerifiedExhibit) -> Surfaced:
    message = envelope_pb2.ProvenStatement.FromString(one.proven)
    held = HeldExhibit(origin=one.origin, proven=proven_from_pb(message))
    return _surfaced(one.statement_id, held)


async def _note(
    write: Write,
    loaded: LoadedCase,
    answer: _Answer,
    lacking: Sequence[Surfaced],
    exhibits: Mapping[bytes, HeldExhibit],
) -> None:
    """Keep what an answer lacks, and tell it once."""
    new = 0
    for record in lacking[:MOST_NOTED]:
        row = store.OmissionRow(
            response=answer.id,
            record=record.record_id,
            case_id=loaded.case_id,
            jurisdiction=answer.response.header.sender.jurisdiction,
            institution=answer.request.recipient.institution,
            log_origin=answer.response.log_origin,  # the record has the same place there
            tree_size=answer.response.tree_size,
            leaf_index=record.leaf_index,
            proven=place_of(exhibits[record.record_id].proven).SerializeToString(),
            create_time=write.now,
        )
        new += await store.add_omission(write.connection, row)
    if new:
        tell = partial(
            log.error,
            "incomplete_answer",
            jurisdiction=answer.response.header.sender.jurisdiction,
            statement=answer.id.hex(),
            left_out=new,
        )
        write.after_commit(tell)


async def _excuse(
    write: Write, loaded: LoadedCase, answer: _Answer, rightly: Collection[bytes]
) -> None:
    """Hold nothing against an answer any more that a later statement explains."""
    for row in await _held_against(write, loaded):
        if row.response == answer.id and row.record in rightly:
            await store.remove_omission(write.connection, answer.id, row.record)


async def _held_against(write: Write, loaded: LoadedCase) -> list[store.OmissionRow]:
    return await store.list_omissions(write.connection, loaded.case_id)


async def incomplete_answers(
    connection: Connection, prover: Prover, case_id: str
) -> list[pb.IncompleteAnswer]:
    """What was found in a case, with the proofs, by answer."""
    found: dict[bytes, pb.IncompleteAnswer] = {}
    for row in await store.list_omissions(connection, case_id):
        if row.response not in found:
            found[row.response] = await _answer_to_pb(connection, prover, row)
        found[row.response].records.add(
            record=row.record,
            place=envelope_pb2.ProvenStatement.FromString(row.proven),
        )
    return list(found.values())


async def _answer_to_pb(
    connection: Connection, prover: Prover, row: store.OmissionRow
) -> pb.IncompleteAnswer:
    answer = pb.IncompleteAnswer(
        institution=party_to_pb(Party(jurisdiction=row.jurisdiction, institution=row.institution)),
        statement=row.response,
        log_origin=row.log_origin,
        tree_size=row.tree_size,
        create_time=timestamp(row.create_time),
    )
    with suppress(NotFoundError):  # once its content is erased, the row says what it had said
        proven = await prover.prove_first_in(connection, row.response)
        answer.answer.CopyFrom(proven_to_pb(proven))
    return answer


class OmissionMetrics(Collector):
    """How many answers of each jurisdiction were not complete; ``look`` before they are told."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found: dict[str, int] = {}

    async def look(self) -> None:
        """Count again; what was counted last stands while the database does not answer."""
        with suppress(PortabilityError):
            async with self._database.read() as connection:
                self._found = await store.count_incomplete_answers(connection)

    def collect(self) -> Iterator[Metric]:
        found = GaugeMetricFamily(
            "portability_incomplete_answers",
            "Answers that a jurisdiction signed as complete and that lacked a record it had",
            labels=["jurisdiction"],
        )
        for jurisdiction, count in self._found.items():
            found.add_metric([jurisdiction], count)
        yield found
