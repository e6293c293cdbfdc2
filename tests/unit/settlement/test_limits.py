from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from portability.agreements import pack_source
from portability.core.money import Money
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.errors import InvalidInputError
from portability.settlement.limits import (
    Ground,
    claim_until,
    limit_of,
    payment_due,
    provisional_before,
    worked_in,
)
from portability.settlement.statements import ExchangeRate, RefundKind
from tests.unit.settlement.books import (
    AWARD,
    FRANCE,
    HALVED,
    PACK,
    SPAIN,
    case_of,
    claim_of,
    decided,
    eur,
    header,
    id_of,
    line_of,
    unemployed,
)

MARCH = datetime(2026, 3, 9, tzinfo=UTC)
AWARDED = datetime(2026, 1, 2, tzinfo=UTC)
STANDING = frozenset({id_of("decision"), id_of("counterpart")})


def overpaid(provisional: int = 90_000, final: int = 60_000, arrears: int = 50_000) -> Ground:
    return Ground(
        claim=case_of(Branch.OLD_AGE),
        decision=decided(SPAIN, final),
        earlier=decided(SPAIN, provisional, provisional=True),
        counterpart=decided(FRANCE, arrears),
        standing=STANDING,
    )


def family(payable: int = 30_000, own: int = 20_000) -> Ground:
    return Ground(
        claim=case_of(Branch.FAMILY),
        decision=decided(SPAIN, payable, basis=HALVED),
        counterpart=decided(FRANCE, 0, independent=eur(own), paid_as="none", basis=HALVED),
        standing=STANDING,
    )


def test_three_months_of_unemployment_benefit_are_refunded() -> None:
    found = limit_of(claim_of(line_of(1)), line_of(1), unemployed(), PACK)
    assert found.minor == 300_000
    assert found.articles == ("883/2004 Art 65(6)",)
    assert found.words == "3 of the first 3 months at 1000.00 EUR"


def test_five_months_are_refunded_after_a_year_of_work_there() -> None:
    line = line_of(1, months=5)
    found = limit_of(claim_of(line), line, unemployed(worked=12), PACK)
    assert (found.minor, found.articles) == (500_000, ("883/2004 Art 65(7)",))
    with pytest.raises(InvalidInputError, match=r"line 1 asks for other months than the first 3"):
        limit_of(claim_of(line), line, unemployed(worked=11), PACK)


def test_the_refund_is_held_to_what_the_debtors_law_would_pay() -> None:
    found = limit_of(claim_of(line_of(1)), line_of(1), unemployed(own=70_000), PACK)
    assert found.minor == 210_000
    assert "held to the debtor's own law" in found.words


def test_without_a_decision_of_the_debtor_the_benefit_is_the_ceiling() -> None:
    line = line_of(1, counterpart=b"")
    found = limit_of(claim_of(line), line, unemployed(counterpart=None), PACK)
    assert found.minor == 300_000


def test_months_after_the_third_are_not_refunded() -> None:
    line = line_of(1, first_month=date(2026, 2, 1))
    with pytest.raises(InvalidInputError, match="from 2026-01 on, which 883/2004 Art 65"):
        limit_of(claim_of(line), line, unemployed(), PACK)


@pytest.mark.parametrize("kind", list(RefundKind))
def test_what_was_paid_is_claimed_and_no_month_before_the_award_or_to_come(
    kind: RefundKind,
) -> None:
    ground = {
        RefundKind.UNEMPLOYMENT: unemployed(worked=12),
        RefundKind.OVERPAYMENT: overpaid(),
        RefundKind.FAMILY: family(),
    }[kind]
    for first, months, words in (
        (date(2025, 12, 1), 2, "claims 2025-12, before the award on 2026-01-01"),
        (date(2026, 4, 1), 3, "claims 2026-06, and .* is of 2026-05-04"),
    ):
        line = line_of(1, kind=kind, first_month=first, months=months)
        with pytest.raises(InvalidInputError, match=words):
            limit_of(claim_of(line), line, ground, PACK)
    line = line_of(1, kind=kind, months=5)
    assert limit_of(claim_of(line), line, ground, PACK).minor


