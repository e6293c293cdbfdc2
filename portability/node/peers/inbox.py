"""
Verified deliveries into the database: the statement, its leaf, its exhibits, the case and the place
in the peer's stream, all in one transaction.

A statement that cannot be accepted is set aside with its reason and the stream goes on after it.
"""

from collections.abc import Callable, Sequence

from portability.consent.receipt import DisclosureReceipt
from portability.consent.withdrawal import Withdrawal
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PortabilityError,
    StaleCheckpointError,
    StorageError,
    UnsupportedVersionError,
)
from portability.ledger.envelope import kind_of
from portability.ledger.trust import Directory
from portability.node.agreements.book import AgreementBook, HeardAdoption
from portability.node.cases.loading import LoadedCase, load_case
from portability.node.cases.omissions import look_for_omissions
from portability.node.cases.opening import open_asked_case
from portability.node.cases.permission_ends import PermissionEnds
from portability.node.cases.writing import CaseWriter, Heard
from portability.node.consents.evidence import read_exhibits
from portability.node.erasure.notices import (
    NOT_KEPT,
    Delivered,
    ErasureNotices,
    HeardErasure,
)
from portability.node.log.write import LoggedRow, NewStatement, Write
from portability.node.peers.delivery_checks import CheckedDelivery
from portability.node.peers.exhibit_checks import Held, check_exhibits, looks_back
from portability.node.peers.exhibit_keeping import keep_exhibits
from portability.node.peers.foreign_acts import check_receipt, check_withdrawal
from portability.node.peers.inbox_checks import VerifiedDelivery
from portability.node.peers.refused import RefusedRoom, not_kept
from portability.node.peers.stumbling import FAULTS, stumbled
from portability.node.persons.complaints_abroad import ComplaintsAbroad, HeardStep
from portability.node.records.receipts import keep_receipt
from portability.node.settlement.book import HeardSettlement, SettlementBook
from portability.recognition.adoption import AgreementAdoption
from portability.recognition.complaint import ComplaintStep
from portability.recognition.erasure import ErasureStatement
from portability.recognition.not_sent import names_records
from portability.recognition.statements import (
    CaseStatement,
    Correction,
    HistoryRequest,
    HistoryResponse,
)
from portability.recognition.versions import (
    COMPLAINTS,
    LATEST,
    OLDEST,
    OUTSIDE_CASES,
    version_needed,
)
from portability.settlement.statements import SettlementStatement
from portability.store import cases, consents, delivery
from portability.store.came_bare import add_came_bare
from portability.store.engine import savepoint
from portability.store.set_aside import SetAsideRow, add_set_aside
from portability.store.staging import count_staged


class _ErasedCaseError(NotFoundError):
    """Nothing new is kept about a case that was erased, not even what was refused."""


