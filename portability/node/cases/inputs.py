"""The records that a reconciliation rests on, as they are held here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from portability.agreements import pack_source
from portability.consent.scope import Party
from portability.core.agreement import Pack
from portability.core.pack_parser import parse_pack
from portability.core.reconciliation import Reconciliation, reconcile
from portability.core.record_kinds import RecordKind
from portability.node.cases.loading import LoadedCase
from portability.node.consents.evidence import read_exhibits
from portability.node.records.of_person import HeldRecord, read_record
from portability.node.records.release import own_records, show_only
from portability.recognition.corrections import shown_by
from portability.recognition.facts import read_facts
from portability.recognition.held_back import as_findings
from portability.recognition.statements import Claim, HistoryResponse
from portability.store import exhibits as store_exhibits
from portability.store.data_keys import load_keys
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.proven import Proven
from portability.wire.record import RECORD_TYPE, count_periods

_EXHIBIT: Final = "exhibit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An exhibit of a case as far as it is a record; None for evidence."""

    record: HeldRecord | None

    @property
    def weight(self) -> int:
        return 1 if self.record is None else self.record.weight


async def own_inputs(connection: Connection, vault: Vault, loaded: LoadedCase) -> list[HeldRecord]:
    """The periods that the institutions of this jurisdiction that take part hold of the person."""
    if loaded.row.person is None:
        return []
    parties = [one for one in loaded.claim.parties if one.jurisdiction == loaded.case.own]
    held = await own_records(connection, vault, person=loaded.row.person, institutions=parties)
    return [one for one in held if is_input(one)]


def is_input(held: HeldRecord) -> bool:
    """Periods alone are reconciled; other records inform those who decide."""
    return held.record.kind is RecordKind.CONTRIBUTION_PERIOD


async def received_records(
    connection: Connection, vault: Vault, loaded: LoadedCase
) -> dict[bytes, HeldRecord]:
    """
    The records of others that came with statements of the case; each was verified then.

    One that was read before is not read again: that it is here still is asked anew.
    """
    case_id = loaded.case_id
    places = await store_exhibits.list_exhibit_places(connection, case_id)
    keys = await load_keys(connection, vault, {one.person for one in places})
    names = {
        one.statement_id: _name_of(case_id, one.statement_id, one.nonce)
        for one in places
        if keys[one.person] is not None
    }
    found = {i: vault.kept.find(name, Received) for i, name in names.items()}
    unknown = [i for i, known in found.items() if known is None]
    owners = {one.statement_id: key.owner for one in places if (key := keys[one.person])}
    for i, exhibit in (await read_exhibits(connection, vault, case_id, unknown)).items():
        found[i] = one = Received(record=_record_in(i, exhibit.proven))
        vault.kept.put(names[i], one, owner=owners[i], weight=one.weight)
    return {i: one.record for i, one in found.items() if one is not None and one.record is not None}


def keep_received(
    vault: Vault,
    case_id: str,
    read: Mapping[tuple[bytes, bytes], HeldRecord | None],
    *,
    owner: str,
) -> None:
    """
    Keep what was read of exhibits when they came, by statement id and the nonce of each.

    Their transaction is committed: until then ``received_records`` could not find them.
    """
    for (i, nonce), record in read.items():
        one = Received(record=record)
        vault.kept.put(_name_of(case_id, i, nonce), one, owner=owner, weight=one.weight)


def _name_of(case_id: str, statement_id: bytes, nonce: bytes) -> tuple[str, str, bytes, bytes]:
    return _EXHIBIT, case_id, statement_id, nonce


def _record_in(i: bytes, proven: Proven) -> HeldRecord | None:
    if proven.envelope.payload_type != RECORD_TYPE:
        return None
    return read_record(i, proven.envelope, proven.disclosures)


def answered_records(loaded: LoadedCase, basis: Collection[bytes]) -> set[bytes]:
    """The records that these responses name, as these corrections leave them."""
    answers = (loaded.case.accepted[one] for one in basis)
    named = {
        record
        for answer in answers
        if isinstance(answer, HistoryResponse)
        for record in answer.records
    }
    return read_facts(loaded.case).corrected(named, basis)


def as_answered(
    loaded: LoadedCase, basis: Collection[bytes], records: Mapping[bytes, HeldRecord]
) -> dict[bytes, HeldRecord]:
    """
    Records as these responses and corrections show them, so that whoever hides fields computes
    like whoever reads.

    A record that none of them names, such as one of the lead's own, is shown as it is held.
    """
    shown = shown_by(read_facts(loaded.case), basis)
    return {i: show_only(held, shown[i]) if i in shown else held for i, held in records.items()}


def compute(
    claim: Claim,
    records: Iterable[HeldRecord],
    pack: Pack,
    held_back: Iterable[Party] = (),
) -> Reconciliation:
    """
    The result of these records under the agreement of the case, in the text that it is under, and
    of what these parties may not show.

    Raises NoAgreementError, and InvalidInputError for records that contradict each other.
    """
    counted = count_periods((one.record for one in records), claim.branch)
    return reconcile(
        counted.periods,
        pack,
        claim.branch.value,
        claim.award_date,
        incomplete=counted.incomplete,
        held_back=as_findings(held_back),
    )


@lru_cache(maxsize=64)
def pack_of(agreement: str) -> Pack:
    """Raises NoAgreementError for an agreement that is not shipped."""
    return parse_pack(pack_source(agreement), agreement)
