"""Protocol statements to the messages whose bytes are signed."""

from portability.recognition.statements import (
    Acknowledgement,
    Closure,
    Countersignature,
    Determination,
    Dispute,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.v1 import statement_pb2 as pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.statement_parts import (
    branch_to_pb,
    header_to_pb,
    money_to_pb,
    shown_to_pb,
)


def write_history_request(request: HistoryRequest) -> pb.HistoryRequest:
    claim = request.claim
    return pb.HistoryRequest(
        header=header_to_pb(request.header),
        recipient=party_to_pb(request.recipient),
        person_reference=request.person_reference,
        branch=branch_to_pb(claim.branch),
        agreement=claim.agreement,
        agreement_version=claim.agreement_version,
        permission=request.permission,
        purpose=request.purpose,
        datatypes=request.datatypes,
        fields=request.fields,
        from_date=request.from_date.isoformat(),
        to_date=request.to_date.isoformat(),
        claim_date=claim.claim_date.isoformat(),
        award_date=claim.award_date.isoformat(),
        parties=[party_to_pb(one) for one in claim.parties],
        agreement_digest=request.text,
    )


def write_history_response(response: HistoryResponse) -> pb.HistoryResponse:
    return pb.HistoryResponse(
        header=header_to_pb(response.header),
        outcome=f"HISTORY_OUTCOME_{response.outcome.name}",
        records=response.records,
        not_before_date=response.not_before.isoformat() if response.not_before else "",
        log_origin=response.log_origin,
        tree_size=response.tree_size,
        granted_fields=response.granted_fields,
        payload_digest=response.payload_digest,
        shown=shown_to_pb(response.shown),
        held_back=response.held_back,
    )


def write_reconciliation(reconciliation: Reconciliation) -> pb.Reconciliation:
    return pb.Reconciliation(
        header=header_to_pb(reconciliation.header),
        agreement=reconciliation.agreement,
        agreement_version=reconciliation.agreement_version,
        branch=branch_to_pb(reconciliation.branch),
        as_of_date=reconciliation.as_of.isoformat(),
        inputs=reconciliation.inputs,
        result=reconciliation.result,
        digest=reconciliation.digest,
        supersedes=reconciliation.supersedes,
        missing=[party_to_pb(one) for one in reconciliation.missing],
        not_insured=[party_to_pb(one) for one in reconciliation.not_insured],
        held_back=[party_to_pb(one) for one in reconciliation.held_back],
    )


def write_countersignature(countersignature: Countersignature) -> pb.Countersignature:
    return pb.Countersignature(
        header=header_to_pb(countersignature.header), digest=countersignature.digest
    )


def write_dispute(dispute: Dispute) -> pb.Dispute:
    return pb.Dispute(
        header=header_to_pb(dispute.header),
        digest=dispute.digest,
        first_difference=dispute.first_difference,
    )


def write_determination(determination: Determination) -> pb.Determination:
    return pb.Determination(
        header=header_to_pb(determination.header),
        unit=determination.unit,
        own=determination.own,
        total=determination.total,
        meets_minimum_alone=determination.meets_minimum_alone,
        meets_minimum=determination.meets_minimum,
        independent=money_to_pb(determination.independent),
        theoretical=money_to_pb(determination.theoretical),
        pro_rata=money_to_pb(determination.pro_rata),
        payable=money_to_pb(determination.payable),
        paid_as=determination.paid_as,
        basis=determination.basis,
        provisional=determination.provisional,
        lower_bound=money_to_pb(determination.lower_bound),
        upper_bound=money_to_pb(determination.upper_bound),
        missing=[party_to_pb(one) for one in determination.missing],
        supersedes=determination.supersedes,
        facts=determination.facts,
    )


def write_closure(closure: Closure) -> pb.Closure:
    return pb.Closure(header=header_to_pb(closure.header), reason=closure.reason.value)


def write_acknowledgement(acknowledgement: Acknowledgement) -> pb.Acknowledgement:
    return pb.Acknowledgement(
        header=header_to_pb(acknowledgement.header), position=acknowledgement.position
    )
