"""
Determinations: the node prepares, the office computes for itself, and signs only what it computed.

The office fetches the case as a bundle, verifies every statement and proof in it, settles the case
with the pure engine on those records and its own national facts, and compares each number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.agency.cases import CaseView, submit
from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.office import Office
from agents.bundle_files import AGREEMENTS, DISCLOSURES
from portability.core.agreement import Pack
from portability.core.deciding import Decision, OwnClaim, decide, rests_on_periods
from portability.core.money import Money
from portability.core.national_facts import NationalFacts, read_national_facts
from portability.core.pack_parser import parse_pack
from portability.core.periods import Duration, Period
from portability.core.record_kinds import FIELDS
from portability.core.scheme import MissingAnswer, Scheme
from portability.errors import ProofError
from portability.ledger.disclosure import disclosures_from_json
from portability.ledger.envelope import Envelope, envelope_from_json, payload_type, statement_id
from portability.recognition.decision_check import first_difference
from portability.recognition.presence import set_apart
from portability.recognition.stated_facts import FACTS_TYPE, documents_of, read_stated_facts
from portability.recognition.statements import (
    Correction,
    Determination,
    HistoryResponse,
    Reconciliation,
)
from portability.v1 import recognition_service_pb2 as pb
from portability.v1 import record_pb2
from portability.v1.recognition_service_pb2_grpc import RecognitionServiceStub
from portability.wire.record import (
    EntitlementRecord,
    count_periods,
    declared_to_pb,
    limited_to,
    record_from_payload,
)
from portability.wire.statement import statement_from_payload

RECONCILIATION_TYPE = payload_type("reconciliation", "protobuf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was signed: the statement's id, its content, and each number in words."""

    id: bytes
    content: Determination
    explanation: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        content = self.content
        amounts = {
            "independent": content.independent,
            "theoretical": content.theoretical,
            "pro_rata": content.pro_rata,
            "payable": content.payable,
            "lower_bound": content.lower_bound,
            "upper_bound": content.upper_bound,
        }
        return {
            "determination": self.id.hex(),
            "party": str(content.header.sender),
            "unit": content.unit,
            "own": content.own,
            "total": content.total,
            "meets_minimum_alone": content.meets_minimum_alone,
            "meets_minimum": content.meets_minimum,
            **{name: None if amount is None else str(amount) for name, amount in amounts.items()},
            "paid_as": content.paid_as,
            "provisional": content.provisional,
            "missing": [str(one) for one in content.missing],
            "basis": list(content.basis),
            "explanation": list(self.explanation),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class National:
    """
    What the office knows beside the history: ``scheme``, unless a document gives it, and what the
    documents say in the form of ``core.national_facts``. ``at_most`` is the most that each country
    may still certify whose history is missing; with it the decision is provisional.
    """

    scheme: Scheme | None = None
    facts: bytes = b""
    scheme_pack: bytes = b""
    at_most: Duration | None = None

    def read(self, periods: Sequence[Period]) -> NationalFacts:
        own = NationalFacts(schemes=() if self.scheme is None else (self.scheme,))
        facts = read_national_facts(self.facts, "facts", periods)
        return own.over(facts.over(read_national_facts(self.scheme_pack, "scheme pack", periods)))


def determine(office: Office, case: CaseView, known: National | Scheme) -> Decided:
    """
    Have the decision prepared, check it by computing it again, sign it and hand it in.

    Raises ProofError naming the first number on which node and office differ, or the first thing in
    the case that does not verify; nothing is signed then.
    """
    national = known if isinstance(known, National) else National(scheme=known)
    scheme = national.scheme
    request = pb.PrepareDeterminationRequest(
        case=case.name,
        scheme=None if scheme is None else scheme_to_pb(scheme),
        missing_at_most=_declared(national.at_most),
        facts=national.facts,
        scheme_pack=national.scheme_pack,
        states_facts=True,
    )
    stub = RecognitionServiceStub(office.session.channel)
    prepared: pb.PrepareDeterminationResponse = office.session.call(
        stub.PrepareDetermination, request
    )
    content = _read(prepared)
    files = _verified(office, case)
    reconciliation = _rests_on(files, content)
    _check(content, office, case, reconciliation)
    pack = _pack(files, case)
    if case.missing and not rests_on_periods(pack, case.claim.branch, case.claim.award_date):
        national = replace(national, at_most=national.at_most or Duration())
    at_most = national.at_most
    facts = _facts(prepared, content, national)
    periods = _periods(files, reconciliation)
    own = OwnClaim(
        pack=pack,
        branch=case.claim.branch,
        award_date=case.claim.award_date,
        jurisdiction=office.jurisdiction,
        apart=set_apart(case.claim, reconciliation, office.party),
    )
    codes = dict.fromkeys(one.jurisdiction for one in case.missing)
    answers = () if at_most is None else [_supposed(code, at_most) for code in codes]
    _compare(content, decide(own, periods, national.read(periods), answers))
    envelope = office.sign(prepared.payload_type, prepared.payload)
    found = submit(office, envelope, None if facts is None else office.sign(FACTS_TYPE, facts))
    return Decided(id=found, content=content, explanation=tuple(prepared.explanation))


def _supposed(jurisdiction: str, at_most: Duration) -> MissingAnswer:
    return MissingAnswer(jurisdiction=jurisdiction, at_most=at_most)


def _read(prepared: pb.PrepareDeterminationResponse) -> Determination:
    content = statement_from_payload(prepared.payload_type, prepared.payload)
    if not isinstance(content, Determination):
        raise ProofError("the node prepared something else than a determination; it is not signed")
    return content


def _verified(office: Office, case: CaseView) -> dict[str, bytes]:
    """The whole case as a bundle that verifies."""
    files = fetch_bundle(office, case.name)
    report = verify_case(office, files)
    if not report.verified:
        first = report.causes[0].cause if report.causes else "a log showed two histories"
        raise ProofError(f"the case does not verify, so nothing is signed: {first}")
    return files


def _rests_on(files: dict[str, bytes], content: Determination) -> Reconciliation:
    """The result that the decision rests on; all that it names is in the case."""
    reconciliation = _payload(files, content.result.hex())
    found = statement_from_payload(RECONCILIATION_TYPE, reconciliation)
    if not isinstance(found, Reconciliation):
        raise ProofError("the decision does not rest on a reconciliation of the case")
    for i in content.header.predecessors:
        _payload(files, i.hex())
    return found


def _pack(files: dict[str, bytes], case: CaseView) -> Pack:
    """The agreement in the text that the case is under."""
    name = case.claim.agreement
    signed = files.get(f"{AGREEMENTS}/{name}.json")
    if signed is None:
        raise ProofError(f"the case lacks the agreement {name} that it is under")
    return parse_pack(envelope_from_json(signed).payload, f"{name}.toml")


def _periods(files: dict[str, bytes], found: Reconciliation) -> tuple[Period, ...]:
    """The inputs that count, as the answers that the result builds on showed them."""
    shown: dict[bytes, set[str]] = {}
    for i in found.header.predecessors:
        if f"statements/{i.hex()}.json" not in files:
            continue  # another country's answer to the lead alone; its records came as they are
        envelope = _envelope(files, i.hex())
        answer = statement_from_payload(envelope.payload_type, envelope.payload)
        if isinstance(answer, HistoryResponse | Correction):
            for one in answer.shown:
                shown.setdefault(one.record, set()).update(one.fields)
    records = (_record(files, i.hex()) for i in found.inputs)
    return count_periods(
        (limited_to(one, shown.get(one.statement_id, FIELDS[one.kind])) for one in records),
        found.branch,
    ).periods


def _record(files: dict[str, bytes], hex_id: str) -> EntitlementRecord:
    beside = files.get(f"{DISCLOSURES}/{hex_id}.json")
    disclosures = () if beside is None else disclosures_from_json(beside)
    return record_from_payload(_payload(files, hex_id), hex_id, disclosures)


def _payload(files: dict[str, bytes], hex_id: str) -> bytes:
    return _envelope(files, hex_id).payload


def _envelope(files: dict[str, bytes], hex_id: str) -> Envelope:
    data = files.get(f"statements/{hex_id}.json")
    if data is None:
        raise ProofError("the case lacks a statement that the decision rests on")
    return envelope_from_json(data)


def _check(
    content: Determination, office: Office, case: CaseView, reconciliation: Reconciliation
) -> None:
    if content.header.sender != office.party or content.header.case_id != case.id:
        raise ProofError("the node prepared a decision of another institution or case")
    if reconciliation.digest != case.digest:
        raise ProofError("the decision rests on another result than the one in force")
    if content.missing != reconciliation.lacking or content.missing != case.missing:
        raise ProofError("the decision does not say which histories the result lacks")
    if content.provisional != bool(content.missing):
        raise ProofError("the node prepared a provisional decision where a final one is due")


def _facts(
    prepared: pb.PrepareDeterminationResponse, content: Determination, national: National
) -> bytes | None:
    """What was known beside the history: exactly what this office gave. None from old nodes."""
    if not prepared.facts_payload and not content.facts:
        return None
    stated = read_stated_facts(prepared.facts_payload)
    given = documents_of(national.scheme, national.facts, national.scheme_pack)
    supposed = national.at_most if content.provisional else None
    is_ours = (stated.documents, stated.at_most) == (given, supposed)
    named = {b"", statement_id(FACTS_TYPE, prepared.facts_payload)}
    if not is_ours or not stated.is_behind(content.header) or content.facts not in named:
        raise ProofError(
            "the node prepared other national facts than this office gave; nothing was signed"
        )
    return prepared.facts_payload


def _compare(content: Determination, mine: Decision) -> None:
    """Every number of the decision against the office's own."""
    found = first_difference(content, mine)
    if found is not None:
        raise ProofError(
            f"node and office differ on the {found.number}: {found.signed} there, {found.computed} "
            "here; nothing was signed",
            field=found.number,
        )


def scheme_to_pb(scheme: Scheme) -> pb.SchemeFacts:
    """What a call can say of a scheme; documents can say more."""
    return pb.SchemeFacts(
        unit=scheme.unit.value,
        counting=scheme.counting.value if scheme.counting else "",
        minimum=_declared(scheme.minimum),
        full_career=_declared(scheme.full_career),
        independent=_money(scheme.independent),
        theoretical=_money(scheme.theoretical),
        rounding=scheme.rounding.value,
    )


def _declared(duration: Duration | None) -> record_pb2.DeclaredSum | None:
    return None if duration is None else declared_to_pb(duration)


def _money(amount: Money | None) -> record_pb2.Money | None:
    if amount is None:
        return None
    return record_pb2.Money(minor_units=amount.minor, currency=amount.currency)
