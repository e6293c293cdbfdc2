"""How sure it is who somebody is: what an officer went by, weighed, signed and logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.consent.document import IdentityLevel
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.identity_evidence import (
    MAX_PIECES,
    EvidenceKind,
    IdentityAssessment,
    Piece,
    missing_for_more,
    write_assessment,
)
from portability.consent.payload_types import IDENTITY_ASSESSMENT_TYPE
from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.ledger.encoding import HASH_BYTES
from portability.node.log.signed import log_signed
from portability.store import persons
from portability.v1 import persons_service_pb2 as pb
from portability.wire.record import subject_commitment

if TYPE_CHECKING:
    from collections.abc import Callable

    from portability.federation.identity import Identity
    from portability.ledger.keys import Signer
    from portability.node.log.write import Write

KINDS: Final = ", ".join(EvidenceKind)


class IdentityDesk:
    """Each method runs inside a transaction that is under way."""

    def __init__(self, *, node_key: Signer, randomness: Callable[[int], bytes]) -> None:
        self._node_key = node_key
        self._randomness = randomness

    async def assess(
        self,
        write: Write,
        person: persons.Person,
        request: pb.AssessIdentityRequest,
        caller: Identity,
    ) -> tuple[bytes, pb.AssessIdentityResponse]:
        """
        Log what the evidence makes: its id, and the answer without its proof.

        A level that was reached before stays: evidence is never worth less for more being looked
        at. Raises InvalidInputError for evidence of a kind that is not known here.
        """
        nonce = self._randomness(HASH_BYTES)
        assessment = IdentityAssessment(
            id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
            nonce=nonce,
            subject_commitment=subject_commitment(nonce, person.name),
            assessed_by=Party(jurisdiction=caller.jurisdiction, institution=caller.institution),
            evidence=read_evidence(request),
            created_at=write.now.replace(microsecond=0),
        )
        payload = write_assessment(assessment)
        row = await log_signed(
            write, IDENTITY_ASSESSMENT_TYPE, payload, signer=self._node_key, person=person.id
        )
        before = IdentityLevel(person.identity_level)
        level = max(before, assessment.level, key=lambda one: one.rank)
        if level is not before:
            await persons.set_identity_level(write.connection, person.id, str(level))
        missing = missing_for_more(assessment.evidence)
        return row.statement_id, pb.AssessIdentityResponse(
            identity_level=str(level), missing="" if level is IdentityLevel.HIGH else missing
        )


def read_evidence(request: pb.AssessIdentityRequest) -> tuple[Piece, ...]:
    """What the officer saw. Raises InvalidInputError naming the kinds that there are."""
    if len(request.evidence) > MAX_PIECES:
        raise InvalidInputError(f"evidence has more than {MAX_PIECES} pieces", field="evidence")
    found = []
    for one in request.evidence:
        try:
            kind = EvidenceKind(one.kind)
        except ValueError:
            raise InvalidInputError(
                f"evidence is of a kind that is none of: {KINDS}", field="evidence.kind"
            ) from None
        found.append(Piece(kind=kind, source=one.source))
    return tuple(found)
