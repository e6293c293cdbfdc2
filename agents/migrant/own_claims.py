"""A person's claims as their home node shows them: every statement is verified first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agents.migrant.home import Admitted
from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.ledger.envelope import statement_id
from portability.recognition.claim_withdrawal import ends
from portability.recognition.statements import (
    CaseStatement,
    ClaimWithdrawal,
    Closure,
    ClosureReason,
)
from portability.v1 import envelope_pb2, recognition_service_pb2
from portability.v1 import own_cases_service_pb2 as pb
from portability.v1.own_cases_service_pb2_grpc import OwnCasesServiceStub
from portability.wire.person_signed import is_by_person
from portability.wire.proven import (
    Proven,
    accepted_at,
    proven_from_pb,
    verify_logged,
    verify_proven,
)
from portability.wire.statement import (
    BY_INSTITUTIONS,
    BY_PERSONS,
    STATEMENT_TYPES,
    case_statement_from_payload,
)
from portability.wire.statement_parts import branch_from_pb, party_from_pb
from portability.wire.strict import civil_date, instant


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenStatement:
    """
    What somebody said in a claim; ``accepted`` is when the home node logged it, to the hour.

    Of what the person signs ``is_signed`` says whether a key of theirs bears it out.
    """

    id: bytes
    content: CaseStatement
    accepted: datetime
    is_signed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How long a country had the file for one kind of step; ``running`` while it has it still."""

    jurisdiction: str
    step: str
    lasted: timedelta
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenClaim:
    """
    A claim; the first party leads. ``state`` is such as ``collecting``; ``awaiting`` has to act.
    """

    name: str
    state: str
    branch: Branch
    agreement: str
    parties: tuple[Party, ...]
    claim_date: date
    award_date: date
    created: datetime
    awaiting: tuple[Party, ...]
    missing: tuple[Party, ...]
    objections: tuple[bytes, ...]
    held: tuple[Held, ...]
    statements: tuple[SeenStatement, ...]

    @property
    def id(self) -> str:
        return self.name.partition("/")[2]

    @property
    def closures(self) -> frozenset[ClosureReason]:
        """Why it ended, each time that it did."""
        said = (one.content for one in self.statements)
        return frozenset(one.reason for one in said if isinstance(one, Closure))

    @property
    def is_given_up(self) -> bool:
        """Whether it ended since the person gave it up, and with no decision."""
        return self._is_closed_as_given_up and self._is_signed

    @property
    def is_given_up_unsigned(self) -> bool:
        """
        Whether it ended as given up, and nothing here that the person signed says so.

        The lead may lie. It may also have the document, and this node get it later, or never.
        """
        return self._is_closed_as_given_up and not self._is_signed

    @property
    def _is_closed_as_given_up(self) -> bool:
        return ClosureReason.WITHDRAWN in self.closures

    @property
    def _is_signed(self) -> bool:
        return any(
            isinstance(one.content, ClaimWithdrawal)
            and one.is_signed
            and ends(one.content, self.id, self.claim_date, self.parties)
            for one in self.statements
        )

    @property
    def may_be_given_up(self) -> bool:
        """Until it has been settled once; only at the node of the lead, as everywhere."""
        return not self.closures


def fetch_cases(me: Admitted) -> pb.ListOwnCasesResponse:
    """What the node answers, unverified. Raises UnauthenticatedError."""
    answer: pb.ListOwnCasesResponse = me.home.session.call(
        OwnCasesServiceStub(me.home.session.channel).ListOwnCases,
        pb.ListOwnCasesRequest(session=me.token),
    )
    return answer


def read_claims(me: Admitted, answer: pb.ListOwnCasesResponse) -> tuple[SeenClaim, ...]:
    """Oldest first. Raises ProofError, SignatureError for what is not as it is said to be."""
    return tuple(_claim(me, one) for one in answer.cases)


def _claim(me: Admitted, message: pb.OwnCase) -> SeenClaim:
    keys = tuple(map(proven_from_pb, message.key_records))
    case = message.case
    state = recognition_service_pb2.CaseState.Name(case.state)
    return SeenClaim(
        name=case.name,
        state=state.removeprefix("CASE_STATE_").lower().replace("_", "-"),
        branch=branch_from_pb(case.branch),
        agreement=case.agreement,
        parties=tuple(party_from_pb(one, "parties") for one in case.parties),
        claim_date=civil_date(case.claim_date, "claim_date"),
        award_date=civil_date(case.award_date, "award_date"),
        created=instant(case.create_time, "create_time"),
        awaiting=tuple(party_from_pb(one, "awaiting") for one in case.awaiting),
        missing=tuple(party_from_pb(one, "missing") for one in case.missing),
        objections=tuple(case.objections),
        held=tuple(
            Held(
                jurisdiction=one.jurisdiction,
                step=one.step,
                lasted=timedelta(seconds=one.seconds),
                running=one.running,
            )
            for one in message.held
        ),
        statements=tuple(
            _statement(me, one, keys)
            for one in message.statements
            if one.envelope.payload_type in STATEMENT_TYPES
        ),
    )


def _statement(
    me: Admitted, message: envelope_pb2.ProvenStatement, keys: Sequence[Proven]
) -> SeenStatement:
    proven, home = proven_from_pb(message), me.home
    envelope = proven.envelope
    content = case_statement_from_payload(envelope.payload_type, envelope.payload)
    is_signed = True
    if envelope.payload_type in BY_PERSONS:
        accepted = accepted_at(verify_logged(proven, home.directory, home.jurisdiction))
        is_signed = _is_own(me, proven, keys, content.header.sender.jurisdiction)
    else:
        sender = content.header.sender
        office = envelope.payload_type in BY_INSTITUTIONS
        accepted = verify_proven(
            proven,
            home.directory,
            log_jurisdiction=home.jurisdiction,
            expected_types={envelope.payload_type},
            signer=(
                sender.jurisdiction,
                sender.institution or NODE_LEVEL,
                KeyPurpose.INSTITUTION if office else KeyPurpose.NODE,
            ),
        ).accepted
    return SeenStatement(
        id=statement_id(envelope.payload_type, envelope.payload),
        content=content,
        accepted=accepted,
        is_signed=is_signed,
    )


def _is_own(me: Admitted, proven: Proven, keys: Sequence[Proven], signed_at: str) -> bool:
    """Whether a key of this person signed it; of a name at another node nothing is known here."""
    home = me.home
    return is_by_person(
        proven,
        keys,
        home.directory,
        log_jurisdiction=home.jurisdiction,
        home=signed_at,
        person=me.person if signed_at == home.jurisdiction else "",
    )
