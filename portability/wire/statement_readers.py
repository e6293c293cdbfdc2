"""Signed payload bytes to protocol statements. Raises InvalidInputError that names the field."""

from collections.abc import Sequence
from typing import Final

from portability.consent.scope import Party
from portability.core.units import Unit
from portability.recognition.statements import (
    Acknowledgement,
    Claim,
    Closure,
    ClosureReason,
    Countersignature,
    Determination,
    Dispute,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.v1 import statement_pb2 as pb
from portability.wire.statement_parts import (
    MAX_NAMES,
    NAME,
    ORIGIN,
    REFERENCE,
    branch_from_pb,
    header_from_pb,
    ids,
    matching,
    names,
    optional_money,
    party_from_pb,
    refuse,
    shown_from_pb,
    text,
)
from portability.wire.strict import (
    civil_date,
    exactly,
    hash_or_empty,
    optional_date,
    parse_strictly,
)

_OUTCOMES: Final = {
    pb.HistoryOutcome.Value(f"HISTORY_OUTCOME_{outcome.name}"): outcome
    for outcome in HistoryOutcome
}
_PAID_AS: Final = frozenset(("independent", "pro-rata", "all-periods", "none"))
_REASONS: Final = {reason.value: reason for reason in ClosureReason}
_UNITS: Final = frozenset(unit.value for unit in Unit)


def read_history_request(payload: bytes) -> HistoryRequest:
    message = parse_strictly(pb.HistoryRequest, payload, "history request")
    request = HistoryRequest(
        header=header_from_pb(message.header),
        recipient=party_from_pb(message.recipient, "recipient"),
        person_reference=matching(REFERENCE, message.person_reference, "person_reference"),
        claim=Claim(
            branch=branch_from_pb(message.branch),
            agreement=matching(NAME, message.agreement, "agreement"),
            agreement_version=matching(NAME, message.agreement_version, "agreement_version"),
            claim_date=civil_date(message.claim_date, "claim_date"),
            award_date=civil_date(message.award_date, "award_date"),
            parties=tuple(party_from_pb(one, "parties") for one in message.parties),
        ),
        permission=hash_or_empty(message.permission, "permission"),
        purpose=matching(NAME, message.purpose, "purpose"),
        datatypes=names(message.datatypes, "datatypes"),
        fields=names(message.fields, "fields"),
        from_date=civil_date(message.from_date, "from_date"),
        to_date=civil_date(message.to_date, "to_date"),
        text=hash_or_empty(message.agreement_digest, "agreement_digest"),
    )
    if request.to_date < request.from_date:
        refuse("to_date", "is before from_date")
    if not request.datatypes or not request.fields:
        refuse("fields", "and datatypes must name what is asked for")
    return request


def read_history_response(payload: bytes) -> HistoryResponse:
    message = parse_strictly(pb.HistoryResponse, payload, "history response")
    if message.outcome not in _OUTCOMES:
        refuse("outcome", "is not one that is known here")
    response = HistoryResponse(
        header=header_from_pb(message.header),
        outcome=_OUTCOMES[message.outcome],
        records=ids(message.records, "records"),
        not_before=optional_date(message.not_before_date, "not_before_date"),
        log_origin=message.log_origin,
        tree_size=message.tree_size,
        granted_fields=names(message.granted_fields, "granted_fields"),
        payload_digest=hash_or_empty(message.payload_digest, "payload_digest"),
        shown=shown_from_pb(message.shown, message.records),
        held_back=message.held_back,
    )
    _check_outcome(response)
    return response


def _check_outcome(response: HistoryResponse) -> None:
    """Each outcome comes with its own fields and no others."""
    outcome = response.outcome
    if bool(response.records) != (outcome is HistoryOutcome.RECORDS):
        refuse("records", "does not fit the outcome")
    if bool(response.payload_digest) != (outcome is HistoryOutcome.RECORDS):
        refuse("payload_digest", "does not fit the outcome")
    if response.held_back and outcome is not HistoryOutcome.RECORDS:
        refuse("held_back", "does not fit the outcome")
    if (response.not_before is not None) != (outcome is HistoryOutcome.NOT_BEFORE):
        refuse("not_before_date", "does not fit the outcome")
    if outcome is not HistoryOutcome.REFUSED:
        matching(ORIGIN, response.log_origin, "log_origin")
    elif response.log_origin or response.tree_size or response.granted_fields:
        refuse("outcome", "is a refusal, which says nothing else")


def read_reconciliation(payload: bytes) -> Reconciliation:
    message = parse_strictly(pb.Reconciliation, payload, "reconciliation")
    inputs = ids(message.inputs, "inputs")
    if list(inputs) != sorted(inputs):
        refuse("inputs", "are not sorted")
    return Reconciliation(
        header=header_from_pb(message.header),
        agreement=matching(NAME, message.agreement, "agreement"),
        agreement_version=matching(NAME, message.agreement_version, "agreement_version"),
        branch=branch_from_pb(message.branch),
        as_of=civil_date(message.as_of_date, "as_of_date"),
        inputs=inputs,
        result=message.result,
        digest=exactly(message.digest, 32, "digest"),
        supersedes=hash_or_empty(message.supersedes, "supersedes"),
        missing=_parties(message.missing, "missing"),
        not_insured=_parties(message.not_insured, "not_insured"),
        held_back=_parties(message.held_back, "held_back"),
    )


def _parties(messages: Sequence[pb.Party], field: str) -> tuple[Party, ...]:
    found = tuple(party_from_pb(one, field) for one in messages)
    if len(found) > MAX_NAMES or len(set(found)) != len(found):
        refuse(field, f"does not name at most {MAX_NAMES} parties, each once")
    return found


def read_countersignature(payload: bytes) -> Countersignature:
    message = parse_strictly(pb.Countersignature, payload, "countersignature")
    return Countersignature(
        header=header_from_pb(message.header), digest=exactly(message.digest, 32, "digest")
    )


def read_dispute(payload: bytes) -> Dispute:
    message = parse_strictly(pb.Dispute, payload, "dispute")
    return Dispute(
        header=header_from_pb(message.header),
        digest=exactly(message.digest, 32, "digest"),
        first_difference=text(message.first_difference, "first_difference"),
    )


def read_determination(payload: bytes) -> Determination:
    message = parse_strictly(pb.Determination, payload, "determination")
    if message.unit not in _UNITS:
        refuse("unit", "is not a unit that is known here")
    if message.paid_as not in _PAID_AS:
        refuse("paid_as", "is not one of independent, pro-rata, all-periods, none")
    if len(message.basis) > MAX_NAMES:
        refuse("basis", f"holds more than {MAX_NAMES} articles")
    return Determination(
        header=header_from_pb(message.header),
        unit=message.unit,
        own=message.own,
        total=message.total,
        meets_minimum_alone=message.meets_minimum_alone,
        meets_minimum=message.meets_minimum,
        independent=optional_money(message, "independent"),
        theoretical=optional_money(message, "theoretical"),
        pro_rata=optional_money(message, "pro_rata"),
        payable=optional_money(message, "payable"),
        paid_as=message.paid_as,
        basis=tuple(text(one, "basis") for one in message.basis),
        provisional=message.provisional,
        lower_bound=optional_money(message, "lower_bound"),
        upper_bound=optional_money(message, "upper_bound"),
        missing=tuple(party_from_pb(one, "missing") for one in message.missing),
        supersedes=hash_or_empty(message.supersedes, "supersedes"),
        facts=hash_or_empty(message.facts, "facts"),
    )


def read_closure(payload: bytes) -> Closure:
    message = parse_strictly(pb.Closure, payload, "closure")
    if message.reason not in _REASONS:
        refuse("reason", "is neither settled nor withdrawn")
    return Closure(header=header_from_pb(message.header), reason=_REASONS[message.reason])


def read_acknowledgement(payload: bytes) -> Acknowledgement:
    message = parse_strictly(pb.Acknowledgement, payload, "acknowledgement")
    return Acknowledgement(
        header=header_from_pb(message.header, in_case=False), position=message.position
    )
