"""A permission in the terms of other software, as the home node writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agents.migrant.home import Admitted
from portability.v1 import consents_service_pb2 as pb
from portability.v1.consents_service_pb2_grpc import ConsentsServiceStub

FORMATS: Final[Mapping[str, "pb.ConsentFormat"]] = {
    "dpv": pb.CONSENT_FORMAT_DPV,
    "fhir": pb.CONSENT_FORMAT_FHIR,
    "govstack": pb.CONSENT_FORMAT_GOVSTACK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file; its name says nothing about the person."""

    name: str
    media_type: str
    content: bytes


def export_consent(me: Admitted, consent: bytes, form: str) -> Exported:
    """
    One permission, by the name of a format. Raises NotFoundError for another person's.
    """
    answer: pb.ExportConsentResponse = me.home.session.call(
        ConsentsServiceStub(me.home.session.channel).ExportConsent,
        pb.ExportConsentRequest(session=me.token, consent=consent, format=FORMATS[form]),
    )
    return Exported(name=answer.file_name, media_type=answer.media_type, content=answer.content)
