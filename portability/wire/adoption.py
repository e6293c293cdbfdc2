"""The signed adoption of an agreement: payload and strict reading. Source: agreement.proto."""

from typing import Final

from portability.errors import InvalidInputError
from portability.ledger.envelope import payload_type
from portability.recognition.adoption import AgreementAdoption
from portability.v1 import agreement_pb2 as pb
from portability.wire.statement_parts import NAME, header_from_pb, header_to_pb, matching
from portability.wire.strict import exactly, parse_strictly

ADOPTION_TYPE: Final = payload_type("agreement-adoption", "protobuf")
MAX_PAYLOAD_BYTES: Final = 4 * 1024


def adoption_to_payload(said: AgreementAdoption) -> bytes:
    """The bytes to sign. From then on only these bytes are stored, sent and checked."""
    return pb.AgreementAdoption(
        header=header_to_pb(said.header),
        agreement=said.agreement,
        agreement_version=said.agreement_version,
        digest=said.digest,
    ).SerializeToString()


def adoption_from_payload(payload: bytes) -> AgreementAdoption:
    """
    What a verified payload says.

    Raises InvalidInputError that names the field, UnsupportedVersionError for a later protocol.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise InvalidInputError(
            f"the adoption has {len(payload)} bytes, {MAX_PAYLOAD_BYTES} are allowed",
            field="payload",
            limit=str(MAX_PAYLOAD_BYTES),
        )
    message = parse_strictly(pb.AgreementAdoption, payload, "agreement adoption")
    return AgreementAdoption(
        header=header_from_pb(message.header, in_case=False),
        agreement=matching(NAME, message.agreement, "agreement"),
        agreement_version=matching(NAME, message.agreement_version, "agreement_version"),
        digest=exactly(message.digest, 32, "digest"),
    )
