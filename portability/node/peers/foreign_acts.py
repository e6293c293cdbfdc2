"""
Receipts and withdrawals of other nodes, held against the consent and the case that they name.

Ids of consents and requests stand in the public log, so that any peer has them. What a node says
counts, and stands before the person, only where that node has a part.
"""

from collections.abc import Sequence
from typing import Final

from portability.consent.consent_reader import read_consent
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.errors import InvalidInputError
from portability.node.log.write import Write
from portability.store import consents, log
from portability.store.cases import find_case
from portability.store.exhibits import list_cases_with, read_exhibits
from portability.wire.envelope import envelope_from_bytes

_RELEASED: Final = frozenset({Outcome.RELEASED, Outcome.PARTIAL})


async def check_receipt(write: Write, receipt: DisclosureReceipt, case_ids: Sequence[str]) -> None:
    """
    Raise InvalidInputError for a release that the consent named does not allow, as the gate reads
    it, and for a request in a case in which the provider takes no part.

    A refusal is taken whomever the consent names: that it names somebody else may be its cause.
    """
    if receipt.permission and receipt.outcome in _RELEASED:
        await _check_consent(write, receipt)
    rows = [await find_case(write.connection, write.vault, one) for one in case_ids]
    known = [row for row in rows if row is not None and row.content is not None]
    provider = receipt.provider.jurisdiction
    if known and not any(provider in {one.jurisdiction for one in row.parties} for row in known):
        raise InvalidInputError(
            f"the receipt is about a request in a case in which {provider} takes no part",
            field="request",
        )


async def _check_consent(write: Write, receipt: DisclosureReceipt) -> None:
    if await consents.find_consent(write.connection, receipt.permission) is None:
        return  # another node's: there nobody's consent is used up by it
    rows = await log.read_statements(write.connection, write.vault, [receipt.permission])
    kept = rows[receipt.permission].envelope
    if kept is None:
        return  # erased, and with it whom it named
    document = read_consent(envelope_from_bytes(kept).payload)
    if receipt.provider not in document.providers or receipt.requester != document.requester.party:
        raise InvalidInputError(
            f"the receipt says that {receipt.provider} released data to {receipt.requester} under "
            "a consent that does not name both so",
            field="permission",
        )


async def check_withdrawal(write: Write, peer: str, consent: bytes) -> list[str]:
    """
    The cases that rested on a consent of that peer.

    Raises InvalidInputError where the consent was given at another node: a key that the peer has
    enrolled is nobody's there.
    """
    case_ids = await list_cases_with(write.connection, consent)
    held = [
        one
        for case_id in case_ids
        for one in await read_exhibits(write.connection, write.vault, case_id, [consent])
    ]
    is_own = await consents.find_consent(write.connection, consent) is not None
    if is_own or any(one.origin != peer for one in held):
        raise InvalidInputError(
            f"the consent was not given at the node of {peer}, so it is not withdrawn there",
            field="consent",
        )
    return case_ids
