"""One record of each kind, as a French institution could have issued it."""

from dataclasses import replace
from datetime import date

from portability.core.attestations import (
    Activity,
    ApplicableLegislation,
    AwardedAs,
    AwardedEntitlement,
    BenefitKind,
    Condition,
    EvidenceLevel,
    Invalidation,
    InvalidationReason,
    LifeCertificate,
    LifeEvidence,
    PaymentPeriod,
    Qualification,
)
from portability.core.money import Money
from portability.core.periods import Branch
from portability.core.record_kinds import RecordKind
from portability.wire.record import EntitlementRecord
from tests.unit.wire.test_record import RECORD

AWARD = AwardedEntitlement(
    branch=Branch.OLD_AGE,
    benefit_kind=BenefitKind.PENSION,
    award_date=date(2025, 1, 20),
    start_date=date(2025, 1, 1),
    end_date=None,
    gross_amount=Money(minor=100_000, currency="EUR"),
    payment_period=PaymentPeriod.MONTH,
    paid_as=AwardedAs.PRO_RATA,
    decision_digest=bytes(range(32)),
    next_review_date=date(2027, 1, 1),
)
LEGISLATION = ApplicableLegislation(
    applicable_state="FR",
    agreement="eu-883-2004",
    article="12(1)",
    start_date=date(2025, 2, 1),
    end_date=date(2026, 1, 31),
    activity=Activity.EMPLOYED,
    activity_digest=bytes(32),
    host_states=("DE", "ES"),
)
LIFE = LifeCertificate(
    alive_date=date(2025, 3, 3),
    evidence=LifeEvidence.IN_PERSON,
    evidence_level=EvidenceLevel.SUBSTANTIAL,
    country="ES",
)
QUALIFICATION = Qualification(
    condition=Condition.UNEMPLOYED,
    branch=Branch.UNEMPLOYMENT,
    as_of_date=date(2025, 3, 1),
    valid_until_date=date(2025, 6, 1),
    article="883/2004 Art 61(1)",
)
INVALIDATION = Invalidation(reason=InvalidationReason.WRONG_FACTS, article="987/2009 Art 5(1)")

RECORDS: dict[RecordKind, EntitlementRecord] = {
    RecordKind.CONTRIBUTION_PERIOD: RECORD,
    RecordKind.AWARDED_ENTITLEMENT: replace(RECORD, content=AWARD),
    RecordKind.APPLICABLE_LEGISLATION: replace(RECORD, content=LEGISLATION),
    RecordKind.LIFE_CERTIFICATE: replace(RECORD, content=LIFE),
    RecordKind.QUALIFICATION: replace(RECORD, content=QUALIFICATION),
    RecordKind.INVALIDATION: replace(RECORD, content=INVALIDATION, supersedes=bytes(32)),
}
SALTED = tuple(kind for kind in RecordKind if kind is not RecordKind.INVALIDATION)
