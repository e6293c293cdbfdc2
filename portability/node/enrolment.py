"""What is checked and made when a person or a key is enrolled."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from portability.consent.document import IdentityLevel, Method
from portability.consent.payload_types import SUBJECT_KEY_TYPE
from portability.consent.reading import check_country
from portability.consent.reading import check_reference as check_reference_text
from portability.consent.scope import Party
from portability.consent.statements import SubjectKey
from portability.errors import InvalidInputError
from portability.ledger.envelope import kind_of, sign_envelope, statement_id
from portability.ledger.keys import Signer
from portability.node.write import NewStatement
from portability.store.persons import Identifier, Person
from portability.v1 import persons_service_pb2 as pb
from portability.wire.consent import subject_key_to_payload
from portability.wire.record import subject_commitment

_NAME_BYTES: Final = 16
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SEPARATORS = str.maketrans("", "", " .-/")
_NUMBER = re.compile(r"[0-9A-Z]{1,64}")


def new_person_name(randomness: Callable[[int], bytes]) -> str:
    """A name that says nothing about the person."""
    return f"persons/{randomness(_NAME_BYTES).hex()}"


def check_request_id(text: str) -> None:
    """Raises InvalidInputError unless it is a UUID in its usual form."""
    if _REQUEST_ID.fullmatch(text) is None:
        raise InvalidInputError(
            "request_id is not a UUID in lower case; make one per request and keep it for repeats",
            field="request_id",
        )


def check_reference(text: str) -> None:
    """Raises InvalidInputError unless it is a pairwise reference."""
    check_reference_text(text, field="reference")


def read_identifier(message: pb.NationalIdentifier, *, own: str | None = None) -> Identifier:
    """
    A number in the one spelling that we keep: capitals and digits, without separators.

    ``own``: the only jurisdiction whose numbers are taken. Raises InvalidInputError, which never
    holds the number.
    """
    jurisdiction = check_country(message.jurisdiction, field="identifier.jurisdiction")
    if own is not None and jurisdiction != own:
        raise InvalidInputError(
            f"identifier is not of {own}; enrol the person under their number in {own}",
            field="identifier.jurisdiction",
        )
    value = message.value.translate(_SEPARATORS).upper()
    if _NUMBER.fullmatch(value) is None:
        raise InvalidInputError(
            "identifier.value is not 1 to 64 letters and digits; spaces, dots, dashes and slashes "
            "between them do not matter",
            field="identifier.value",
        )
    return Identifier(jurisdiction=jurisdiction, value=value)


def identity_level(text: str) -> str:
    """Raises InvalidInputError unless it is low, substantial or high."""
    try:
        return str(IdentityLevel(text))
    except ValueError:
        raise InvalidInputError(
            "identity_level is not low, substantial or high", field="identity_level"
        ) from None


def new_key_record(
    person: Person,
    public_key: bytes,
    *,
    jurisdiction: str,
    node_key: Signer,
    salt: bytes,
    now: datetime,
) -> NewStatement:
    """The node's signed word that a software key is the person's; ``now`` in whole seconds."""
    payload = subject_key_to_payload(
        SubjectKey(
            salt=salt,
            subject_commitment=subject_commitment(salt, person.name),
            method=Method.SOFTWARE_KEY,
            public_key=public_key,
            identity_level=IdentityLevel(person.identity_level),
            enrolled_by=Party(jurisdiction=jurisdiction),
            valid_from=now,
        )
    )
    return NewStatement(
        envelope=sign_envelope(SUBJECT_KEY_TYPE, payload, node_key),
        statement_id=statement_id(SUBJECT_KEY_TYPE, payload),
        kind=kind_of(SUBJECT_KEY_TYPE),
        key_id=node_key.key_id,
        person=person.id,
    )
