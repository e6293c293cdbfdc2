"""
Before anything leaves: the gate asked with all that it needs, and its decision receipted.

The receipt is written in the transaction that releases or refuses. No receipt, no data.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from portability.consent.agreement import AgreementScope
from portability.consent.gate import Granted, Refused, decide
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.permission import (
    ConsentPermission,
    DisclosureRequest,
    Permission,
    Uses,
)
from portability.consent.receipt import Release, build_receipt
from portability.consent.scope import Action, Grant
from portability.errors import NoAgreementError, PortabilityError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import statement_id
from portability.ledger.keys import Signer
from portability.ledger.trust import Directory
from portability.node.agreements.scopes import scope_of_text
from portability.node.cases.loading import LoadedCase
from portability.node.log.write import Write
from portability.node.records.receipts import log_receipt
from portability.recognition.statements import HistoryRequest
from portability.store import persons, receipts
from portability.store.engine import Connection
from portability.wire.consent import READERS, consent_status_from_payload


def asked_of(request: HistoryRequest) -> Grant:
    """What a request asks for, as one item of a scope. Raises InvalidInputError for odd names."""
    return Grant(
        branches=(request.claim.branch,),
        datatypes=request.datatypes,
        actions=(Action.STORE,),
        fields=request.fields,
        from_date=request.from_date,
        to_date=request.to_date,
    )


class Moment(Protocol):
    """An instant, and the state of the database that belongs to it: a transaction under way."""

    @property
    def connection(self) -> Connection: ...
    @property
    def now(self) -> datetime: ...


class Discloser:
    """Asks the gate, and writes receipts, within a transaction."""

    def __init__(
        self,
        *,
        node_key: Signer,
        directory: Callable[[], Directory],
        agreement_scope: Callable[[str, date], AgreementScope],
        randomness: Callable[[int], bytes],
    ) -> None:
        self._node_key = node_key
        self._directory = directory
        self._agreement_scope = agreement_scope
        self._randomness = randomness

    async def decide(
        self,
        write: Moment,
        loaded: LoadedCase,
        request: DisclosureRequest,
        permission: Permission | None,
        *,
        assumed: str = "",
    ) -> Granted | Refused:
        """
        The gate's word on a request about the person of the case.

        With an ``assumed`` name it is the word that it would have if every reference meant them.

        The agreement counts as it holds on the day of award, in the text that the case is under.
        """
        uses = Uses()
        if isinstance(permission, ConsentPermission):
            envelope = permission.consent.envelope
            consent = statement_id(envelope.payload_type, envelope.payload)
            counted = await receipts.count_uses(write.connection, consent)
            uses = Uses(count=counted.count, last=counted.last_time)
        return decide(
            permission=permission,
            request=request,
            agreement=self._scope(loaded, request),
            directory=self._directory(),
            now=write.now,
            uses=uses,
            references=(
                dict.fromkeys(_wanted(request, permission), assumed)
                if assumed
                else await _references(write.connection, loaded.row.person, request, permission)
            ),
            readers=READERS,
        )

    async def write_receipt(
        self,
        write: Write,
        loaded: LoadedCase,
        request: DisclosureRequest,
        decision: Granted | Refused,
        *,
        release: Release | None,
        permission: bytes,
    ) -> bytes:
        """Sign, log and keep the receipt of a decision; its statement id."""
        previous = await receipts.last_receipt(write.connection, permission) if permission else None
        now = write.now.replace(microsecond=0)
        receipt = build_receipt(
            request,
            decision,
            release=release,
            permission=permission,
            receipt_id=uuid7(now, self._randomness(UUID_RANDOM_BYTES)),
            salt=self._randomness(HASH_BYTES),
            now=now,
            previous=previous or b"",
        )
        return await log_receipt(
            write,
            receipt,
            signer=self._node_key,
            person=loaded.row.person,
            case_id=loaded.case_id,
        )

    def _scope(self, loaded: LoadedCase, request: DisclosureRequest) -> AgreementScope:
        """What the agreement allows; nothing where it is not known or not in force."""
        day = loaded.claim.award_date
        try:
            if loaded.source and request.agreement == loaded.claim.agreement:
                return scope_of_text(request.agreement, loaded.source, day)
            return self._agreement_scope(request.agreement, day)
        except NoAgreementError:
            return AgreementScope(id=request.agreement, version="", parties=(), grants=())


async def _references(
    connection: Connection,
    person: int | None,
    request: DisclosureRequest,
    permission: Permission | None,
) -> dict[tuple[str, str], str]:
    """Of the references that request and status use, those that mean the person of the case."""
    found: dict[tuple[str, str], str] = {}
    for peer, reference in sorted(_wanted(request, permission)):
        meant = await persons.find_person_by_reference(connection, peer=peer, reference=reference)
        if meant is not None and meant.id == person:
            found[peer, reference] = meant.name
    return found


def _wanted(request: DisclosureRequest, permission: Permission | None) -> set[tuple[str, str]]:
    """The references that request and status use."""
    wanted = {(request.peer, request.person_reference)}
    if isinstance(permission, ConsentPermission) and permission.status is not None:
        try:
            status = consent_status_from_payload(permission.status.payload)
        except PortabilityError:
            pass  # the gate says what is wrong with it
        else:
            wanted.add((permission.home_node, status.person_reference))
            wanted.add((request.requester.jurisdiction, status.person_reference))
    return wanted


def history_disclosure(
    request_id: bytes,
    request: HistoryRequest,
    *,
    key_id: bytes,
    peer: str,
    received: datetime,
) -> DisclosureRequest:
    """A history request as the gate reads it."""
    return DisclosureRequest(
        statement=request_id,
        key_id=key_id,
        peer=peer,
        requester=request.header.sender,
        provider=request.recipient,
        person_reference=request.person_reference,
        purpose=request.purpose,
        agreement=request.claim.agreement,
        agreement_version=request.claim.agreement_version,
        asked=asked_of(request),
        case_id=request.header.case_id,
        received_at=received.replace(microsecond=0),
    )
