"""What a node says itself: signed with its own key, and logged."""

from portability.ledger.envelope import kind_of, sign_envelope, statement_id
from portability.ledger.keys import Signer
from portability.node.log.write import LoggedRow, NewStatement, Write


async def log_signed(
    write: Write,
    payload_type: str,
    payload: bytes,
    *,
    signer: Signer,
    person: int | None,
    is_new: bool = False,
) -> LoggedRow:
    """
    Sign a payload and log it; with a ``person`` it is erased when they are.

    ``is_new`` as for ``Write.log``.
    """
    statement = NewStatement(
        envelope=sign_envelope(payload_type, payload, signer),
        statement_id=statement_id(payload_type, payload),
        kind=kind_of(payload_type),
        key_id=signer.key_id,
        person=person,
    )
    return await write.log(statement, is_new=is_new)
