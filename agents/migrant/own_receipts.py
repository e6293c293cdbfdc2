"""Who received or was refused a person's data, who has signed for it, and to whom it is open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agents.migrant.home import PAGE_SIZE, Admitted, Home
from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.consent.scope import Party
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.v1 import consent_pb2
from portability.v1 import persons_service_pb2 as pb
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub
from portability.wire.proven import proven_from_pb, verify_logged, verify_proven
from portability.wire.receipt import receipt_from_payload
from portability.wire.statement_parts import party_from_pb
from portability.wire.strict import instant

STAYED: Final = "stayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenReceipt:
    """
    A receipt, verified; ``envelope`` are its signed bytes.

    ``confirmation`` says whether the other side has signed for it: ``confirmed``, ``waiting``,
    ``missing`` or ``not-needed``, as the home node tells it; or ``stayed``: the permission ended
    before what was released had left, and nothing was given.
    """

    id: bytes
    content: DisclosureReceipt
    envelope: bytes
    confirmation: str

    @property
    def has_stayed(self) -> bool:
        return self.confirmation == STAYED


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A time for which the records are open to somebody, such as the ombudsperson."""

    holder: Party
    ground: str
    citation: str
    since: datetime
    until: datetime
    uses: int


def list_receipts(me: Admitted) -> tuple[SeenReceipt, ...]:
    """Oldest first. Raises ProofError, SignatureError for one that is not in the log."""
    stub, token, found = PersonsServiceStub(me.home.session.channel), "", []
    while True:
        page: pb.ListOwnReceiptsResponse = me.home.session.call(
            stub.ListOwnReceipts,
            pb.ListOwnReceiptsRequest(session=me.token, page_size=PAGE_SIZE, page_token=token),
        )
        found += [_receipt(me.home, one) for one in page.receipts]
        token = page.next_page_token
        if not token:
            return tuple(found)


def list_openings(me: Admitted) -> tuple[Opening, ...]:
    """Oldest first, those that have ended too. Raises ProofError for one that was not logged."""
    answer: pb.ListOwnAccessesResponse = me.home.session.call(
        PersonsServiceStub(me.home.session.channel).ListOwnAccesses,
        pb.ListOwnAccessesRequest(session=me.token),
    )
    return tuple(_opening(me.home, one) for one in answer.accesses)


def _receipt(home: Home, message: pb.Receipt) -> SeenReceipt:
    proven = proven_from_pb(message.statement)
    said = receipt_from_payload(proven.envelope.payload)  # who must sign; verified next
    verified = verify_proven(
        proven,
        home.directory,
        log_jurisdiction=home.jurisdiction,
        expected_types={RECEIPT_TYPE},
        signer=(said.provider.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
    )
    state = consent_pb2.ConfirmationState.Name(message.confirmation.state)
    return SeenReceipt(
        id=verified.statement_id,
        content=receipt_from_payload(verified.payload),
        envelope=message.statement.envelope.SerializeToString(),
        confirmation=state.removeprefix("CONFIRMATION_STATE_").lower().replace("_", "-"),
    )


def _opening(home: Home, message: pb.OwnAccess) -> Opening:
    verify_logged(proven_from_pb(message.statement), home.directory, home.jurisdiction)
    return Opening(
        holder=party_from_pb(message.holder, "holder"),
        ground=message.ground,
        citation=message.citation,
        since=instant(message.create_time, "create_time"),
        until=instant(message.expire_time, "expire_time"),
        uses=message.uses,
    )