class Inbox:
    """Takes in what peers deliver."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        writer: CaseWriter,
        directory: Callable[[], Directory],
        erasures: ErasureNotices | None = None,
        settlements: SettlementBook | None = None,
        agreements: AgreementBook | None = None,
        complaints: ComplaintsAbroad | None = None,
        protocol_version: int = LATEST,
    ) -> None:
        self._jurisdiction = jurisdiction
        self._writer = writer
        self._directory = directory
        self._erasures = erasures
        self._settlements = settlements
        self._agreements = agreements
        self._complaints = complaints
        self._protocol_version = protocol_version
        self._ends = PermissionEnds(writer=writer)
        self._room = RefusedRoom()

    async def take(
        self, write: Write, peer: str, checked: Sequence[CheckedDelivery], position: int
    ) -> tuple[int, dict[int, SetAsideRow]]:
        """
        Take in what follows on a position of the peer's stream, up to which it is here; the
        position up to which it is then, and what was refused.

        What was received before changes nothing; what comes after a gap is left for later.
        """
        refused: dict[int, SetAsideRow] = {}
        for one in checked:
            if one.position == position + 1:
                row = await self._take_one(write, peer, one)
                position = one.position
                if row is not None:
                    refused[position] = row
        return position, refused

    async def _take_one(
        self, write: Write, peer: str, checked: CheckedDelivery
    ) -> SetAsideRow | None:
        await delivery.add_inbox(
            write.connection,
            peer=peer,
            position=checked.position,
            statement_id=checked.statement_id,
            now=write.now,
        )
        refusal = await self._try(write, peer, checked.verified)
        if refusal is None:
            return None
        came = b"" if isinstance(refusal, _ErasedCaseError) else checked.raw()
        may_keep = await self.may_keep(write, peer, came)
        has_room = may_keep and await self._room.take(write, peer, len(came))
        row = SetAsideRow(
            peer=peer,
            statement_id=checked.statement_id,
            position=checked.position,
            reason=refusal.reason,
            message=_message(refusal, may_keep=may_keep, has_room=has_room),
            create_time=write.now,
        )
        kept = came if has_room else None
        await add_set_aside(write.connection, write.vault, row, delivery=kept)
        return row

    async def may_keep(self, write: Write, peer: str, delivery: bytes) -> bool:
        """Whether what was refused may be kept whole, to be looked at and tried again."""
        return self._erasures is None or await self._erasures.may_keep(write, peer, delivery)

    async def take_again(
        self, write: Write, peer: str, verified: VerifiedDelivery | PortabilityError
    ) -> PortabilityError | None:
        """Accept what was set aside before; the error if it is still refused."""
        return await self._try(write, peer, verified)

    async def _try(
        self, write: Write, peer: str, verified: VerifiedDelivery | PortabilityError
    ) -> PortabilityError | None:
        """Accept a delivery; the error if it is refused, and then nothing of it is written."""
        if isinstance(verified, PortabilityError):
            return verified
        mark = write.mark()
        try:
            async with savepoint(write.connection):
                await self._accept(write, peer, verified)
        except (StorageError, StaleCheckpointError):
            raise  # the transaction as a whole is in question
        except PortabilityError as error:
            write.undo_to(mark)
            return error
        except FAULTS as error:  # one statement must not stop all that come behind it
            write.undo_to(mark)
            return stumbled(error, peer=peer, position=verified.position)
        return None

    async def _accept(self, write: Write, peer: str, verified: VerifiedDelivery) -> None:
        content = verified.content
        self._check_version(content)
        if isinstance(content, DisclosureReceipt):
            await self._keep_receipt(write, verified, content)
        elif isinstance(content, Withdrawal):
            await self._keep_withdrawal(write, peer, verified, content)
        elif isinstance(content, ErasureStatement):
            await self._hear_erasure(write, peer, verified, content)
        elif isinstance(content, SettlementStatement):
            await self._hear_settlement(write, peer, verified, content)
        elif isinstance(content, AgreementAdoption):
            await self._hear_adoption(write, verified, content)
        elif isinstance(content, ComplaintStep):
            await self._hear_complaint(write, peer, verified, content)
        else:
            await self._hear(write, peer, verified, content)

    def _check_version(self, content: object) -> None:
        """Raises UnsupportedVersionError for what this node is told not to understand yet."""
        if isinstance(content, CaseStatement):
            needed = version_needed(content)
        else:
            is_old = isinstance(content, DisclosureReceipt | Withdrawal)
            needed = OLDEST if is_old else OUTSIDE_CASES
            needed = COMPLAINTS if isinstance(content, ComplaintStep) else needed
        if needed > self._protocol_version:
            raise UnsupportedVersionError(
                f"the statement needs version {needed} of the protocol and this node speaks "
                f"version {self._protocol_version}; upgrade it and replay the statement",
                field="protocol_version",
            )

    async def _hear(
        self, write: Write, peer: str, verified: VerifiedDelivery, statement: CaseStatement
    ) -> None:
        """Take a statement into its case; the first request opens the case."""
        loaded = await self._load(write, statement.header.case_id)
        if loaded is None and isinstance(statement, HistoryRequest):
            await self._put_under(write, peer, statement)
            await open_asked_case(write, peer, statement)
            loaded = await self._load(write, statement.header.case_id)
        if loaded is None:
            raise InvalidInputError(
                "the statement belongs to a case that this node takes no part in", field="case_id"
            )
        if not verified.exhibits:
            loaded = await self._end_what_is_over(write, loaded, statement)
        held: Held = {}
        if looks_back(loaded, verified, statement):
            held = await read_exhibits(write.connection, write.vault, loaded.case_id)
        check_exhibits(loaded, verified, statement, held)
        heard = Heard(
            envelope=verified.envelope,
            statement_id=verified.statement_id,
            key_id=verified.key_id,
            statement=statement,
            peer=peer,
        )
        is_new = verified.statement_id not in loaded.held
        loaded, _ = await self._writer.take(write, loaded, heard)
        if not is_new:
            return  # what came with it then may have been erased since, and does not come back
        await keep_exhibits(write, loaded.row, verified)
        if loaded.leads and names_records(statement) and not verified.exhibits:
            await _note_bare(write, peer, loaded.case_id, verified.statement_id)
        said = verified.statement_id, statement
        await look_for_omissions(write, loaded, said, verified.exhibits, self._directory())
        if self._erasures is not None:
            await self._erasures.look_again(write, loaded.case_id)

    async def _end_what_is_over(
        self, write: Write, loaded: LoadedCase, statement: CaseStatement
    ) -> LoadedCase:
        """Before what came without its records: that the permissions behind it ended, if so."""
        known = loaded.case.accepted
        if isinstance(statement, HistoryResponse) and statement.records:
            behind = [known.get(i) for i in statement.header.predecessors]
        elif isinstance(statement, Correction) and statement.added and loaded.leads:
            behind = list(known.values())
        else:
            return loaded
        requests = (one for one in behind if isinstance(one, HistoryRequest))
        for permission in sorted({one.permission for one in requests} - {b""}):
            await self._ends.say_if_over(write, loaded.case_id, permission)
        return await self._load(write, loaded.case_id) or loaded

    async def _put_under(self, write: Write, peer: str, request: HistoryRequest) -> None:
        """The new case is under the text that both sides have signed; NoAgreementError if none."""
        if self._agreements is not None:
            case_id, agreement = request.header.case_id, request.claim.agreement
            named = request.text  # of an earlier one, to whoever joins later
            await self._agreements.put_under(write.connection, case_id, agreement, [peer], named)

    async def _hear_adoption(
        self, write: Write, verified: VerifiedDelivery, said: AgreementAdoption
    ) -> None:
        if self._agreements is None or verified.exhibits:
            raise InvalidInputError("this node takes in no such statement", field="payload_type")
        heard = HeardAdoption(
            envelope=verified.envelope,
            statement_id=verified.statement_id,
            key_id=verified.key_id,
            said=said,
        )
        await self._agreements.take(write, heard)

    async def _hear_complaint(
        self, write: Write, peer: str, verified: VerifiedDelivery, step: ComplaintStep
    ) -> None:
        if self._complaints is None or verified.exhibits:
            raise InvalidInputError("this node takes in no such statement", field="payload_type")
        heard = HeardStep(
            envelope=verified.envelope,
            statement_id=verified.statement_id,
            key_id=verified.key_id,
            step=step,
            peer=peer,
        )
        await self._complaints.take(write, heard)

    async def _hear_settlement(
        self, write: Write, peer: str, verified: VerifiedDelivery, said: SettlementStatement
    ) -> None:
        if self._settlements is None or verified.exhibits:
            raise InvalidInputError("this node takes in no such statement", field="payload_type")
        heard = HeardSettlement(
            envelope=verified.envelope,
            statement_id=verified.statement_id,
            key_id=verified.key_id,
            said=said,
            peer=peer,
            logged=verified.logged,
        )
        await self._settlements.take(write, heard)

    async def _hear_erasure(
        self, write: Write, peer: str, verified: VerifiedDelivery, said: ErasureStatement
    ) -> None:
        if self._erasures is None or not isinstance(said, Delivered):
            raise InvalidInputError("this node takes in no such statement", field="payload_type")
        heard = HeardErasure(
            envelope=verified.envelope,
            statement_id=verified.statement_id,
            key_id=verified.key_id,
            said=said,
        )
        await self._erasures.take(write, peer, heard)

    async def _load(self, write: Write, case_id: str) -> LoadedCase | None:
        try:
            return await load_case(
                write.connection,
                write.vault,
                own=self._jurisdiction,
                case_id=case_id,
                pending=write.statements,
            )
        except NotFoundError as error:
            raise _ErasedCaseError(error.message) from None

    async def _keep_receipt(
        self, write: Write, verified: VerifiedDelivery, receipt: DisclosureReceipt
    ) -> None:
        """A receipt of another node, for the person whose home this is."""
        case_ids = await cases.find_cases_of_statement(write.connection, receipt.request)
        await check_receipt(write, receipt, case_ids)
        person = await person_of(write, receipt.permission, case_ids)
        row = await _log(write, verified, person)
        case_id = case_ids[0] if case_ids else None
        await keep_receipt(write, receipt, row, person=person, case_id=case_id, is_local=False)

    async def _keep_withdrawal(
        self, write: Write, peer: str, verified: VerifiedDelivery, withdrawal: Withdrawal
    ) -> None:
        """
        Keep a withdrawal beside the consent that it is of, in each case that rested on it.

        It needs no further effect here: before anything leaves, the home node is asked anew.
        """
        case_ids = await check_withdrawal(write, peer, withdrawal.consent)
        found = [await cases.find_case(write.connection, write.vault, one) for one in case_ids]
        rows = [row for row in found if row is not None and row.content is not None]
        await _log(write, verified, rows[0].person if rows else None)
        for row in rows:
            await keep_exhibits(write, row, verified)


def _message(refusal: PortabilityError, *, may_keep: bool, has_room: bool) -> str:
    if not may_keep:
        return f"{refusal.message} ({NOT_KEPT})"
    return refusal.message if has_room else not_kept(refusal.message)


async def _note_bare(write: Write, peer: str, case_id: str, statement_id: bytes) -> None:
    """Note that it came without its records; not where pages of them had come before it."""
    pages, _ = await count_staged(write.connection, peer=peer, statement_id=statement_id)
    if not pages:
        await add_came_bare(write.connection, case_id, statement_id)


async def _log(write: Write, verified: VerifiedDelivery, person: int | None) -> LoggedRow:
    return await write.log(
        NewStatement(
            envelope=verified.envelope,
            statement_id=verified.statement_id,
            kind=kind_of(verified.envelope.payload_type),
            key_id=verified.key_id,
            person=person,
        )
    )


async def person_of(write: Write, permission: bytes, case_ids: Sequence[str]) -> int | None:
    """Whom a receipt is about: whoever gave the permission, else the person of the case."""
    consent = await consents.find_consent(write.connection, permission) if permission else None
    if consent is not None:
        return consent.person
    for case_id in case_ids:
        row = await cases.find_case(write.connection, write.vault, case_id)
        if row is not None:
            return row.person
    return None
