"""What an attestation may say, and which field is named where it says something else."""

from collections.abc import Callable
from datetime import date

import pytest

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
    check_article,
)
from portability.core.money import Money, parse_money
from portability.core.periods import Branch
from portability.core.record_kinds import FIELDS, RecordKind, needed_fields
from portability.errors import InvalidInputError

NEW_YEAR, NEW_YEARS_EVE = date(2025, 1, 1), date(2025, 12, 31)


def award(**more: object) -> AwardedEntitlement:
    given: dict[str, object] = {
        "branch": Branch.OLD_AGE,
        "benefit_kind": BenefitKind.PENSION,
        "award_date": NEW_YEAR,
        "start_date": NEW_YEAR,
        "end_date": None,
        "gross_amount": parse_money("1000.00 EUR"),
        "payment_period": PaymentPeriod.MONTH,
        "paid_as": AwardedAs.PRO_RATA,
    }
    return AwardedEntitlement(**(given | more))  # type: ignore[arg-type]


def legislation(**more: object) -> ApplicableLegislation:
    given: dict[str, object] = {
        "applicable_state": "FR",
        "agreement": "eu-883-2004",
        "article": "12(1)",
        "start_date": NEW_YEAR,
        "end_date": NEW_YEARS_EVE,
        "activity": Activity.EMPLOYED,
    }
    return ApplicableLegislation(**(given | more))  # type: ignore[arg-type]


def qualification(**more: object) -> Qualification:
    given: dict[str, object] = {
        "condition": Condition.QUALIFYING_PERIOD,
        "branch": Branch.UNEMPLOYMENT,
        "as_of_date": NEW_YEAR,
    }
    return Qualification(**(given | more))  # type: ignore[arg-type]


def certificate(**more: object) -> LifeCertificate:
    given: dict[str, object] = {
        "alive_date": NEW_YEAR,
        "evidence": LifeEvidence.IN_PERSON,
        "evidence_level": EvidenceLevel.HIGH,
        "country": "PT",
    }
    return LifeCertificate(**(given | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "more"),
    [
        (award, {}),
        (award, {"end_date": NEW_YEAR, "next_review_date": NEW_YEAR, "decision_digest": bytes(32)}),
        (
            award,
            {"benefit_kind": BenefitKind.LUMP_SUM, "payment_period": PaymentPeriod.ONCE},
        ),
        (award, {"gross_amount": Money(minor=0, currency="EUR")}),
        (award, {"gross_amount": Money(minor=10**15, currency="IDR")}),
        (legislation, {}),
        (
            legislation,
            {"end_date": None, "host_states": ("BE", "DE"), "activity_digest": bytes(32)},
        ),
        (legislation, {"agreement": "jp-gb", "article": "7(2)"}),
        (certificate, {}),
        (qualification, {"valid_until_date": NEW_YEAR, "article": "883/2004 Art 61(1)"}),
    ],
)
def test_what_may_be_said_is_kept(make: Callable[..., object], more: dict[str, object]) -> None:
    found = make(**more)

    assert all(getattr(found, name) == value for name, value in more.items())


@pytest.mark.parametrize(
    ("make", "more", "field"),
    [
        (award, {"end_date": date(2024, 12, 31)}, "end_date"),
        (award, {"gross_amount": Money(minor=-1, currency="EUR")}, "gross_amount"),
        (award, {"gross_amount": Money(minor=10**15 + 1, currency="EUR")}, "gross_amount"),
        (award, {"gross_amount": Money(minor=1, currency="eur")}, "gross_amount"),
        (award, {"payment_period": PaymentPeriod.ONCE}, "payment_period"),
        (award, {"benefit_kind": BenefitKind.LUMP_SUM}, "payment_period"),
        (award, {"next_review_date": date(2024, 12, 31)}, "next_review_date"),
        (award, {"decision_digest": bytes(31)}, "decision_digest"),
        (legislation, {"applicable_state": "fr"}, "applicable_state"),
        (legislation, {"agreement": "EU"}, "agreement"),
        (legislation, {"article": "12(3)"}, "article"),
        (legislation, {"agreement": "jp-gb", "article": "seven"}, "article"),
        (legislation, {"end_date": date(2024, 12, 31)}, "end_date"),
        (legislation, {"activity_digest": b"x"}, "activity_digest"),
        (legislation, {"host_states": ("Be",)}, "host_states"),
        (legislation, {"host_states": ("DE", "BE")}, "host_states"),
        (legislation, {"host_states": ("BE", "BE")}, "host_states"),
        (legislation, {"host_states": ("BE", "FR")}, "host_states"),
        (certificate, {"country": "PRT"}, "country"),
        (qualification, {"valid_until_date": date(2024, 12, 31)}, "valid_until_date"),
        (qualification, {"article": "Art 61"}, "article"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_field(
    make: Callable[..., object], more: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        make(**more)

    assert refusal.value.context["field"] == field
    assert refusal.value.message.startswith(field)


def test_a_withdrawal_names_its_ground() -> None:
    found = Invalidation(reason=InvalidationReason.DUPLICATE, article="987/2009 Art 5(1)")

    assert check_article(found.article) == "987/2009 Art 5(1)"
    assert check_article("national law") == "national law"
    with pytest.raises(InvalidInputError, match='neither like "987/2009 Art 5'):
        Invalidation(reason=InvalidationReason.FRAUD, article="because")


def test_a_period_counts_in_pension_branches_only_with_its_masks() -> None:
    masks = {"relevance", "calculation"}

    for branch in (Branch.OLD_AGE, Branch.SURVIVORS, Branch.INVALIDITY):
        assert masks < set(needed_fields(branch)) <= set(FIELDS[RecordKind.CONTRIBUTION_PERIOD])
    assert not masks & set(needed_fields(Branch.UNEMPLOYMENT))
