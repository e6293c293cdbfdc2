"""What a page needs so that the browser has a passkey made."""

from dataclasses import dataclass

from agents.migrant.passkeys import PasskeyOptions
from portability.ledger.encoding import encode_base64url


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """The options as text, for the attributes of a form. ``user_name`` is what devices show."""

    challenge: str
    relying_party_id: str
    relying_party_name: str
    user_handle: str
    user_name: str
    known: str
    algorithms: str


def registering_view(options: PasskeyOptions, user_name: str) -> Registering:
    """``user_name`` names no person: it can be read on the device's screen by anybody."""
    return Registering(
        challenge=encode_base64url(options.challenge),
        relying_party_id=options.relying_party_id,
        relying_party_name=options.relying_party_name,
        user_handle=encode_base64url(options.user_handle),
        user_name=user_name,
        known=" ".join(encode_base64url(one) for one in options.exclude_credential_ids),
        algorithms=" ".join(str(one) for one in options.algorithms),
    )
