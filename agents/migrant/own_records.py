"""What a home node holds about a person, and who asked for it, each verified."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agents.migrant.home import PAGE_SIZE, Admitted
from agents.migrant.own_consents import SHORTEST_BEGINNING
from agents.names import statement_id_of
from portability.errors import ConfigurationError
from portability.ledger.directory import KeyPurpose
from portability.ledger.encoding import HASH_BYTES
from portability.v1 import persons_service_pb2
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub
from portability.wire.proven import proven_from_pb, verify_proven
from portability.wire.record import RECORD_TYPE, EntitlementRecord, record_from_payload

RECORDS: Final = "records/"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRecord:
    """A record about the person, verified: signed by its institution and in the log."""

    id: bytes
    content: EntitlementRecord


def list_history(me: Admitted) -> Iterator[OwnRecord]:
    """What the home node holds about the person, each record verified."""
    token = ""
    while True:
        page: persons_service_pb2.ListOwnRecordsResponse = me.home.session.call(
            PersonsServiceStub(me.home.session.channel).ListOwnRecords,
            persons_service_pb2.ListOwnRecordsRequest(
                session=me.token, page_size=PAGE_SIZE, page_token=token
            ),
        )
        for one in page.records:
            proven = proven_from_pb(one.statement)
            said = record_from_payload(proven.envelope.payload)  # its issuer; verified next
            verified = verify_proven(
                proven,
                me.home.directory,
                log_jurisdiction=me.home.jurisdiction,
                expected_types={RECORD_TYPE},
                signer=(said.jurisdiction, said.institution, KeyPurpose.INSTITUTION),
            )
            name = verified.statement_id.hex()
            content = record_from_payload(verified.payload, name, proven.disclosures)
            yield OwnRecord(id=verified.statement_id, content=content)
        token = page.next_page_token
        if not token:
            return


def find_record(me: Admitted, text: str) -> bytes:
    """
    The id of the record that ``text`` names: the whole of it, or how one of the person's begins.

    A whole id is not looked up; the node knows whether it is theirs. Raises ConfigurationError for
    fewer than 8 characters, and for what none or several begin with.
    """
    beginning = text.removeprefix(RECORDS).lower()
    if len(beginning) == 2 * HASH_BYTES:
        return statement_id_of(beginning, "RECORD")
    found = []
    if len(beginning) >= SHORTEST_BEGINNING:
        found = [one.id for one in list_history(me) if one.id.hex().startswith(beginning)]
    if len(found) != 1:
        raise ConfigurationError(
            f"RECORD must be the first {SHORTEST_BEGINNING} characters or more of one record's id; "
            "`portability-migrant history` shows them",
            field="RECORD",
        )
    return found[0]
