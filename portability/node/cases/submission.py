"""Statements signed by an institution of this jurisdiction, checked and taken into their case."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Final

from portability.consent.document import Consent
from portability.consent.scope import Party
from portability.errors import (
    ConsentError,
    InvalidInputError,
    PreconditionError,
)
from portability.ledger.envelope import Envelope
from portability.ledger.trust import Directory
from portability.node.agreements.book import AgreementBook
from portability.node.calls.handed_in import check_own_name, verify_handed_in
from portability.node.cases.determining import check_state
from portability.node.cases.loading import LoadedCase
from portability.node.cases.onward import check_lists_all
from portability.node.cases.permission_ends import PermissionEnds
from portability.node.cases.writing import NO_EXHIBITS, CaseWriter, Heard, Sending
from portability.node.consents.standing import StoredConsent, exhibits_of, load_consent
from portability.node.log.write import Write
from portability.node.records.disclosure import asked_of
from portability.recognition.case import CaseState
from portability.recognition.progress import progress
from portability.recognition.statements import (
    Correction,
    Determination,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
)
from portability.recognition.timing import DATED_WITHIN
from portability.store import persons
from portability.wire.statement import (
    BY_INSTITUTIONS,
    STATEMENT_TYPES,
    case_statement_from_payload,
)

SUBMITTED: Final = frozenset(
    name for name in BY_INSTITUTIONS if STATEMENT_TYPES[name] is not Correction
)
"""What institutions may hand in by itself; a correction comes with the record that replaces."""


def read_submission(
    envelope: Envelope, caller: Party, directory: Directory, now: datetime
) -> Heard:
    """
    A statement signed by the caller's institution, now, in its own name.

    Raises SignatureError, and InvalidInputError that names the field.
    """
    verified = verify_handed_in(envelope, SUBMITTED, caller, directory, now)
    statement = case_statement_from_payload(verified.payload_type, verified.payload)
    check_own_name("statement", statement.header.sender, caller)
    return Heard(
        envelope=envelope,
        statement_id=verified.statement_id,
        key_id=verified.key_ids[0],
        statement=statement,
        peer="",
    )


class Submissions:
    """Takes submitted statements in, within a transaction."""

    def __init__(
        self,
        *,
        writer: CaseWriter,
        ends: PermissionEnds,
        directory: Callable[[], Directory],
        agreements: AgreementBook | None = None,
    ) -> None:
        self._writer = writer
        self._ends = ends
        self._directory = directory
        self._agreements = agreements

    async def take(self, write: Write, loaded: LoadedCase, heard: Heard) -> bool:
        """
        Whether it was not in the log before.

        Raises PreconditionError where the case is not so far, or already further.
        """
        if heard.statement_id in loaded.held:
            return False
        statement = heard.statement
        sending = Sending(exhibits=NO_EXHIBITS)
        if isinstance(statement, HistoryRequest):
            sending = await self._check_request(write, loaded, statement)
        elif isinstance(statement, Determination):
            _check_determination(loaded, statement)
        _, row = await self._writer.take(write, loaded, heard, sending)
        return row.fresh

    async def _check_request(
        self, write: Write, loaded: LoadedCase, request: HistoryRequest
    ) -> Sending:
        """That it may be asked now; with what the permission that it names rests on."""
        asked_of(request)
        _check_dated(request, write.now)
        if progress(loaded.case).state is CaseState.CLOSED:
            raise PreconditionError("the case is closed; open a new one", subject="case")
        if _is_open(loaded, request.recipient):
            raise PreconditionError(
                f"a request to {request.recipient} waits for its answer already", subject="case"
            )
        peer = request.recipient.jurisdiction
        self._directory().member(peer)  # a stranger has signed no text either
        await self._check_text(write, loaded, request)
        if loaded.row.person is not None:
            reference = await persons.find_pairwise_reference(
                write.connection, person=loaded.row.person, peer=peer
            )
            if reference != request.person_reference:
                raise InvalidInputError(
                    "person_reference is not the one under which the recipient knows the person; "
                    "take the one that opening the case gave for the recipient",
                    field="person_reference",
                )
        consent = None
        if request.permission:
            consent = await load_consent(write.connection, write.vault, request.permission)
        evidence = await _evidence(write, loaded, request, consent)
        if evidence and consent is not None:
            check_lists_all(consent.document, request)
            _check_has_begun(consent.document, write.now)
            await self._ends.watch(write, loaded.case_id, consent)
        return Sending(exhibits={peer: evidence})

    async def _check_text(self, write: Write, loaded: LoadedCase, request: HistoryRequest) -> None:
        """Whoever joins a case must know its text; it is named where another one is in force."""
        if self._agreements is None:
            return
        text = await self._agreements.replaced_text(
            write.connection,
            loaded.claim.agreement,
            loaded.text_digest,
            [request.recipient.jurisdiction],
        )
        named = request.text
        if (text and not named) or named not in {b"", sha256(loaded.text).digest()}:
            raise PreconditionError(
                f"{loaded.claim.agreement} was signed in another text since the case was opened; "
                "name the text that the case is under, its `agreement_digest`",
                subject="case",
            )


def _check_dated(request: HistoryRequest, now: datetime) -> None:
    """Terms run from the date of a request; one that is dated back would have others be late."""
    if abs(now - request.header.created) > DATED_WITHIN:
        raise InvalidInputError(
            f"the request is dated {request.header.created:%Y-%m-%d}, more than a day from now; "
            "set the clock right and sign it again",
            field="created",
        )


def _check_has_begun(consent: Consent, now: datetime) -> None:
    """A request before that would be refused for good, and nobody answers it again by itself."""
    if now < consent.not_before:
        raise PreconditionError(
            f"the consent is in force from {consent.not_before:%Y-%m-%d %H:%M} UTC; hand the "
            "request in then",
            subject="consent",
        )


async def _evidence(
    write: Write, loaded: LoadedCase, request: HistoryRequest, consent: StoredConsent | None
) -> tuple[bytes, ...]:
    """
    What the permission rests on, as far as it is held here and was given by the person of the case
    to whoever asks.

    Nothing goes with a permission that is unknown here: whoever is asked decides what that means.
    """
    if consent is None or consent.row.person != loaded.row.person:
        return ()
    if consent.row.requester != str(request.header.sender):
        return ()  # any id can be named, and another institution's consent is not theirs to show
    try:
        return await exhibits_of(write.connection, consent)
    except ConsentError:
        return ()


def _is_open(loaded: LoadedCase, recipient: Party) -> bool:
    """Whether a request to the party is without its answer."""
    accepted = loaded.case.accepted
    answered = {
        one.header.predecessors[0]
        for one in accepted.values()
        if isinstance(one, HistoryResponse) and one.outcome is not HistoryOutcome.NOT_BEFORE
    }
    return any(
        isinstance(one, HistoryRequest) and one.recipient == recipient and i not in answered
        for i, one in accepted.items()
    )


def _check_determination(loaded: LoadedCase, determination: Determination) -> None:
    view = progress(loaded.case)
    if determination.result != view.reconciliation_id:
        raise PreconditionError(
            "the determination rests on another reconciliation than the one in force; "
            "prepare it again",
            subject="case",
        )
    check_state(view.state)
    if determination.supersedes != view.standing.get(determination.header.sender, b""):
        raise PreconditionError(
            "the institution has determined already; prepare again to replace it", subject="case"
        )
