"""What persons and institutions do at the real services of a simulated node, one call at a time."""

import random
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from portability.consent.payload_types import (
    CONSENT_REQUEST_TYPE,
    CONSENT_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.scope import Party
from portability.consent.signature import SoftwareSigner
from portability.consent.statements import ConsentState
from portability.core.attestations import Invalidation
from portability.core.periods import Period
from portability.errors import PreconditionError
from portability.ledger.envelope import sign_envelope, statement_id
from portability.node.cases.giving_up import GivenUp
from portability.node.log.write import RecordEntry, Write
from portability.node.persons.prepared import Prepared
from portability.node.persons.sign_in import SESSION_PREFIX
from portability.recognition.claim_withdrawal import CLAIM_WITHDRAWAL_TYPE
from portability.recognition.objection_document import OBJECTION_TYPE
from portability.recognition.statements import Header
from portability.simulation import words
from portability.simulation.nodes import looking
from portability.simulation.nodes.ground import LEAD, reference_of
from portability.simulation.nodes.process import Caller, Process
from portability.simulation.permission import PERSON, Given, consent_request, uses_of
from portability.simulation.plan import MAX_RECORDS, Plan, signer_of
from portability.store import persons
from portability.v1 import consents_service_pb2 as consents_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.v1 import recognition_service_pb2 as pb
from portability.v1 import record_pb2
from portability.v1 import records_service_pb2 as records_pb
from portability.wire.consent import consent_request_to_payload
from portability.wire.consent_parts import party_to_pb
from portability.wire.envelope import envelope_to_bytes, envelope_to_pb
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)
from portability.wire.statement import statement_to_payload, type_of
from portability.wire.statement_parts import branch_to_pb

T = TypeVar("T")

