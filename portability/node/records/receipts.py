"""Receipts, kept for the person: this node's own, signed and logged; those of other nodes."""

from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.ledger.keys import Signer
from portability.node.log.signed import log_signed
from portability.node.log.write import LoggedRow, Write
from portability.store import receipts
from portability.wire.receipt import receipt_to_payload


async def log_receipt(
    write: Write,
    receipt: DisclosureReceipt,
    *,
    signer: Signer,
    person: int | None,
    case_id: str | None = None,
) -> bytes:
    """The statement id of a receipt that is signed, logged and kept by this."""
    payload = receipt_to_payload(receipt)
    row = await log_signed(write, RECEIPT_TYPE, payload, signer=signer, person=person, is_new=True)
    await keep_receipt(write, receipt, row, person=person, case_id=case_id, is_local=True)
    return row.statement_id


async def keep_receipt(
    write: Write,
    receipt: DisclosureReceipt,
    logged: LoggedRow,
    *,
    person: int | None,
    case_id: str | None,
    is_local: bool,
) -> None:
    """Keep a logged receipt for the person whose it is; ``is_local``: this node's own."""
    await receipts.add_receipt(
        write.connection,
        receipts.ReceiptRow(
            statement_id=logged.statement_id,
            leaf_index=logged.leaf_index,
            person=person,
            permission=receipt.permission or None,
            request=receipt.request,
            case_id=case_id,
            provider=str(receipt.provider),
            requester=str(receipt.requester),
            outcome=str(receipt.outcome),
            is_local=is_local,
            create_time=write.now,
        ),
    )
