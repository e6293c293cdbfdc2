"""Cases: opened, histories asked for, followed; each statement checked before it is shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from agents.agency.office import Office
from agents.disputed_times import disputed_json
from agents.session import CALL_SECONDS
from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.errors import ProofError
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import Envelope, kind_of, statement_id
from portability.recognition.arrivals import DisputedTime
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    Header,
    HistoryRequest,
    Objection,
)
from portability.v1 import recognition_service_pb2 as pb
from portability.v1.recognition_service_pb2_grpc import RecognitionServiceStub
from portability.wire.consent_parts import party_to_pb
from portability.wire.envelope import envelope_to_pb
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
    statement_to_payload,
    type_of,
)
from portability.wire.statement_parts import (
    branch_from_pb,
    branch_to_pb,
    party_from_pb,
)
from portability.wire.strict import civil_date, exactly, instant

PAGE_SIZE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """
    A case as this institution's node shows it. ``state`` is as in ``CaseState``; ``text`` is the
    SHA-256 of the agreement's text that it is under where another one is in force by now.
    """

    name: str
    state: str
    claim: Claim
    person: str
    created: datetime
    digest: bytes
    awaiting: tuple[Party, ...]
    missing: tuple[Party, ...] = ()
    objections: tuple[bytes, ...] = ()
    text: bytes = b""

    @property
    def id(self) -> str:
        return self.name.removeprefix("cases/")

    def to_json(self) -> dict[str, object]:
        claim = self.claim
        return {
            "case": self.name,
            "state": self.state,
            "branch": claim.branch.value,
            "agreement": claim.agreement,
            "agreement_version": claim.agreement_version,
            "parties": [str(party) for party in claim.parties],
            "claim_date": claim.claim_date.isoformat(),
            "award_date": claim.award_date.isoformat(),
            "digest": self.digest.hex(),
            "awaiting": [str(party) for party in self.awaiting],
            "missing": [str(party) for party in self.missing],
            "objections": [one.hex() for one in self.objections],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A claim to open a case for; ``participants`` are the institutions of others to ask."""

    person: str
    branch: Branch
    agreement: str
    claim_date: date
    award_date: date
    participants: tuple[Party, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The case, and under which reference each participant knows the person."""

    case: CaseView
    references: tuple[tuple[Party, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask a participant for; ``permission`` is a consent's id, or empty for none."""

    recipient: Party
    reference: str
    permission: bytes
    purpose: str
    datatypes: tuple[str, ...]
    fields: tuple[str, ...]
    from_date: date
    to_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEntry:
    """
    A statement of a case, verified: who said it, and when this node's log took it in.

    Of what a person signs ``is_signed`` says whether the record of their key is here and bears it
    out; what anybody else signs is not here at all without.
    """

    id: bytes
    kind: str
    content: CaseStatement
    accepted: datetime
    index: int
    is_signed: bool = True

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id.hex(),
            "kind": self.kind,
            "sender": str(self.content.header.sender),
            "accepted_hour": self.accepted.isoformat(),
            "leaf_index": self.index,
            **({} if self.is_signed else {"signed": False}),
        }


def open_case(office: Office, opening: Opening) -> Opened:
    """Open a case that this institution leads."""
    request = pb.OpenCaseRequest(
        request_id=office.new_request_id(),
        person=opening.person,
        branch=branch_to_pb(opening.branch),
        agreement=opening.agreement,
        claim_date=opening.claim_date.isoformat(),
        award_date=opening.award_date.isoformat(),
        participants=[party_to_pb(party) for party in opening.participants],
    )
    answer: pb.OpenCaseResponse = office.session.call(_stub(office).OpenCase, request)
    if len(answer.person_references) != len(opening.participants):
        raise ProofError("the node did not answer with one reference per participant")
    references = zip(opening.participants, answer.person_references, strict=True)
    return Opened(case=case_from_pb(answer.case), references=tuple(references))


