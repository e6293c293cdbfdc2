"""
Answering a history request: gate, receipt, response and delivery in one transaction.

Whatever the gate says, the same steps are taken and the answer leaves after a delay from one
distribution, counted from the arrival of the request: neither the time nor the form of a refusal
tells its cause.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from portability.consent.causes import RefusalCause
from portability.consent.gate import Granted, Refused
from portability.consent.permission import DisclosureRequest
from portability.consent.receipt import Release
from portability.consent.scope import Party
from portability.errors import (
    ConsentError,
    HaltedError,
    OverloadedError,
    PeerUnavailableError,
    PortabilityError,
    StorageError,
)
from portability.ledger.envelope import Envelope
from portability.ledger.trust import Directory
from portability.node.cases.answer_delay import AnswerDelay
from portability.node.cases.identities import TERM, Standing, ask_officer, standing_of
from portability.node.cases.loading import LoadedCase
from portability.node.cases.writing import NO_EXHIBITS, CaseWriter, Sending
from portability.node.consents.ended import known_end
from portability.node.consents.evidence import FoundPermission, find_permission
from portability.node.consents.standing import ConsentStatuses
from portability.node.log.write import Write
from portability.node.records.disclosure import Discloser, history_disclosure
from portability.node.records.release import Released, held_back, release
from portability.recognition.header import Header
from portability.recognition.statements import (
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
)
from portability.recognition.versions import HELD_BACK
from portability.store.engine import Connection, Database
from portability.store.vault import Vault
from portability.v1 import envelope_pb2
from portability.wire.envelope import envelope_from_pb

NOTHING: Final = Released(records=())
ANYBODY: Final = "persons/anybody"
"""Whom the gate is asked about to know whether identity is all that stands in the way."""

_RETRIED: Final = (PeerUnavailableError, OverloadedError, HaltedError, StorageError)


class StatusPeer(Protocol):
    """The node of another jurisdiction, as far as it is asked about consents."""

    async def fetch_consent_status(self, consent: bytes) -> envelope_pb2.Envelope:
        """The signed status, unverified. Raises PeerUnavailableError, or what the peer says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What was found of a permission before its home node was asked, and what that has said."""

    found: FoundPermission | None = None
    status: Envelope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A request as it stands in its case, and what was found of the permission that it names."""

    loaded: LoadedCase
    request: HistoryRequest
    disclosure: DisclosureRequest
    found: FoundPermission | None