def test_provisional_payments_end_with_the_final_decision() -> None:
    ground = overpaid()
    final = replace(
        ground.decision,
        header=replace(ground.decision.header, created=datetime(2026, 3, 9, tzinfo=UTC)),
    )
    line = line_of(1, kind=RefundKind.OVERPAYMENT, months=3)
    assert limit_of(claim_of(line), line, replace(ground, decision=final), PACK).minor == 90_000
    line = replace(line, months=4)
    with pytest.raises(InvalidInputError, match="claims 2026-04, and the final decision is of"):
        limit_of(claim_of(line), line, replace(ground, decision=final), PACK)


def test_a_month_is_claimed_from_its_first_day_on() -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    line = line_of(1, months=3)
    assert limit_of(claim_of(line, at=first), line, unemployed(), PACK)
    before = claim_of(line, at=first - timedelta(seconds=1))
    with pytest.raises(InvalidInputError, match="claims 2026-03, and the day of the claim is of"):
        limit_of(before, line, unemployed(), PACK)
    ground = overpaid()
    line = line_of(1, kind=RefundKind.OVERPAYMENT, months=3)
    same_day = replace(ground, decision=decided(SPAIN, 60_000, header=header(SPAIN, at=first)))
    assert limit_of(claim_of(line, at=first), line, same_day, PACK)
    with pytest.raises(InvalidInputError, match="the day of the claim is of 2026-03-01"):
        limit_of(claim_of(line, at=first), replace(line, months=4), same_day, PACK)


def test_no_other_claim_ends_with_the_decision() -> None:
    """A final decision on unemployment benefits is what they are paid by from then on."""
    first = decided(
        SPAIN, 100_000, basis=("883/2004 Art 65(5)(a)",), header=header(SPAIN, at=AWARDED)
    )
    line = line_of(1, months=3)
    assert limit_of(claim_of(line), line, unemployed(decision=first), PACK)


def test_exported_months_shorten_the_refund() -> None:
    line = line_of(1, months=2, exported_months=1)
    assert limit_of(claim_of(line), line, unemployed(), PACK).minor == 200_000
    line = line_of(1, months=3, exported_months=1)
    with pytest.raises(InvalidInputError, match="first 2"):
        limit_of(claim_of(line), line, unemployed(), PACK)
    for exported in (3, 4):
        line = line_of(1, months=1, exported_months=exported)
        with pytest.raises(InvalidInputError, match="first 0"):
            limit_of(claim_of(line), line, unemployed(), PACK)


def test_a_refund_across_currencies_needs_the_published_rate() -> None:
    ground = unemployed(
        counterpart=decided(FRANCE, 0, independent=Money(minor=400_000, currency="PLN"))
    )
    with pytest.raises(InvalidInputError, match="without a rate"):
        limit_of(claim_of(line_of(1)), line_of(1), ground, PACK)
    rate = ExchangeRate(currency="PLN", per_euro=Fraction(5), published=date(2026, 1, 2))
    claim = claim_of(line_of(1), rates=(rate,))
    assert limit_of(claim, line_of(1), ground, PACK).minor == 240_000


