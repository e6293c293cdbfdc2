"""Receipts of this node: signed, logged, and kept for the person."""

from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.ledger.keys import Signer
from portability.node.log.signed import log_signed
from portability.node.log.write import Write
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
    await receipts.add_receipt(
        write.connection,
        receipts.ReceiptRow(
            statement_id=row.statement_id,
            leaf_index=row.leaf_index,
            person=person,
            permission=receipt.permission or None,
            request=receipt.request,
            case_id=case_id,
            provider=str(receipt.provider),
            requester=str(receipt.requester),
            outcome=str(receipt.outcome),
            is_local=True,
            create_time=write.now,
        ),
    )
    return row.statement_id
