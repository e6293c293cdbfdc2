"""All records about a person that their home node can show: its own, and other countries'."""

from dataclasses import dataclass
from datetime import datetime

from agents.migrant.good_signatures import GOOD_SIGNATURES
from agents.migrant.home import PAGE_SIZE, Admitted, Home
from portability.core.supersession import superseded_by
from portability.ledger.directory import KeyPurpose
from portability.ledger.envelope import kind_of
from portability.v1 import envelope_pb2, own_cases_service_pb2, persons_service_pb2
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.proven import accepted_at, proven_from_pb, verify_proven
from portability.wire.proven_run import ProvenRun
from portability.wire.record import RECORD_TYPE, EntitlementRecord, record_from_payload


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRecord:
    """
    A record, verified against its institution's key and the log of its country.

    ``accepted`` is when that log took it in, to the hour; ``replaced_by`` the record of the same
    institution that corrected or withdrew it.
    """

    content: EntitlementRecord
    accepted: datetime
    is_foreign: bool
    replaced_by: EntitlementRecord | None = None

    @property
    def id(self) -> bytes:
        return self.content.statement_id


def read_history(
    me: Admitted, foreign: "own_cases_service_pb2.ListOwnCasesResponse"
) -> tuple[SeenRecord, ...]:
    """
    Everything, each record once, with what became of it by the issuers' own signatures.

    ``foreign`` is the answer of ``fetch_cases``. Raises ProofError, SignatureError for a record
    that is not what it is said to be.
    """
    found: dict[bytes, SeenRecord] = {}
    reader = _Reader(me.home)
    for message in _own(me):
        one = reader.read(message, me.home.jurisdiction, is_foreign=False)
        found[one.id] = one
    for other in foreign.foreign_records:
        one = reader.read(other.statement, other.log_jurisdiction, is_foreign=True)
        found.setdefault(one.id, one)
    replaced = superseded_by(one.content for one in found.values())
    return tuple(
        SeenRecord(
            content=one.content,
            accepted=one.accepted,
            is_foreign=one.is_foreign,
            replaced_by=replaced.get(one.id),
        )
        for one in found.values()
    )


def _own(me: Admitted) -> list[envelope_pb2.ProvenStatement]:
    stub = PersonsServiceStub(me.home.session.channel)
    token, found = "", []
    while True:
        page: persons_service_pb2.ListOwnRecordsResponse = me.home.session.call(
            stub.ListOwnRecords,
            persons_service_pb2.ListOwnRecordsRequest(
                session=me.token, page_size=PAGE_SIZE, page_token=token
            ),
        )
        found += [one.statement for one in page.records]
        token = page.next_page_token
        if not token:
            return found


class _Reader:
    """Reads records of few signers and logs: what many have in common is established once."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._run = ProvenRun(
            home.directory,
            payload_type=RECORD_TYPE,
            kind=kind_of(RECORD_TYPE),
            purpose=KeyPurpose.INSTITUTION,
        )

    def read(
        self, message: envelope_pb2.ProvenStatement, log_jurisdiction: str, *, is_foreign: bool
    ) -> SeenRecord:
        """Raises as ``verify_proven``, which looks at whatever is out of the ordinary."""
        logged = self._run.look_at(message)
        if logged is not None and logged.entry.jurisdiction == log_jurisdiction:
            entry, payload = logged.entry, logged.envelope.payload
            content = record_from_payload(
                payload, logged.statement_id.hex(), tuple(message.disclosures)
            )
            is_issuer = (content.jurisdiction, content.institution) == (
                entry.jurisdiction,
                entry.institution,
            )
            if is_issuer and GOOD_SIGNATURES.holds(*logged.signed):
                accepted = accepted_at(log_entry_from_bytes(message.log_entry))
                return SeenRecord(content=content, accepted=accepted, is_foreign=is_foreign)
        return _verified(self._home, message, log_jurisdiction, is_foreign=is_foreign)


def _verified(
    home: Home, message: envelope_pb2.ProvenStatement, log_jurisdiction: str, *, is_foreign: bool
) -> SeenRecord:
    proven = proven_from_pb(message)
    said = record_from_payload(proven.envelope.payload)  # its issuer; verified next
    verified = verify_proven(
        proven,
        home.directory,
        log_jurisdiction=log_jurisdiction,
        expected_types={RECORD_TYPE},
        signer=(said.jurisdiction, said.institution, KeyPurpose.INSTITUTION),
    )
    name = verified.statement_id.hex()
    return SeenRecord(
        content=record_from_payload(verified.payload, name, proven.disclosures),
        accepted=verified.accepted,
        is_foreign=is_foreign,
    )