def request_history(office: Office, case: CaseView, question: Question) -> bytes:
    """Sign a request for a person's history and hand it in; its statement id."""
    request = HistoryRequest(
        header=_header(office, case.id),
        recipient=question.recipient,
        person_reference=question.reference,
        claim=case.claim,
        permission=question.permission,
        purpose=question.purpose,
        datatypes=question.datatypes,
        fields=question.fields,
        from_date=question.from_date,
        to_date=question.to_date,
        text=case.text,
    )
    return submit(office, office.sign(type_of(request), statement_to_payload(request)))


def submit(office: Office, envelope: Envelope, facts: Envelope | None = None) -> bytes:
    """
    Hand in a statement that this institution signed; its id once its place in the log is proven.
    With a decision go the ``facts`` that it names.

    Raises ProofError or SignatureError for an acknowledgement that proves nothing.
    """
    request = pb.SubmitStatementRequest(
        envelope=envelope_to_pb(envelope), facts=None if facts is None else envelope_to_pb(facts)
    )
    answer: pb.SubmitStatementResponse = office.session.call(_stub(office).SubmitStatement, request)
    verified = verify_proven(
        proven_from_pb(answer.statement),
        office.directory,
        log_jurisdiction=office.jurisdiction,
        expected_types={envelope.payload_type},
        signer=(office.party.jurisdiction, office.party.institution, KeyPurpose.INSTITUTION),
    )
    if verified.statement_id != statement_id(envelope.payload_type, envelope.payload):
        raise ProofError("the node's proof is for another statement than the one that was sent")
    return verified.statement_id


def get_case(office: Office, name: str) -> CaseView:
    """One case, ``cases/{case id}``. Raises NotFoundError, also for another institution's."""
    answer: pb.GetCaseResponse = office.session.call(
        _stub(office).GetCase, pb.GetCaseRequest(name=name)
    )
    return case_from_pb(answer.case)


def follow_case(office: Office, name: str, known: int, wait: timedelta) -> tuple[CaseView, int]:
    """
    One case and its revision, as soon as that is another than the known one, or the wait is over.

    The node keeps nobody waiting for more than 20 seconds. Raises as ``get_case``.
    """
    request = pb.GetCaseRequest(name=name, known_revision=known)
    request.wait.FromTimedelta(wait)
    answer: pb.GetCaseResponse = office.session.call(
        _stub(office).GetCase, request, seconds=CALL_SECONDS + wait.total_seconds()
    )
    return case_from_pb(answer.case), answer.revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How long a country had the file for one kind of step; ``running`` while it has it still."""

    jurisdiction: str
    step: str
    lasted: timedelta
    running: bool
    disputed: tuple[DisputedTime, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "jurisdiction": self.jurisdiction,
            "step": self.step,
            "seconds": int(self.lasted.total_seconds()),
            "running": self.running,
            "disputed": [disputed_json(one) for one in self.disputed],
        }


def held_times(office: Office, name: str) -> list[Held]:
    """Who held the file of a case, by this node's signed and acknowledged statements."""
    answer: pb.GetCaseResponse = office.session.call(
        _stub(office).GetCase, pb.GetCaseRequest(name=name)
    )
    return [
        Held(
            jurisdiction=one.jurisdiction,
            step=one.step,
            lasted=timedelta(seconds=one.seconds),
            running=one.running,
            disputed=tuple(_disputed(time) for time in one.disputed),
        )
        for one in answer.held
    ]


def _disputed(message: pb.DisputedTime) -> DisputedTime:
    return DisputedTime(
        jurisdiction=message.jurisdiction,
        statement_id=exactly(message.statement, HASH_BYTES, "statement"),
        said=instant(message.signed_time, "signed_time"),
        counted=instant(message.counted_time, "counted_time"),
    )


def object_to(office: Office, case_id: str, determination: bytes, grounds: str) -> bytes:
    """Take in the person's objection to a decision of the case; its statement id."""
    objection = Objection(
        header=replace(_header(office, case_id), predecessors=(determination,)), grounds=grounds
    )
    return submit(office, office.sign(type_of(objection), statement_to_payload(objection)))


