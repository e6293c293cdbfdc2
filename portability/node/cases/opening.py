"""Opening a case: claim checked against directory and agreement, a reference for each peer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from portability.consent.agreement import AgreementScope
from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.errors import (
    InvalidInputError,
    NoAgreementError,
    NotFoundError,
    PreconditionError,
    StaleCheckpointError,
)
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.trust import Directory
from portability.node.agreements.book import AgreementBook
from portability.node.agreements.scopes import scope_of_text
from portability.node.cases.views import CASE_ID_BYTES
from portability.node.log.write import Write
from portability.recognition.admission import check_claim
from portability.recognition.case import CaseState
from portability.recognition.statements import Claim, HistoryRequest
from portability.store import cases, persons
from portability.store.agreements import source_of_case

MAX_PARTICIPANTS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an institution asks to open."""

    person: str
    lead: Party
    branch: Branch
    agreement: str
    claim_date: date
    award_date: date
    participants: tuple[Party, ...]


async def open_asked_case(write: Write, peer: str, request: HistoryRequest) -> None:
    """
    The case that a request between this node and a peer belongs to.

    It is about whoever the reference means, also if it means nobody here. Raises InvalidInputError
    for a claim that contradicts itself.
    """
    check_claim(request.claim)
    person = await persons.find_person_by_reference(
        write.connection, peer=peer, reference=request.person_reference
    )
    claim = request.claim
    await cases.add_case(
        write.connection,
        write.vault,
        case_id=request.header.case_id,
        person=None if person is None else person.id,
        parties=places_of(claim.parties),
        content=content_of(claim),
        state=CaseState.COLLECTING.value,
        now=write.now,
    )


class CaseOpener:
    """Opens cases within a transaction."""

    def __init__(
        self,
        *,
        directory: Callable[[], Directory],
        agreement_scope: Callable[[str, date], AgreementScope],
        randomness: Callable[[int], bytes],
        agreements: AgreementBook | None = None,
    ) -> None:
        self._directory = directory
        self._agreement_scope = agreement_scope
        self._randomness = randomness
        self._agreements = agreements

    def claim(self, opening: Opening) -> Claim:
        """
        The claim under the version of the agreement that holds on the day of award.

        Raises InvalidInputError, PreconditionError for an institution that is not in the directory
        or not competent, NoAgreementError where the agreement does not bind all parties.
        """
        if len(opening.participants) > MAX_PARTICIPANTS:
            raise InvalidInputError(
                f"a case takes at most {MAX_PARTICIPANTS} participants", field="participants"
            )
        scope = self._agreement_scope(opening.agreement, opening.award_date)
        claim = Claim(
            branch=opening.branch,
            agreement=scope.id,
            agreement_version=scope.version,
            claim_date=opening.claim_date,
            award_date=opening.award_date,
            parties=(opening.lead, *opening.participants),
        )
        check_claim(claim)
        self._check_parties(claim, scope)
        return claim

    async def open(self, write: Write, opening: Opening, claim: Claim) -> tuple[str, list[str]]:
        """
        The new case's id, and for each participant the reference under which it knows the person.

        Raises NotFoundError for a person who is not enrolled here, NoAgreementError for an
        agreement that not all sides have signed.
        """
        person = await persons.find_person(write.connection, opening.person)
        if person is None:
            raise NotFoundError("there is no such person here")
        references = [
            await self._reference(write, person.id, party.jurisdiction)
            for party in opening.participants
        ]
        case_id = self._randomness(CASE_ID_BYTES).hex()
        if self._agreements is not None:
            await self._agreements.put_under(
                write.connection, case_id, claim.agreement, claim.jurisdictions
            )
            claim = await self._in_force(write, case_id, claim)
        await cases.add_case(
            write.connection,
            write.vault,
            case_id=case_id,
            person=person.id,
            parties=places_of(claim.parties),
            content=content_of(claim),
            state=CaseState.COLLECTING.value,
            now=write.now,
        )
        return case_id, references

    async def _in_force(self, write: Write, case_id: str, claim: Claim) -> Claim:
        """
        The claim under the version of the text that the sides have signed, which need not be that
        of this software. Raises as ``claim``.
        """
        source = await source_of_case(write.connection, case_id)
        if not source:
            return claim
        scope = scope_of_text(claim.agreement, source, claim.award_date)
        self._check_parties(claim, scope)
        return replace(claim, agreement_version=scope.version)

    def _check_parties(self, claim: Claim, scope: AgreementScope) -> None:
        for party in claim.parties:
            named = self._directory().institution(party.jurisdiction, party.institution)
            if claim.branch not in named.branches:
                raise PreconditionError(
                    f"{party} is not competent for {claim.branch} by the directory; "
                    "name the institution that is",
                    subject=str(party),
                )
            if party.jurisdiction not in scope.parties:
                raise NoAgreementError(
                    f"{party.jurisdiction} is not bound by the agreement {scope.id} "
                    f"on {claim.award_date}",
                    agreement=scope.id,
                    jurisdiction=party.jurisdiction,
                )

    async def _reference(self, write: Write, person: int, peer: str) -> str:
        known = await persons.find_pairwise_reference(write.connection, person=person, peer=peer)
        if known is not None:
            return known
        reference = self._randomness(HASH_BYTES).hex()
        if not await persons.add_pairwise_reference(
            write.connection, person=person, peer=peer, reference=reference, now=write.now
        ):
            raise StaleCheckpointError("the reference was made meanwhile; ask for it again")
        return reference


def places_of(parties: Sequence[Party]) -> list[cases.CasePlace]:
    """Parties as the store keeps them."""
    return [
        cases.CasePlace(jurisdiction=one.jurisdiction, institution=one.institution)
        for one in parties
    ]


def content_of(claim: Claim) -> cases.CaseContent:
    """What the case is about, as the store keeps it."""
    return cases.CaseContent(
        branch=claim.branch.value,
        agreement=claim.agreement,
        agreement_version=claim.agreement_version,
        claim_date=claim.claim_date,
        award_date=claim.award_date,
    )
