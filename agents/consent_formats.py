"""A consent in the terms of other software, asked of a node and written down."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from agents.new_files import check_new, write_new
from agents.session import Session
from portability.v1 import consents_service_pb2 as pb
from portability.v1.consents_service_pb2_grpc import ConsentsServiceStub


class ConsentFormat(StrEnum):
    """In whose terms."""

    DPV = "dpv"
    FHIR = "fhir"
    GOVSTACK = "govstack"


FormatOption = Annotated[
    ConsentFormat,
    typer.Option(
        "--format",
        help="dpv (ISO/IEC TS 27560), fhir (R5 Consent) or govstack (ConsentRecord).",
    ),
]

FORMATS: Final[Mapping[ConsentFormat, "pb.ConsentFormat"]] = {
    ConsentFormat.DPV: pb.CONSENT_FORMAT_DPV,
    ConsentFormat.FHIR: pb.CONSENT_FORMAT_FHIR,
    ConsentFormat.GOVSTACK: pb.CONSENT_FORMAT_GOVSTACK,
}


def ask_export(
    session: Session, consent: bytes, form: ConsentFormat, token: str = ""
) -> "pb.ExportConsentResponse":
    """The file and its name, for whom the certificate or the session is. Raises NotFoundError."""
    answer: pb.ExportConsentResponse = session.call(
        ConsentsServiceStub(session.channel).ExportConsent,
        pb.ExportConsentRequest(session=token, consent=consent, format=FORMATS[form]),
    )
    return answer


def fetch_export(session: Session, consent: bytes, form: ConsentFormat, token: str = "") -> bytes:
    """The file alone. Raises NotFoundError."""
    return ask_export(session, consent, form, token).content


def check_place(path: Path | None) -> None:
    """See that a consent could be written there, before it is read: reading it leaves a receipt."""
    if path is not None:
        check_new(path)


def write_exported(content: bytes, path: Path | None) -> None:
    """Into a new file, or to standard output. Raises ConfigurationError, and overwrites nothing."""
    if path is None:
        sys.stdout.write(content.decode("utf-8"))
        return
    write_new(path, content)
