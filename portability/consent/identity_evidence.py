"""
On what somebody's identity rests, and how sure that makes: papers are one way among several.

Levels are those of Regulation (EU) 910/2014 Art 8. Each piece of evidence has a weight, and pieces
of one source count once, so that whoever has no papers reaches the same levels by what registers,
employers, schools and people who know them say (the trusted referees of NIST SP 800-63A §5.1.9 and
the vouching of the United Kingdom's GPG 45). Word of mouth alone never makes the highest level.
The home node signs and logs each assessment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.document import IdentityLevel, check_instant
from portability.consent.reading import (
    Members,
    check_distinct,
    check_hash,
    check_name,
    check_uuid7,
    open_document,
    refuse,
)
from portability.consent.scope import Party
from portability.ledger.encoding import encode_base64url, format_time

SCHEMA: Final = "identity-assessment/1"
MAX_PIECES: Final = 16
_MAX_BYTES: Final = 16_384


class EvidenceKind(StrEnum):
    """What an officer can go by; the values are written into statements and never change."""

    PASSPORT = "passport"
    NATIONAL_IDENTITY_CARD = "national-identity-card"
    RESIDENCE_PERMIT = "residence-permit"
    REFUGEE_TRAVEL_DOCUMENT = "refugee-travel-document"
    CONSULAR_CERTIFICATE = "consular-certificate"
    DRIVING_LICENCE = "driving-licence"

    BIRTH_RECORD = "birth-record"
    MARRIAGE_RECORD = "marriage-record"
    REFUGEE_REGISTRATION = "refugee-registration"
    CONTRIBUTION_RECORD = "contribution-record"
    EMPLOYER_RECORD = "employer-record"
    SCHOOL_RECORD = "school-record"
    HEALTH_RECORD = "health-record"
    SERVICE_RECORD = "service-record"

    VOUCHING = "vouching"
    COMMUNITY_RECORD = "community-record"

    SELF_DECLARED = "self-declared"
    ADDRESS_REACHED = "address-reached"
    TELEPHONE_REACHED = "telephone-reached"


_RECORD, _WORD, _HINT = 2, 2, 0
_PHOTO: Final = 4
"""A document with a picture, which the officer held against the person."""

_WEIGHTS: Final[Mapping[EvidenceKind, int]] = {
    EvidenceKind.PASSPORT: _PHOTO,
    EvidenceKind.NATIONAL_IDENTITY_CARD: _PHOTO,
    EvidenceKind.RESIDENCE_PERMIT: _PHOTO,
    EvidenceKind.REFUGEE_TRAVEL_DOCUMENT: _PHOTO,
    EvidenceKind.CONSULAR_CERTIFICATE: _PHOTO,
    EvidenceKind.DRIVING_LICENCE: _PHOTO,
    EvidenceKind.BIRTH_RECORD: _RECORD,
    EvidenceKind.MARRIAGE_RECORD: _RECORD,
    EvidenceKind.REFUGEE_REGISTRATION: _RECORD,
    EvidenceKind.CONTRIBUTION_RECORD: _RECORD,
    EvidenceKind.EMPLOYER_RECORD: _RECORD,
    EvidenceKind.SCHOOL_RECORD: _RECORD,
    EvidenceKind.HEALTH_RECORD: _RECORD,
    EvidenceKind.SERVICE_RECORD: _RECORD,
    EvidenceKind.VOUCHING: _WORD,
    EvidenceKind.COMMUNITY_RECORD: _WORD,
    EvidenceKind.SELF_DECLARED: _HINT,
    EvidenceKind.ADDRESS_REACHED: _HINT,
    EvidenceKind.TELEPHONE_REACHED: _HINT,
}
_WORDS_ALONE: Final = frozenset({EvidenceKind.VOUCHING, EvidenceKind.COMMUNITY_RECORD})

_NEEDED: Final = {IdentityLevel.SUBSTANTIAL: 4, IdentityLevel.HIGH: 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of evidence; ``source`` is a code for who issued it, or who vouches."""

    kind: EvidenceKind
    source: str

    def __post_init__(self) -> None:
        check_name(self.source, field="evidence.source")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityAssessment:
    """
    What an institution went by, and how sure it is. Signed by the home node.

    ``subject_commitment`` is SHA-256 of the nonce and the person's name at the home node.
    """

    id: str
    nonce: bytes
    subject_commitment: bytes
    assessed_by: Party
    evidence: tuple[Piece, ...]
    created_at: datetime

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_hash(self.subject_commitment, field="subject_commitment")
        check_distinct(self.evidence, field="evidence", most=MAX_PIECES)
        check_instant(self.created_at, field="created_at")

    @property
    def level(self) -> IdentityLevel:
        return level_of(self.evidence)


