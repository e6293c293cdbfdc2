"""What the receipts of a case say, beside the answers that they were left for."""

from collections.abc import Iterator
from typing import Final

from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.errors import ProofError
from portability.node.cases.loading import LoadedCase
from portability.recognition.receipted import asked, receipt_fault, receipt_of
from portability.recognition.statements import HistoryRequest, HistoryResponse
from portability.store import log, receipts
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes
from portability.wire.receipt import receipt_from_payload

_PAGE: Final = 1_000


async def check_receipts(connection: Connection, vault: Vault, loaded: LoadedCase) -> None:
    """Raise ProofError for an answer of this node whose receipt says something else than it."""
    answers = dict(_answers(loaded))
    if not answers:
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
