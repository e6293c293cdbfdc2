"""What an honest party says when something is due: the same computations as the node's, no I/O."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from portability.consent.scope import Party
from portability.core.periods import Period
from portability.core.reconciliation import Reconciliation as Computed
from portability.core.reconciliation import reconcile
from portability.recognition.case import Case, CaseState, Determine, Reconcile
from portability.recognition.examination import (
    difference_before_computing,
    difference_of_results,
)
from portability.recognition.statements import (
    Claim,
    Closure,
    ClosureReason,
    Countersignature,
    Determination,
    Dispute,
    Header,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
    Summary,
)
from portability.recognition.summary import summary_document
from portability.simulation.plan import Records, pack

NO_RECORDS: Final[Records] = {}


def whom_to_ask(case: Case, state: CaseState, claim: Claim) -> Party | None:
    """The next party that the lead's institution asks: not asked yet, or refused the last time."""
    if case.own != claim.lead.jurisdiction or state is CaseState.CLOSED:
        return None
    outcomes = {
        one.header.predecessors[0]: one.outcome
        for one in case.accepted.values()
        if isinstance(one, HistoryResponse)
    }
    asked = {
        one.recipient: outcomes.get(i)
        for i, one in case.accepted.items()
        if isinstance(one, HistoryRequest)
    }
    for party in claim.parties[1:]:
        if party not in asked or asked[party] is HistoryOutcome.REFUSED:
            return party
    return None


def request(header: Header, claim: Claim, recipient: Party, reference: str) -> HistoryRequest:
    return HistoryRequest(
        header=header,
        recipient=recipient,
        person_reference=reference,
        claim=claim,
        permission=b"",
        purpose="claim-old-age",
        datatypes=("contribution-period",),
        fields=("start_date", "end_date"),
        from_date=date(1950, 1, 1),
        to_date=claim.award_date,
    )


def answer(header: Header, case: Case, records: Records, refusals: int) -> HistoryResponse:
    """All records, or none of them, or one of the refusals that are still to come."""
    before = sum(
        isinstance(one, HistoryResponse) and one.outcome is HistoryOutcome.REFUSED
        for one in case.accepted.values()
    )
    if before < refusals:
        return HistoryResponse(
            header=header,
            outcome=HistoryOutcome.REFUSED,
            records=(),
            not_before=None,
            log_origin="",
            tree_size=0,
            granted_fields=(),
            payload_digest=b"",
        )
    return HistoryResponse(
        header=header,
        outcome=HistoryOutcome.RECORDS if records else HistoryOutcome.NONE,
        records=tuple(records),
        not_before=None,
        log_origin=f"{case.own.lower()}.example/log",
        tree_size=len(case.accepted),
        granted_fields=(),
        payload_digest=header.salt if records else b"",
    )


def compute(claim: Claim, periods: Mapping[bytes, Period]) -> Computed:
    return reconcile(periods.values(), pack(), claim.branch.value, claim.award_date)


def result(header: Header, claim: Claim, records: Records, duty: Reconcile) -> Reconciliation:
    computed = compute(claim, records)
    return Reconciliation(
        header=header,
        agreement=claim.agreement,
        agreement_version=claim.agreement_version,
        branch=claim.branch,
        as_of=claim.award_date,
        inputs=tuple(sorted(records)),
        result=computed.signed_text.encode(),
        digest=bytes.fromhex(computed.digest),
        supersedes=duty.supersedes,
        missing=duty.missing,
        not_insured=duty.not_insured,
    )


def examination(
    header: Header, case: Case, claim: Claim, theirs: Reconciliation, records: Records
) -> Countersignature | Dispute:
    """Countersigned if the same comes out of the same records, disputed otherwise."""
    difference = difference_before_computing(case, claim, theirs, records)
    if difference is None:
        mine = compute(claim, {one: records[one] for one in theirs.inputs})
        difference = difference_of_results(mine, theirs)
    if difference is None:
        return Countersignature(header=header, digest=theirs.digest)
    return Dispute(header=header, digest=bytes(32), first_difference=difference)


def determination(header: Header, claim: Claim, records: Records, duty: Determine) -> Determination:
    """Own and all months of the agreed history; amounts are not what is simulated."""
    totals = compute(claim, records).totals
    own = totals.get(duty.institution.jurisdiction)
    return Determination(
        header=header,
        unit="months",
        own=0 if own is None else own.amount,
        total=sum(one.amount for one in totals.values()),
        meets_minimum_alone=False,
        meets_minimum=True,
        independent=None,
        theoretical=None,
        pro_rata=None,
        payable=None,
        paid_as="none",
        basis=("883/2004 Art 52(1)",),
    )


def summary(header: Header, case: Case, claim: Claim) -> Summary:
    found = {i: case.accepted[i] for i in header.predecessors}
    decided = {i: one for i, one in found.items() if isinstance(one, Determination)}
    return Summary(header=header, document=summary_document(claim, decided))


def closure(header: Header) -> Closure:
    return Closure(header=header, reason=ClosureReason.SETTLED)
