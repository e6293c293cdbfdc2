"""What an institution hands in: signed with its own key, now, and said in its own name."""

from collections.abc import Collection
from datetime import datetime

from portability.consent.scope import Party
from portability.errors import SignatureError
from portability.ledger.envelope import Envelope, Verified, verify_envelope
from portability.ledger.trust import Directory, KeyPurpose


def verify_handed_in(
    envelope: Envelope, types: Collection[str], signer: Party, directory: Directory, now: datetime
) -> Verified:
    """What a key of the institution has signed. Raises SignatureError, InvalidInputError."""
    keys = directory.keys(signer.jurisdiction, signer.institution, KeyPurpose.INSTITUTION, now)
    return verify_envelope(envelope, types, keys)


def check_own_name(what: str, named: Party, caller: Party) -> None:
    """Raise SignatureError for what says that another than the caller says it."""
    if named != caller:
        raise SignatureError(f"the {what} names {named}, but {caller} has signed and sent it")