def test_an_unemployment_claim_lapses_six_months_after_the_half_year() -> None:
    found = claim_until(line_of(1), unemployed(), PACK)
    assert found is not None
    assert found[0] == date(2026, 12, 31)
    line = line_of(1, first_month=date(2026, 5, 1))
    last = claim_until(line, unemployed(), PACK)
    assert last is not None
    assert last[0] == date(2027, 6, 30)
    late = claim_of(line_of(1), at=datetime(2027, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidInputError, match=r"claimed by 2026-12-31 .* it has lapsed"):
        limit_of(late, line_of(1), unemployed(), PACK)


def test_a_claim_is_to_be_paid_within_eighteen_months_after_its_month() -> None:
    due = payment_due(claim_of(line_of(1)), PACK, AWARD)
    assert due is not None
    assert due[0] == date(2027, 11, 30)
    assert due[1].startswith("987/2009 Art 67")


@pytest.mark.parametrize("kind", [RefundKind.FAMILY, RefundKind.OVERPAYMENT])
def test_only_refunds_of_unemployment_benefits_have_a_term_for_payment(kind: RefundKind) -> None:
    """Art 70 alone takes over Art 67(5); what is set off is transferred without delay (Art 73)."""
    assert payment_due(claim_of(line_of(1, kind=kind)), PACK, AWARD) is None


def test_what_was_overpaid_is_set_off_from_the_arrears() -> None:
    line = line_of(1, kind=RefundKind.OVERPAYMENT, months=4)
    found = limit_of(claim_of(line), line, overpaid(), PACK)
    assert (found.minor, found.articles) == (120_000, ("987/2009 Art 72 and 73",))
    held = limit_of(claim_of(line), line, overpaid(arrears=10_000), PACK)
    assert held.minor == 40_000
    assert "held to the arrears" in held.words


def test_a_final_decision_that_was_corrected_is_still_the_end_of_what_was_paid_before() -> None:
    """What was paid provisionally is not lost to the creditor by a correction of the records."""
    said = [
        decided(SPAIN, 90_000, provisional=True),
        decided(SPAIN, 60_000, supersedes=id_of("0"), header=header(SPAIN, at=MARCH)),
        decided(SPAIN, 50_000, supersedes=id_of("1")),
    ]
    accepted = {id_of(str(number)): one for number, one in enumerate(said)}
    assert provisional_before(said[2], accepted) == (said[0], said[1])
    assert provisional_before(said[1], accepted) == (said[0], said[1])
    assert provisional_before(said[0], accepted) == (None, said[0])
    ground = replace(overpaid(), decision=said[2], earlier=said[0], final=said[1])
    line = line_of(1, kind=RefundKind.OVERPAYMENT, months=3)
    assert limit_of(claim_of(line), line, ground, PACK).minor == 120_000
    with pytest.raises(InvalidInputError, match="claims 2026-04, and the final decision is of"):
        limit_of(claim_of(line), replace(line, months=4), ground, PACK)


def test_nothing_is_overpaid_without_a_higher_provisional_decision() -> None:
    line = line_of(1, kind=RefundKind.OVERPAYMENT)
    for ground in (
        replace(overpaid(), earlier=None),
        overpaid(provisional=60_000),
        replace(overpaid(), earlier=decided(SPAIN, 90_000)),
    ):
        with pytest.raises(InvalidInputError, match="nothing was overpaid"):
            limit_of(claim_of(line), line, ground, PACK)
    with pytest.raises(InvalidInputError, match="from whose arrears it is set off"):
        limit_of(claim_of(line), line, overpaid(arrears=0), PACK)


def test_an_overpaid_pension_is_claimed_within_two_months_of_the_last_of_the_decisions() -> None:
    line = line_of(1, kind=RefundKind.OVERPAYMENT)
    found = claim_until(line, overpaid(), PACK)
    assert found is not None
    assert found[0] == date(2026, 7, 4)
    ground = overpaid()
    assert ground.counterpart is not None
    early = decided(SPAIN, 60_000, header=header(SPAIN, at=MARCH))
    before = decided(FRANCE, 50_000, header=header(FRANCE, at=MARCH))
    for changed, day in (
        (replace(ground, decision=early), date(2026, 7, 4)),
        (replace(ground, counterpart=before), date(2026, 7, 4)),
        (replace(ground, decision=early, counterpart=before), date(2026, 5, 9)),
        (replace(ground, decision=early, counterpart=None), date(2026, 5, 9)),
    ):
        until = claim_until(line, changed, PACK)
        assert until is not None
        assert until[0] == day


def test_a_claim_that_has_lapsed_is_told_its_last_day_and_the_law() -> None:
    line = line_of(1, kind=RefundKind.OVERPAYMENT)
    found = claim_until(line, overpaid(), PACK)
    assert found is not None
    last = datetime(2026, 7, 4, 23, tzinfo=UTC)
    assert limit_of(claim_of(line, at=last), line, overpaid(), PACK)
    with pytest.raises(InvalidInputError) as refused:
        limit_of(claim_of(line, at=last + timedelta(hours=1)), line, overpaid(), PACK)
    assert f"by 2026-07-04 ({found[1]}); it has lapsed" in refused.value.message


@pytest.mark.parametrize(
    ("agreement", "kind", "words"),
    [
        ("cis-1992", RefundKind.OVERPAYMENT, "which waives what parties owe"),
        ("us-es", RefundKind.OVERPAYMENT, "which sets off nothing"),
        ("us-es", RefundKind.UNEMPLOYMENT, "no refund of unemployment benefits under"),
        ("us-es", RefundKind.FAMILY, "no half of family benefits under"),
    ],
)
def test_an_agreement_that_gives_nothing_back_is_named(
    agreement: str, kind: RefundKind, words: str
) -> None:
    pack = parse_pack(pack_source(agreement), agreement)
    grounds = {
        RefundKind.OVERPAYMENT: overpaid(),
        RefundKind.UNEMPLOYMENT: unemployed(),
        RefundKind.FAMILY: family(),
    }
    ground = grounds[kind]
    ground = replace(ground, claim=replace(ground.claim, agreement=agreement))
    line = line_of(1, kind=kind)
    with pytest.raises(InvalidInputError, match=words):
        limit_of(claim_of(line, agreement=agreement), line, ground, pack)


def test_a_claim_of_which_one_line_is_of_unemployment_benefits_has_a_term_for_payment() -> None:
    mixed = claim_of(line_of(1), line_of(1, number=2, kind=RefundKind.OVERPAYMENT))
    assert payment_due(mixed, PACK, AWARD) == payment_due(claim_of(line_of(1)), PACK, AWARD)
    assert payment_due(mixed, PACK, AWARD) is not None


def test_half_of_family_benefits_is_refunded_up_to_the_debtors_own() -> None:
    line = line_of(1, kind=RefundKind.FAMILY)
    found = limit_of(claim_of(line), line, family(), PACK)
    assert (found.minor, found.articles) == (45_000, ("987/2009 Art 58",))
    assert "held to" not in found.words
    held = limit_of(claim_of(line), line, family(own=10_000), PACK)
    assert held.minor == 30_000
    assert held.words.endswith(", held to the debtor's own benefit")
    just = limit_of(claim_of(line), line, family(own=15_000), PACK)
    assert (just.minor, just.words) == (found.minor, found.words)
    with pytest.raises(InvalidInputError, match="own family benefits"):
        limit_of(claim_of(line), line, replace(family(), counterpart=None), PACK)


def test_by_the_own_facts_half_is_owed_for_the_family_members_concerned_alone() -> None:
    line = line_of(1, kind=RefundKind.FAMILY)
    concerned = limit_of(claim_of(line), line, replace(family(), concerned=eur(5_000)), PACK)
    assert concerned.minor == 15_000
    assert "for the family members concerned alone" in concerned.words
    for all_of_them in (15_000, 20_000):
        whole = limit_of(claim_of(line), line, replace(family(), concerned=eur(all_of_them)), PACK)
        assert whole == limit_of(claim_of(line), line, family(), PACK)


def test_who_pays_by_another_order_of_priority_is_refunded_nothing() -> None:
    line = line_of(1, kind=RefundKind.FAMILY)
    ground, elsewhere = family(), ("883/2004 Art 68(1)(a)",)
    for party, changed in (
        ("ES/sepe", replace(ground, decision=replace(ground.decision, basis=elsewhere))),
        ("FR/france-travail", replace(ground, counterpart=decided(FRANCE, 0, basis=elsewhere))),
    ):
        with pytest.raises(
            InvalidInputError, match=f"the decision of {party} does not rest on 987/2009 Art 58"
        ):
            limit_of(claim_of(line), line, changed, PACK)


def test_who_pays_an_unemployed_person_who_lives_where_they_worked_is_refunded_nothing() -> None:
    stays = unemployed(decision=decided(SPAIN, 100_000, basis=("883/2004 Art 61(1)",)))
    with pytest.raises(InvalidInputError, match=r"does not rest on 883/2004 Art 65\(5\)\(a\)"):
        limit_of(claim_of(line_of(1)), line_of(1), stays, PACK)


def test_a_debtor_whose_own_law_pays_nothing_refunds_nothing() -> None:
    line = line_of(1, kind=RefundKind.FAMILY)
    assert limit_of(claim_of(line), line, family(own=0), PACK).minor == 0
    assert limit_of(claim_of(line_of(1)), line_of(1), unemployed(own=0), PACK).minor == 0
    paid = replace(family(), counterpart=decided(FRANCE, 10_000, basis=HALVED))
    assert limit_of(claim_of(line), line, paid, PACK).minor == 30_000
    none = replace(decided(FRANCE, 0, basis=HALVED), payable=None)
    nothing = replace(family(), counterpart=none)
    assert limit_of(claim_of(line), line, nothing, PACK).minor == 45_000
    unsaid = unemployed(counterpart=decided(FRANCE, 0, paid_as="none"))
    assert limit_of(claim_of(line_of(1)), line_of(1), unsaid, PACK).minor == 300_000


def test_each_kind_is_of_its_own_branch() -> None:
    for kind, ground in (
        (RefundKind.UNEMPLOYMENT, family()),
        (RefundKind.FAMILY, unemployed()),
    ):
        line = line_of(1, kind=kind)
        with pytest.raises(InvalidInputError, match="under eu-883-2004"):
            limit_of(claim_of(line), line, ground, PACK)


def test_a_line_rests_on_a_final_decision_of_the_creditor_that_stands() -> None:
    cases = {
        "did not make": unemployed(decision=decided(FRANCE, 100_000)),
        "the debtor did not make": unemployed(counterpart=decided(SPAIN, 1)),
        "another one has replaced; claim on": unemployed(standing=frozenset()),
        "provisional decision": unemployed(decision=decided(SPAIN, 1, provisional=True)),
        "pays nothing in EUR": unemployed(decision=replace(decided(SPAIN, 1), payable=None)),
        "not both institutions": unemployed(
            claim=case_of(Branch.UNEMPLOYMENT, SPAIN, replace(FRANCE, institution="cnav"))
        ),
        "not the claim's agreement": unemployed(
            claim=replace(case_of(Branch.UNEMPLOYMENT), agreement="us-fr")
        ),
    }
    for words, ground in cases.items():
        with pytest.raises(InvalidInputError, match=words):
            limit_of(claim_of(line_of(1)), line_of(1), ground, PACK)


def test_worked_months_are_those_of_the_two_years_before_the_award() -> None:
    period = Period(
        id="a",
        jurisdiction="FR",
        institution="france-travail",
        type=PeriodType.COMPULSORY_EMPLOYED,
        start=date(2023, 7, 1),
        end=date(2024, 6, 30),
        declared=Duration(months=12),
    )
    rules = PACK.rules_on(AWARD)
    assert worked_in([period], "FR", rules) == (6, "FR")
    assert worked_in([period], "ES", rules) == (0, "FR")
    assert worked_in([], "ES", rules) == (0, None)


def test_the_state_of_the_last_activity_refunds_and_no_other() -> None:
    assert limit_of(claim_of(line_of(1)), line_of(1), unemployed(last_activity="FR"), PACK).minor
    with pytest.raises(InvalidInputError, match="the last activity was in IT, whose institution"):
        limit_of(claim_of(line_of(1)), line_of(1), unemployed(last_activity="IT"), PACK)
