"""What the receipts of a case say, beside the statements that they were left for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.consent.scope import Party
from portability.errors import ProofError
from portability.ledger.directory import Directory
from portability.node.cases.loading import LoadedCase
from portability.recognition.receipted import addressees, asked, receipt_fault, receipt_of
from portability.recognition.statements import (
    Correction,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.store import log, receipts
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes
from portability.wire.receipt import receipt_from_payload

_PAGE: Final = 1_000


class _Shown(NamedTuple):
    """What the receipt of something that was shown on names: who showed whom, on which request."""

    by: Party
    to: Party
    request: bytes


async def check_receipts(
    connection: Connection, vault: Vault, directory: Directory, loaded: LoadedCase
) -> None:
    """
    Raise ProofError for an answer of this node whose receipt says something else than it, and for
    records that were shown on without a receipt.
    """
    answers = dict(_answers(loaded))
    shown = await _shown_on(connection, directory, loaded)
    if not answers and not shown:
        return
    rows = await _local_receipts(connection, loaded.case_id)
    stored = await log.read_statements(connection, vault, [one.statement_id for one in rows])
    if len(stored) < len(rows) or any(one.envelope is None for one in stored.values()):
        return  # some were erased: of what is left none need fit
    in_order = [stored[one.statement_id].envelope for one in rows]
    left = [_read(envelope) for envelope in in_order if envelope is not None]
    for i, answer in answers.items():
        others = [one for j, one in answers.items() if j != i and asked(one) == asked(answer)]
        receipt = receipt_of(answer, others, left)
        cause = receipt_fault(answer, receipt) or _permission_fault(loaded, receipt)
        if cause:
            raise ProofError(f"receipts: {i.hex()[:16]} of case {loaded.case_id}: {cause}")
    _check_shown(loaded, shown, left)


def _check_shown(
    loaded: LoadedCase, shown: Counter[_Shown], left: Sequence[DisclosureReceipt]
) -> None:
    """Each result and each correction that shows somebody records leaves a receipt of its own."""
    there = Counter(_Shown(one.provider, one.requester, one.request) for one in left)
    for one in shown - there:
        raise ProofError(
            f"receipts: {one.request.hex()[:16]} of case {loaded.case_id}: records were shown to "
            f"{one.to} on it, and of {shown[one]} such times {there[one]} left a receipt"
        )


async def _shown_on(
    connection: Connection, directory: Directory, loaded: LoadedCase
) -> Counter[_Shown]:
    """
    How often this node showed on what, but for what it may have back from a peer after a loss: a
    receipt that nobody else had does not come back.
    """
    found = list(_showings(loaded))
    places = await log.find_statements(connection, {i for i, _ in found})
    losses = [
        one.lost.start
        for one in directory.ended_logs
        if one.jurisdiction == loaded.case.own and one.lost
    ]
    kept = min(losses, default=None)
    return Counter(
        shown for i, shown in found if i in places and (kept is None or places[i].leaf_index < kept)
    )


def _showings(loaded: LoadedCase) -> Iterator[tuple[bytes, _Shown]]:
    """Each result and correction of this node with whom it showed records on what."""
    accepted, claim, own = loaded.case.accepted, loaded.claim, loaded.case.own
    for i, said in accepted.items():
        if said.header.sender.jurisdiction != own:
            continue
        if isinstance(said, Reconciliation):
            for answer, request in addressees(said, accepted):
                yield i, _Shown(claim.lead, request.recipient, answer)
        elif isinstance(said, Correction) and said.added and not loaded.leads:
            yield i, _Shown(said.header.sender, claim.lead, said.header.predecessors[0])


def _permission_fault(loaded: LoadedCase, receipt: DisclosureReceipt | None) -> str:
    """The person finds a receipt by the permission that the request named."""
    request = None if receipt is None else loaded.case.accepted.get(receipt.request)
    if receipt is None or not isinstance(request, HistoryRequest):
        return ""
    is_same = receipt.permission == request.permission
    return "" if is_same else "the receipt names another permission than the request"


def _answers(loaded: LoadedCase) -> Iterator[tuple[bytes, HistoryResponse]]:
    for i, said in loaded.case.accepted.items():
        is_own = said.header.sender.jurisdiction == loaded.case.own
        if is_own and isinstance(said, HistoryResponse):
            yield i, said


async def _local_receipts(connection: Connection, case_id: str) -> list[receipts.ReceiptRow]:
    found: list[receipts.ReceiptRow] = []
    after: int | None = None
    while True:
        page = await receipts.list_receipts(connection, case_id=case_id, after=after, limit=_PAGE)
        found += [one for one in page if one.is_local]
        if len(page) < _PAGE:
            return found
        after = page[-1].leaf_index


def _read(stored: bytes) -> DisclosureReceipt:
    envelope = envelope_from_bytes(stored)
    if envelope.payload_type != RECEIPT_TYPE:
        raise ProofError("receipts: a row names a statement that is no receipt")
    return receipt_from_payload(envelope.payload)