class HistoryAnswerer:
    """Puts history requests to the gate and answers them."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        directory: Callable[[], Directory],
        writer: CaseWriter,
        discloser: Discloser,
        statuses: ConsentStatuses,
        peer: Callable[[str], StatusPeer],
        randomness: Callable[[int], bytes],
        delay: AnswerDelay,
        fault: Callable[[str], None],
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._directory = directory
        self._writer = writer
        self._discloser = discloser
        self._statuses = statuses
        self._peer = peer
        self._randomness = randomness
        self._delay = delay
        self._fault = fault

    async def find(
        self, connection: Connection, vault: Vault, case_id: str, permission: bytes
    ) -> FoundPermission | None:
        """What is here of the permission that a request in a case names."""
        return await find_permission(
            connection, vault, own=self._jurisdiction, case_id=case_id, permission=permission
        )

    async def fetch_status(
        self, found: FoundPermission | None, permission: bytes
    ) -> Envelope | None:
        """
        The home node's word on a consent, where the home is another node; None where it gives none.

        Raises PeerUnavailableError, OverloadedError or HaltedError: ask again later.
        """
        if found is None or found.home_node == self._jurisdiction:
            return None
        try:
            message = await self._peer(found.home_node).fetch_consent_status(permission)
            return envelope_from_pb(message)
        except _RETRIED:
            raise
        except PortabilityError:
            return None  # the gate refuses for want of a status

    async def answer(self, write: Write, loaded: LoadedCase, request_id: bytes, word: Word) -> None:
        """
        Decide, receipt, respond and queue, within one transaction.

        What the permission rests on cannot have changed since its home node was asked; that it has
        ended may have come meanwhile, which is asked here; whether the person is still here was
        read with the case. Raises OverloadedError, for another try, where
        the transaction logs a record of the person: an answer that is complete up to itself would
        have to name it, and it is not to be read yet.
        """
        if loaded.row.person is not None and write.has_logged_record_of(loaded.row.person):
            raise OverloadedError("records of the person are being taken in; the answer waits")
        asked = await self._read(write, loaded, request_id, word.found)
        status = word.status
        decision = await self._decide(write, asked, status)
        identity = await self._identity(write, asked, decision, status)
        if identity is not Standing.CLEAR:
            decision = _without_a_person(decision)
        self._fault("gate.decided")
        released = NOTHING
        if isinstance(decision, Granted) and loaded.row.person is not None:
            released, decision = await self._release(write, asked, decision, loaded.row.person)
        received = loaded.held[request_id].received
        not_before = received + self._delay.draw(self._randomness)
        response = self._response(write, asked, decision, released, identity)
        await self._receipt(
            write, asked, decision, released=released, response=response, not_before=not_before
        )
        peer = loaded.claim.lead.jurisdiction
        sending = Sending(exhibits={peer: released.ids}, not_before=not_before)
        await self._writer.take(write, loaded, self._writer.sign(response), sending)

    async def _release(
        self, write: Write, asked: _Asked, granted: Granted, person: int
    ) -> tuple[Released, Granted | Refused]:
        """
        What leaves. A refusal where there is something of which nothing may be shown as it is, or
        of which a part may not and the lead could not be told so: it would take the rest for all.
        """
        provider = asked.request.recipient
        released = await release(
            write.connection, write.vault, granted, person=person, provider=provider
        )
        lead = asked.loaded.claim.lead.jurisdiction
        if released.ids and (
            not released.held_back or await self._writer.is_read(write.connection, lead, HELD_BACK)
        ):
            return released, granted
        cause = await held_back(
            write.connection,
            write.vault,
            granted,
            person=person,
            provider=provider,
            asked=asked.disclosure.asked,
            released=released.ids,
        )
        return (released, granted) if cause is None else (NOTHING, _refused(granted, cause))

    async def _identity(
        self, write: Write, asked: _Asked, decision: Granted | Refused, status: Envelope | None
    ) -> Standing:
        """Whom the request means, where it would be granted; an officer is asked where in doubt."""
        request_id, request = asked.disclosure.statement, asked.request
        standing = await standing_of(
            write,
            request_id=request_id,
            request=request,
            peer=asked.disclosure.peer,
            person=asked.loaded.row.person,
        )
        if standing is Standing.CLEAR:
            return standing
        if not isinstance(decision, Granted):
            decision = await self._decide(write, asked, status, assumed=ANYBODY)
        if not isinstance(decision, Granted):
            return Standing.CLEAR  # refused like any other
        if standing is Standing.IN_DOUBT:
            await ask_officer(
                write, request_id=request_id, request=request, peer=asked.disclosure.peer
            )
        return standing

    async def _read(
        self,
        write: Write,
        loaded: LoadedCase,
        request_id: bytes,
        found: FoundPermission | None,
    ) -> _Asked:
        request = loaded.case.accepted[request_id]
        if not isinstance(request, HistoryRequest):
            raise TypeError("only a history request is answered by a history")
        held = loaded.held[request_id]
        return _Asked(
            loaded=loaded,
            request=request,
            disclosure=history_disclosure(
                request_id, request, key_id=held.key_id, peer=held.peer, received=held.received
            ),
            found=found
            or await self.find(write.connection, write.vault, loaded.case_id, request.permission),
        )

    async def _decide(
        self, write: Write, asked: _Asked, status: Envelope | None, *, assumed: str = ""
    ) -> Granted | Refused:
        if asked.found is not None and asked.found.home_node == self._jurisdiction:
            status = await self._own_status(write, asked.request.permission)
        permission = None if asked.found is None else asked.found.with_status(status)
        decision = await self._discloser.decide(
            write, asked.loaded, asked.disclosure, permission, assumed=assumed
        )
        if isinstance(decision, Granted):
            ended = await known_end(
                write, asked.loaded, asked.request.permission, asked=asked.disclosure.statement
            )
            return decision if ended is None else _refused(decision, ended)
        return decision

    async def _own_status(self, write: Write, permission: bytes) -> Envelope | None:
        node = Party(jurisdiction=self._jurisdiction)
        try:
            return (await self._statuses.issue_in(write, permission, node)).envelope
        except ConsentError:
            return None

    def _response(
        self,
        write: Write,
        asked: _Asked,
        decision: Granted | Refused,
        released: Released,
        identity: Standing,
    ) -> HistoryResponse:
        header = self._writer.header(asked.loaded.case_id, write.now, [asked.disclosure.statement])
        log_origin = self._directory().member(self._jurisdiction).log_origin
        if identity is Standing.IN_DOUBT:
            later = (write.now + TERM).date()
            bare = _without_records(header, HistoryOutcome.NOT_BEFORE, log_origin, write.size)
            return replace(bare, not_before=later)
        if identity is not Standing.CLEAR:
            return _without_records(header, HistoryOutcome.NONE, log_origin, write.size)
        if isinstance(decision, Refused):
            return _without_records(header, HistoryOutcome.REFUSED)
        return HistoryResponse(
            header=header,
            outcome=HistoryOutcome.RECORDS if released.ids else HistoryOutcome.NONE,
            records=released.ids,
            not_before=None,
            log_origin=log_origin,
            tree_size=write.size,
            granted_fields=decision.fields if decision.partial else (),
            payload_digest=released.digest(header.salt) if released.ids else b"",
            shown=released.shown,
            held_back=released.held_back and bool(released.ids),
        )

    async def _receipt(
        self,
        write: Write,
        asked: _Asked,
        decision: Granted | Refused,
        *,
        released: Released,
        response: HistoryResponse,
        not_before: datetime,
    ) -> None:
        """
        Write the receipt and send it to the home node, for the person.

        Where no home is known it goes to the node that asked, so that each answer has one with it.
        """
        salt = response.header.salt
        home = asked.loaded.claim.lead.jurisdiction
        if asked.found is not None:
            home = asked.found.home_node
        is_own = home == self._jurisdiction
        left = Release(
            record_count=len(released.ids),
            payload_digest=released.digest(salt),
            held_back=response.held_back
            and (is_own or await self._writer.is_read(write.connection, home, HELD_BACK)),
        )
        receipt = await self._discloser.write_receipt(
            write,
            asked.loaded,
            asked.disclosure,
            decision,
            release=left if isinstance(decision, Granted) else None,
            permission=asked.request.permission,
        )
        if not is_own:
            sending = Sending(exhibits=NO_EXHIBITS, not_before=not_before)
            await self._writer.enqueue(write, home, receipt, sending)


def _without_records(
    header: Header, outcome: HistoryOutcome, log_origin: str = "", tree_size: int = 0
) -> HistoryResponse:
    """An answer with which nothing leaves; a refusal does not say up to where the log was read."""
    return HistoryResponse(
        header=header,
        outcome=outcome,
        records=(),
        not_before=None,
        log_origin=log_origin,
        tree_size=tree_size,
        granted_fields=(),
        payload_digest=b"",
    )


def _without_a_person(decision: Granted | Refused) -> Refused:
    """What the receipt says while nobody knows who is meant: nothing has left."""
    return _refused(decision, RefusalCause.PERSON_UNKNOWN)


def _refused(decision: Granted | Refused, cause: RefusalCause) -> Refused:
    return Refused(
        cause=cause,
        permission_id=decision.permission_id,
        status_version=decision.status_version,
        basis=decision.basis,
    )