_EUR_MINOR = 120_000
_MISSING_AT_MOST = record_pb2.DeclaredSum(years=str(MAX_RECORDS * 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Whoever acts: at which node's services, in which run, and when as that node's clock shows."""

    process: Process
    plan: Plan
    chance: random.Random
    now: datetime
    person: str

    # --- institutions ----------------------------------------------------------------------------

    async def insure(self, party: Party, periods: list[Period]) -> list[bytes]:
        """Records of an institution that were there before anything else; their ids."""
        async with self.process.database.read() as connection:
            found = await persons.find_person(connection, self.person)
        if found is None:
            raise AssertionError("the person is known everywhere")
        entries = []
        for period in periods:
            payload = self._record(party, period, b"")
            signer = signer_of(party)
            entries.append(
                RecordEntry(
                    statement_id=statement_id(RECORD_TYPE, payload),
                    key_id=signer.key_id,
                    person=found.id,
                    envelope=envelope_to_bytes(sign_envelope(RECORD_TYPE, payload, signer)),
                )
            )
        if entries:
            await self.process.sequencer.log_records(entries)
        return [one.statement_id for one in entries]

    def _record(self, party: Party, content: Period | Invalidation, supersedes: bytes) -> bytes:
        salt = self.chance.randbytes(32)
        return record_to_payload(
            EntitlementRecord(
                salt=salt,
                subject_commitment=subject_commitment(salt, self.person),
                jurisdiction=party.jurisdiction,
                institution=party.institution,
                issue_date=self.now.date(),
                supersedes=supersedes,
                content=content,
            )
        )

    async def open_case(self, request_id: bytes) -> str:
        """Open the case, once under each id of 16 bytes; its id."""
        claim = self.plan.claim
        answer = await self.process.cases.recognition.OpenCase(
            pb.OpenCaseRequest(
                request_id=str(uuid.UUID(bytes=request_id, version=4)),
                person=self.person,
                branch=branch_to_pb(claim.branch),
                agreement=claim.agreement,
                claim_date=claim.claim_date.isoformat(),
                award_date=claim.award_date.isoformat(),
                participants=[party_to_pb(one) for one in claim.parties[1:]],
            ),
            agency(claim.lead),
        )
        return answer.case.name.removeprefix("cases/")

    async def ask(self, case_id: str, recipient: Party, permission: bytes) -> None:
        """Ask an institution for its history."""
        claim = self.plan.claim
        header = Header(
            salt=self.chance.randbytes(32),
            case_id=case_id,
            sender=claim.lead,
            created=self.now.replace(microsecond=0),
            predecessors=(),
        )
        reference = reference_of(recipient.jurisdiction)
        request = words.request(header, claim, recipient, reference, permission)
        await self._submit(type_of(request), statement_to_payload(request), claim.lead)

    async def determine(self, case_id: str, party: Party, *, is_provisional: bool) -> None:
        """Have a determination prepared, and sign it; with the most that may be missing."""
        amount = record_pb2.Money(minor_units=_EUR_MINOR, currency="EUR")
        prepared = await self.process.cases.recognition.PrepareDetermination(
            pb.PrepareDeterminationRequest(
                case=f"cases/{case_id}",
                scheme=pb.SchemeFacts(unit="months", theoretical=amount),
                missing_at_most=_MISSING_AT_MOST if is_provisional else None,
            ),
            agency(party),
        )
        await self._submit(prepared.payload_type, prepared.payload, party)

    async def _submit(self, payload_type: str, payload: bytes, party: Party) -> None:
        envelope = sign_envelope(payload_type, payload, signer_of(party))
        await self.process.cases.recognition.SubmitStatement(
            pb.SubmitStatementRequest(envelope=envelope_to_pb(envelope)), agency(party)
        )

    async def record(self, party: Party, content: Period | Invalidation, replaced: bytes) -> bytes:
        """Issue a record, in place of another one unless that is empty; its id."""
        payload = self._record(party, content, replaced)
        told: list[records_pb.AffectedCase] = []
        if replaced:
            preview = await self.process.records.PreviewCorrection(
                records_pb.PreviewCorrectionRequest(person=self.person, payload=payload),
                agency(party),
            )
            told = list(preview.cases)
        signer = signer_of(party)
        await self.process.records.SubmitRecord(
            records_pb.SubmitRecordRequest(
                submission=records_pb.RecordSubmission(
                    person=self.person,
                    envelope=envelope_to_pb(sign_envelope(RECORD_TYPE, payload, signer)),
                ),
                corrections=[
                    envelope_to_pb(sign_envelope(one.payload_type, one.payload, signer))
                    for one in told
                ],
            ),
            agency(party),
        )
        return statement_id(RECORD_TYPE, payload)

    # --- the person, at home ---------------------------------------------------------------------

    async def consent(self) -> Given:
        """Allow the lead what it asks for."""
        now = self.now.replace(microsecond=0)
        uses = uses_of(self.plan)
        asked = consent_request(self.plan, reference_of(LEAD), self.chance, now, uses)
        payload = consent_request_to_payload(asked)
        envelope = sign_envelope(CONSENT_REQUEST_TYPE, payload, signer_of(self.plan.claim.lead))
        request = await self.process.consents.CreateConsentRequest(
            consents_pb.CreateConsentRequestRequest(envelope=envelope_to_pb(envelope)),
            agency(self.plan.claim.lead),
        )
        prepared = await self.process.consents.PrepareConsent(
            consents_pb.PrepareConsentRequest(
                session=await self._sign_in(), consent_request=request.consent_request
            ),
            _PORTAL,
        )
        await self._act(CONSENT_TYPE, prepared.document)
        return Given(
            consent_id=statement_id(CONSENT_TYPE, prepared.document),
            not_before=asked.not_before,
            not_after=asked.not_after,
            max_uses=asked.max_uses,
        )

    async def withdraw(self, consent: bytes) -> bool:
        """
        Take a consent back; true once that is acknowledged, or told to have happened.

        False where it is over already: time or uses ran out, and there is nothing to take back.
        """
        session = await self._sign_in()
        try:
            prepared = await self.process.consents.PrepareWithdrawal(
                consents_pb.PrepareWithdrawalRequest(session=session, consent=consent), _PORTAL
            )
        except PreconditionError as error:  # or the answer to an earlier attempt was lost
            return error.context.get("state") == ConsentState.WITHDRAWN
        await self._act(WITHDRAWAL_TYPE, prepared.document)
        return True

    async def object_to(self, determination: bytes) -> None:
        """Contest a decision."""
        session, objections = await self._sign_in(), self.process.objections

        async def prepare(write: Write) -> Prepared:
            return await objections.prepare(write, session, determination, "amount")

        prepared, _ = await self.process.sequencer.run(prepare)
        signer = SoftwareSigner(signer=PERSON)
        envelope = signer.sign(OBJECTION_TYPE, prepared.document)

        async def record(write: Write) -> str:
            return await objections.record(write, envelope, b"")

        await self.process.sequencer.run(record)

    async def give_up(self, case_id: str) -> bool:
        """Give the claim up; whether it is given up now, rather than settled before."""
        session, given_up = await self._sign_in(), self.process.given_up

        async def prepare(write: Write) -> Prepared:
            return await given_up.prepare(write, session, case_id)

        async def record(write: Write) -> GivenUp:
            return await given_up.record(write, envelope, b"")

        try:
            prepared, _ = await self.process.sequencer.run(prepare)
            signer = SoftwareSigner(signer=PERSON)
            envelope = signer.sign(CLAIM_WITHDRAWAL_TYPE, prepared.document)
            await self.process.sequencer.run(record)
        except PreconditionError:  # it is settled, or the answer to an earlier attempt was lost
            found = await looking.look(self.process, case_id)
            return found is not None and bool(found.facts.given_up)
        return True

    async def _sign_in(self) -> str:
        challenge = await self.process.persons.CreateChallenge(
            persons_pb.CreateChallengeRequest(person=self.person), _PORTAL
        )
        session = await self.process.persons.CreateSession(
            persons_pb.CreateSessionRequest(
                person=self.person,
                challenge=challenge.challenge,
                signature=PERSON.sign(SESSION_PREFIX + challenge.challenge),
            ),
            _PORTAL,
        )
        return session.session

    async def _act(self, payload_type: str, document: bytes) -> None:
        envelope = SoftwareSigner(signer=PERSON).sign(payload_type, document)
        await self.process.consents.RecordConsentAct(
            consents_pb.RecordConsentActRequest(envelope=envelope_to_pb(envelope)), _PORTAL
        )


Act = Callable[[Agent], Coroutine[Any, Any, T]]
"""Something that somebody does at a node."""


def agency(party: Party) -> Any:
    """An institution, as its certificate names it."""
    return Caller(f"portability://{party.jurisdiction}/agency/{party.institution}")


_PORTAL: Any = Caller(f"portability://{LEAD}/portal")
