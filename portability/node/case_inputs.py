"""The records that a reconciliation rests on, as they are held here."""

from collections.abc import Collection, Iterable
from functools import lru_cache

from portability.agreements import pack_source
from portability.core.agreement import Pack
from portability.core.pack_parser import parse_pack
from portability.core.reconciliation import Reconciliation, reconcile
from portability.node.case_loading import LoadedCase
from portability.node.consent_evidence import read_exhibits
from portability.node.release import HeldRecord, own_records, read_record
from portability.recognition.statements import Claim, HistoryResponse
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.record import RECORD_TYPE


async def own_inputs(connection: Connection, vault: Vault, loaded: LoadedCase) -> list[HeldRecord]:
    """What the institutions of this jurisdiction that take part hold of the person."""
    if loaded.row.person is None:
        return []
    parties = [one for one in loaded.claim.parties if one.jurisdiction == loaded.case.own]
    return await own_records(connection, vault, person=loaded.row.person, institutions=parties)


async def received_records(
    connection: Connection, vault: Vault, loaded: LoadedCase
) -> dict[bytes, HeldRecord]:
    """The records of others that came with statements of the case; each was verified then."""
    found = await read_exhibits(connection, vault, loaded.case_id)
    return {
        i: read_record(i, held.proven.envelope)
        for i, held in found.items()
        if held.proven.envelope.payload_type == RECORD_TYPE
    }


def answered_records(loaded: LoadedCase, responses: Collection[bytes]) -> set[bytes]:
    """The records that these responses name."""
    answers = (loaded.case.accepted[one] for one in responses)
    return {
        record
        for answer in answers
        if isinstance(answer, HistoryResponse)
        for record in answer.records
    }


def compute(claim: Claim, records: Iterable[HeldRecord]) -> Reconciliation:
    """
    The result of these records under the agreement of the case.

    Raises NoAgreementError, and InvalidInputError for records that contradict each other.
    """
    periods = [record.period for record in records]
    return reconcile(periods, pack_of(claim.agreement), claim.branch.value, claim.award_date)


@lru_cache(maxsize=64)
def pack_of(agreement: str) -> Pack:
    """Raises NoAgreementError for an agreement that is not shipped."""
    return parse_pack(pack_source(agreement), agreement)