def level_of(evidence: Iterable[Piece]) -> IdentityLevel:
    """How sure these pieces make; what one source says counts once."""
    found = tuple(evidence)
    total, rests_on_more = _weight(found), any(_is_more_than_word(one) for one in found)
    if total >= _NEEDED[IdentityLevel.HIGH] and rests_on_more:
        return IdentityLevel.HIGH
    if total >= _NEEDED[IdentityLevel.SUBSTANTIAL]:
        return IdentityLevel.SUBSTANTIAL
    return IdentityLevel.LOW


def missing_for_more(evidence: Iterable[Piece]) -> str:
    """What would lead to the next level, in plain words; empty at the highest."""
    found = tuple(evidence)
    level, total = level_of(found), _weight(found)
    if level is IdentityLevel.HIGH:
        return ""
    following = tuple(IdentityLevel)[level.rank + 1]
    others = (_NEEDED[following] - total) // _RECORD
    if following is IdentityLevel.HIGH and not any(map(_is_more_than_word, found)):
        if others <= 1:
            return f"for {following}: one record or document besides what people say"
        many = f"{others} more records or people who vouch, at least one of them a record"
    elif others == 1:
        many = "another record, or another person who vouches"
    else:
        many = f"{others} more records or people who vouch"
    return f"for {following}: {many}, each of another source; or a document with a picture"


def _weight(evidence: tuple[Piece, ...]) -> int:
    """The best of each source; hints, such as a telephone that was answered, are noted only."""
    return sum(
        max(_WEIGHTS[one.kind] for one in evidence if one.source == source)
        for source in {one.source for one in evidence}
    )


def _is_more_than_word(one: Piece) -> bool:
    return _WEIGHTS[one.kind] > _HINT and one.kind not in _WORDS_ALONE


def write_assessment(assessment: IdentityAssessment) -> bytes:
    """The exact bytes, to be signed as they are."""
    return to_bytes(
        {
            "schema": SCHEMA,
            "id": assessment.id,
            "nonce": encode_base64url(assessment.nonce),
            "subject_commitment": assessment.subject_commitment.hex(),
            "assessed_by": {
                "node": assessment.assessed_by.jurisdiction,
                "institution": assessment.assessed_by.institution,
            },
            "evidence": [
                {"kind": str(one.kind), "source": one.source} for one in assessment.evidence
            ],
            "level": str(assessment.level),
            "created_at": format_time(assessment.created_at),
        }
    )


def read_assessment(data: bytes) -> IdentityAssessment:
    """The assessment in these bytes. Raises InvalidInputError, also for a level that is not so."""
    root = open_document(data, SCHEMA, most=_MAX_BYTES)
    by = root.object("assessed_by")
    assessment = IdentityAssessment(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        subject_commitment=root.hash("subject_commitment"),
        assessed_by=Party(jurisdiction=by.country("node"), institution=by.code("institution")),
        evidence=tuple(map(_piece, root.objects("evidence"))),
        created_at=root.time("created_at"),
    )
    level = root.one_of("level", IdentityLevel)
    by.finish()
    root.finish()
    if level is not assessment.level:
        raise refuse("level", "is not what the evidence makes")
    return assessment


def _piece(item: Members) -> Piece:
    piece = Piece(kind=item.one_of("kind", EvidenceKind), source=item.code("source"))
    item.finish()
    return piece