def list_cases(office: Office) -> Iterator[CaseView]:
    """The cases that this institution takes part in, oldest first."""
    token = ""
    while True:
        page: pb.ListCasesResponse = office.session.call(
            _stub(office).ListCases, pb.ListCasesRequest(page_size=PAGE_SIZE, page_token=token)
        )
        yield from map(case_from_pb, page.cases)
        token = page.next_page_token
        if not token:
            return


def list_statements(office: Office, name: str, person: str = "") -> Iterator[CaseEntry]:
    """
    The statements of a case in the order of this node's log, each verified.

    ``person`` is whom the case is about here, to whom the key of what they signed here must belong.

    Raises ProofError or SignatureError for one that is not in the log or not its sender's.
    """
    token = ""
    while True:
        request = pb.ListCaseStatementsRequest(parent=name, page_size=PAGE_SIZE, page_token=token)
        page: pb.ListCaseStatementsResponse = office.session.call(
            _stub(office).ListCaseStatements, request
        )
        keys = tuple(map(proven_from_pb, page.key_records))
        for message in page.statements:
            proven = proven_from_pb(message)
            if proven.envelope.payload_type in STATEMENT_TYPES:
                yield _entry(office, proven, keys, person)
        token = page.next_page_token
        if not token:
            return


def case_from_pb(message: pb.Case) -> CaseView:
    """Raises InvalidInputError for a case that a newer node describes in other terms."""
    return CaseView(
        name=message.name,
        state=pb.CaseState.Name(message.state).removeprefix("CASE_STATE_").lower(),
        claim=Claim(
            branch=branch_from_pb(message.branch),
            agreement=message.agreement,
            agreement_version=message.agreement_version,
            claim_date=civil_date(message.claim_date, "claim_date"),
            award_date=civil_date(message.award_date, "award_date"),
            parties=tuple(party_from_pb(party, "parties") for party in message.parties),
        ),
        person=message.person,
        created=instant(message.create_time, "create_time"),
        digest=message.digest,
        awaiting=tuple(party_from_pb(party, "awaiting") for party in message.awaiting),
        missing=tuple(party_from_pb(party, "missing") for party in message.missing),
        objections=tuple(message.objections),
        text=message.agreement_digest,
    )


def _entry(office: Office, proven: Proven, keys: Sequence[Proven], person: str) -> CaseEntry:
    envelope = proven.envelope
    content = case_statement_from_payload(envelope.payload_type, envelope.payload)
    sender, is_signed = content.header.sender, True
    if envelope.payload_type in BY_PERSONS:
        leaf = verify_logged(proven, office.directory, office.jurisdiction)
        accepted = accepted_at(leaf)
        is_signed = is_by_person(
            proven,
            keys,
            office.directory,
            log_jurisdiction=office.jurisdiction,
            home=sender.jurisdiction,
            person=person if sender.jurisdiction == office.jurisdiction else "",
        )
    else:
        is_office = envelope.payload_type in BY_INSTITUTIONS
        purpose = KeyPurpose.INSTITUTION if is_office else KeyPurpose.NODE
        accepted = verify_proven(
            proven,
            office.directory,
            log_jurisdiction=office.jurisdiction,
            expected_types={envelope.payload_type},
            signer=(sender.jurisdiction, sender.institution or NODE_LEVEL, purpose),
        ).accepted
    return CaseEntry(
        id=statement_id(envelope.payload_type, envelope.payload),
        kind=kind_of(envelope.payload_type),
        content=content,
        accepted=accepted,
        index=proven.leaf_index,
        is_signed=is_signed,
    )


def _header(office: Office, case_id: str) -> Header:
    return Header(
        salt=office.new_salt(),
        case_id=case_id,
        sender=office.party,
        created=office.outside.now().replace(microsecond=0),
    )


def _stub(office: Office) -> RecognitionServiceStub:
    return RecognitionServiceStub(office.session.channel)
