"""What an honest party says when something is due: the same computations as the node's, no I/O."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from portability.consent.scope import Party
from portability.core.money import Money
from portability.core.periods import Period
from portability.core.reconciliation import Reconciliation as Computed
from portability.core.reconciliation import reconcile
from portability.recognition.case import AnswerNotice, Case, Determine, Reconcile, Remind, Reopen
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
    NoticeAnswer,
    NoticeEffect,
    Reconciliation,
    Reminder,
    Reopening,
    Summary,
)
from portability.recognition.summary import summary_document
from portability.simulation.permission import FIELDS, PURPOSE
from portability.simulation.plan import AWARD, Records, pack

NO_RECORDS: Final[Records] = {}
CITATION: Final = "883/2004 Art 77"


def request(
    header: Header, claim: Claim, recipient: Party, reference: str, permission: bytes
) -> HistoryRequest:
    return HistoryRequest(
        header=header,
        recipient=recipient,
        person_reference=reference,
        claim=claim,
        permission=permission,
        purpose=PURPOSE,
        datatypes=("contribution-period",),
        fields=FIELDS,
        from_date=date(1950, 1, 1),
        to_date=claim.award_date,
    )


def refusal(header: Header) -> HistoryResponse:
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


def postponement(header: Header, day: date, origin: str, size: int) -> HistoryResponse:
    return HistoryResponse(
        header=header,
        outcome=HistoryOutcome.NOT_BEFORE,
        records=(),
        not_before=day,
        log_origin=origin,
        tree_size=size,
        granted_fields=(),
        payload_digest=b"",
    )


def history(header: Header, records: Records, origin: str, size: int) -> HistoryResponse:
    """All records of an institution, complete at a size of the log."""
    return HistoryResponse(
        header=header,
        outcome=HistoryOutcome.RECORDS if records else HistoryOutcome.NONE,
        records=tuple(records),
        not_before=None,
        log_origin=origin,
        tree_size=size,
        granted_fields=(),
        payload_digest=header.salt if records else b"",
    )


def compute(claim: Claim, periods: Mapping[bytes, Period]) -> Computed:
    """The result of these records, remembered: every party computes it for itself."""
    return _computed(claim, tuple(periods[one] for one in sorted(periods)))


@lru_cache(maxsize=512)
def _computed(claim: Claim, periods: tuple[Period, ...]) -> Computed:
    return reconcile(periods, pack(), claim.branch.value, AWARD)


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
    """Own and all months of the agreed history; the amounts are a euro for each month."""
    totals = compute(claim, records).totals
    own = totals.get(duty.institution.jurisdiction)
    months = 0 if own is None else own.amount
    payable = Money(minor=months * 100, currency="EUR")
    return Determination(
        header=header,
        unit="months",
        own=months,
        total=sum(one.amount for one in totals.values()),
        meets_minimum_alone=False,
        meets_minimum=True,
        independent=None,
        theoretical=None,
        pro_rata=payable,
        payable=payable,
        paid_as="pro-rata",
        basis=("883/2004 Art 52(1)",),
        provisional=bool(duty.missing),
        missing=duty.missing,
        lower_bound=Money(minor=0, currency="EUR") if duty.missing else None,
        upper_bound=payable if duty.missing else None,
        supersedes=duty.supersedes,
    )


def summary(header: Header, case: Case, claim: Claim) -> Summary:
    found = {i: case.accepted[i] for i in header.predecessors}
    decided = {i: one for i, one in found.items() if isinstance(one, Determination)}
    return Summary(header=header, document=summary_document(claim, decided))


def closure(header: Header, reason: ClosureReason = ClosureReason.SETTLED) -> Closure:
    return Closure(header=header, reason=reason)


def reopening(header: Header, duty: Reopen) -> Reopening:
    return Reopening(header=header, cause=duty.cause, causes=duty.causes)


def reminder(header: Header, duty: Remind) -> Reminder:
    return Reminder(
        header=header,
        recipient=duty.recipient,
        step=duty.step,
        number=duty.number,
        due=duty.due,
        escalated=duty.escalated,
    )


def notice_answer(header: Header, duty: AnswerNotice) -> NoticeAnswer:
    """Data behind a decision are kept under the agreement's citation; all else goes."""
    kept = duty.effect is NoticeEffect.KEPT
    return NoticeAnswer(
        header=header,
        effect=duty.effect,
        citation=CITATION if kept else "",
        ceased=() if kept else duty.ceased,
    )
