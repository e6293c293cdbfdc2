"""Awards, attestations, certificates and their like between protobuf and the core's values."""

from enum import StrEnum
from typing import Final, TypeVar

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
from portability.errors import InvalidInputError
from portability.v1 import record_pb2 as pb
from portability.wire.strict import civil_date, optional_date

E = TypeVar("E", bound=StrEnum)

MAX_HOST_STATES: Final = 64


def award_from_pb(message: pb.AwardedEntitlement) -> AwardedEntitlement:
    """Raises InvalidInputError that names the field; so do the readers below."""
    if not message.HasField("gross_amount"):
        raise InvalidInputError("gross_amount is missing", field="gross_amount")
    amount = message.gross_amount
    return AwardedEntitlement(
        branch=_code(Branch, message.branch, "branch"),
        benefit_kind=_code(BenefitKind, message.benefit_kind, "benefit_kind"),
        award_date=civil_date(message.award_date, "award_date"),
        start_date=civil_date(message.start_date, "start_date"),
        end_date=optional_date(message.end_date, "end_date"),
        gross_amount=Money(minor=amount.minor_units, currency=amount.currency),
        payment_period=_code(PaymentPeriod, message.payment_period, "payment_period"),
        paid_as=_code(AwardedAs, message.paid_as, "paid_as"),
        decision_digest=message.decision_digest,
        next_review_date=optional_date(message.next_review_date, "next_review_date"),
    )


def award_to_pb(award: AwardedEntitlement) -> pb.AwardedEntitlement:
    return pb.AwardedEntitlement(
        branch=award.branch.value,
        benefit_kind=award.benefit_kind.value,
        award_date=award.award_date.isoformat(),
        start_date=award.start_date.isoformat(),
        end_date=award.end_date.isoformat() if award.end_date else "",
        gross_amount=pb.Money(
            minor_units=award.gross_amount.minor, currency=award.gross_amount.currency
        ),
        payment_period=award.payment_period.value,
        paid_as=award.paid_as.value,
        decision_digest=award.decision_digest,
        next_review_date=award.next_review_date.isoformat() if award.next_review_date else "",
    )


def legislation_from_pb(
    message: pb.ApplicableLegislation, jurisdiction: str
) -> ApplicableLegislation:
    """Only the state whose legislation applies attests it (987/2009 Art 19(2))."""
    if message.applicable_state != jurisdiction:
        raise InvalidInputError(
            "applicable_state is not the issuer's own; the institution of the state whose "
            "legislation applies attests it (987/2009 Art 19(2))",
            field="applicable_state",
        )
    if len(message.host_states) > MAX_HOST_STATES:
        raise InvalidInputError(
            f"host_states names more than {MAX_HOST_STATES} states", field="host_states"
        )
    return ApplicableLegislation(
        applicable_state=message.applicable_state,
        agreement=message.agreement,
        article=message.article,
        start_date=civil_date(message.start_date, "start_date"),
        end_date=optional_date(message.end_date, "end_date"),
        activity=_code(Activity, message.activity, "activity"),
        activity_digest=message.activity_digest,
        host_states=tuple(message.host_states),
    )


def legislation_to_pb(attested: ApplicableLegislation) -> pb.ApplicableLegislation:
    return pb.ApplicableLegislation(
        applicable_state=attested.applicable_state,
        agreement=attested.agreement,
        article=attested.article,
        start_date=attested.start_date.isoformat(),
        end_date=attested.end_date.isoformat() if attested.end_date else "",
        activity=attested.activity.value,
        activity_digest=attested.activity_digest,
        host_states=attested.host_states,
    )


def life_from_pb(message: pb.LifeCertificate) -> LifeCertificate:
    return LifeCertificate(
        alive_date=civil_date(message.alive_date, "alive_date"),
        evidence=_code(LifeEvidence, message.evidence, "evidence"),
        evidence_level=_code(EvidenceLevel, message.evidence_level, "evidence_level"),
        country=message.country,
    )


def life_to_pb(certificate: LifeCertificate) -> pb.LifeCertificate:
    return pb.LifeCertificate(
        alive_date=certificate.alive_date.isoformat(),
        evidence=certificate.evidence.value,
        evidence_level=certificate.evidence_level.value,
        country=certificate.country,
    )


def qualification_from_pb(message: pb.Qualification) -> Qualification:
    return Qualification(
        condition=_code(Condition, message.condition, "condition"),
        branch=_code(Branch, message.branch, "branch"),
        as_of_date=civil_date(message.as_of_date, "as_of_date"),
        valid_until_date=optional_date(message.valid_until_date, "valid_until_date"),
        article=message.article,
    )


def qualification_to_pb(stated: Qualification) -> pb.Qualification:
    return pb.Qualification(
        condition=stated.condition.value,
        branch=stated.branch.value,
        as_of_date=stated.as_of_date.isoformat(),
        valid_until_date=stated.valid_until_date.isoformat() if stated.valid_until_date else "",
        article=stated.article,
    )


def invalidation_from_pb(message: pb.Invalidation) -> Invalidation:
    return Invalidation(
        reason=_code(InvalidationReason, message.reason, "reason"), article=message.article
    )


def invalidation_to_pb(invalidation: Invalidation) -> pb.Invalidation:
    return pb.Invalidation(reason=invalidation.reason.value, article=invalidation.article)


def _code(kind: type[E], text: str, field: str) -> E:
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(kind)
        raise InvalidInputError(f"{field} is not one of {known}", field=field) from None
