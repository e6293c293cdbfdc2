"""What a browser's passkey returned, out of the fields of a form."""

from agents.migrant.passkeys import Made
from agents.migrant.portal.forms import Form
from portability.consent.passkey import Assertion
from portability.consent.registration import Registration
from portability.errors import InvalidInputError
from portability.ledger.encoding import decode_base64url


def read_assertion_fields(form: Form) -> tuple[Assertion, bytes]:
    """
    The assertion and the user handle, which may be empty. The node judges both.

    Raises InvalidInputError where nothing was signed, as without script.
    """
    assertion = Assertion(
        credential_id=_required(form, "credential_id"),
        authenticator_data=_required(form, "authenticator_data"),
        client_data=_required(form, "client_data"),
        signature=_required(form, "signature"),
    )
    return assertion, decode_base64url(form.text("user_handle"), what="user_handle")


def read_registration_fields(form: Form) -> Made:
    """A passkey that was just made. Raises InvalidInputError where none was."""
    return Made(
        registration=Registration(
            client_data=_required(form, "client_data"),
            attestation_object=_required(form, "attestation_object"),
        ),
        transports=tuple(form.text("transports").split()),
    )


def _required(form: Form, name: str) -> bytes:
    value = decode_base64url(form.text(name), what=name)
    if not value:
        raise InvalidInputError("the form came without what a passkey returns", field=name)
    return value
