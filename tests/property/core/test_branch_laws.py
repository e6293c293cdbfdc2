"""Laws of the other branches and of applicable legislation that hold for every case."""

from fractions import Fraction
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from portability.core.exchange import NO_RATES
from portability.core.family.claims import Entitled, Group
from portability.core.family.facts import Basis
from portability.core.family.payments import settle_group
from portability.core.family.priority import Compared
from portability.core.legislation.determination import determine
from portability.core.legislation.facts import Activity, Criterion, Situation, Work
from portability.core.money import ExactMoney, Money, Rounding, exactly
from portability.core.unemployment.facts import Refund
from portability.core.unemployment.refund import refunded
from portability.errors import InvalidInputError
from tests.unit.core.builders import AWARD, EU, RULES

CODES = ("BE", "DE", "FR", "IT", "NL")
LENGTHS = MappingProxyType({code: Fraction(place) for place, code in enumerate(CODES, start=1)})
COMPARED = Compared(ranks=tuple(Basis), rates=NO_RATES, lengths=LENGTHS)


def euros(cents: int) -> Money:
    return Money(minor=cents, currency="EUR")


@st.composite
def groups(draw: st.DrawFn) -> Group:
    codes = draw(st.lists(st.sampled_from(CODES), min_size=1, unique=True))
    return Group(
        category="family benefits",
        children=("Ann",),
        residence=draw(st.sampled_from(CODES)),
        entitled=tuple(
            Entitled(
                jurisdiction=code,
                basis=draw(st.sampled_from(Basis)),
                amount=euros(draw(st.integers(0, 50_000))),
                rounding=Rounding.HALF_UP,
                refuses=False,
            )
            for code in codes
        ),
    )


@given(groups())
def test_a_family_receives_the_highest_amount_and_no_more(group: Group) -> None:
    settled = settle_group(group, COMPARED, 50)

    together = sum(payment.payable.minor for payment in settled.payments)
    assert together == max(item.amount.minor for item in group.entitled)


@given(groups())
def test_what_is_paid_and_what_is_suspended_make_the_benefit(group: Group) -> None:
    for payment in settle_group(group, COMPARED, 50).payments:
        assert payment.payable + payment.suspended == payment.entitled.amount


@given(groups())
def test_a_family_refund_exceeds_neither_half_nor_the_own_benefit(group: Group) -> None:
    settled = settle_group(group, COMPARED, 50)
    if settled.refund is not None:
        amounts = {item.jurisdiction: item.amount.minor for item in group.entitled}
        assert settled.refund.amount.minor <= amounts[settled.refund.by]
        assert 2 * settled.refund.amount.minor <= amounts[settled.refund.to] + 1


@given(groups(), st.randoms(use_true_random=False))
def test_the_order_of_rights_does_not_matter(group: Group, random: object) -> None:
    shuffled = list(group.entitled)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = Group(
        category=group.category,
        children=group.children,
        residence=group.residence,
        entitled=tuple(shuffled),
    )
    if len({item.amount.minor for item in shuffled}) == len(shuffled):  # equal ones go by code
        assert (
            settle_group(other, COMPARED, 50).payments == settle_group(group, COMPARED, 50).payments
        )


@given(
    st.integers(0, 300_000),
    st.integers(0, 300_000),
    st.integers(0, 30),
    st.integers(0, 8),
    st.none() | st.integers(0, 12),
)
def test_an_unemployment_refund_never_exceeds_own_law_nor_what_was_paid(
    benefit: int, own: int, worked: int, exported: int, paid: int | None
) -> None:
    stated = Refund(paid=(), months_paid=paid, exported_months=exported, worked_months=None)

    found = refunded(
        stated,
        benefit=exactly(euros(benefit)),
        own_law=exactly(euros(own)),
        worked=Fraction(worked),
        rules=RULES,
        rates=NO_RATES,
    )

    zero = ExactMoney(exact=Fraction(0), currency="EUR")
    assert not found.amount < zero
    assert not exactly(euros(own)) * found.months < found.amount
    assert not exactly(euros(benefit)) * found.months < found.amount
    assert 0 <= found.months <= max(0, (5 if worked >= 12 else 3) - exported)


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    work = draw(st.sampled_from((Work.EMPLOYED, Work.SELF_EMPLOYED, Work.CIVIL_SERVANT)))
    measures = {item: Fraction(draw(st.integers(0, 100))) for item in Criterion}
    return Activity(
        jurisdiction=draw(st.sampled_from((*CODES, "US"))),
        work=work,
        employer=draw(st.sampled_from(("one", "two", "three"))),
        seat=draw(st.sampled_from((*CODES, "US"))),
        measures=MappingProxyType(measures),
    )


def decided(listed: tuple[Activity, ...], residence: str) -> tuple[object, object]:
    """The decision, or the refusal in words."""
    situation = Situation(day=AWARD, residence=residence, activities=listed)
    try:
        decision = determine(situation, EU).decision
    except InvalidInputError as error:
        return None, error.message
    return decision.competent, decision.rule


@given(
    st.lists(activities(), max_size=5),
    st.sampled_from(CODES),
    st.randoms(use_true_random=False),
)
def test_the_order_of_activities_and_employers_does_not_matter(
    listed: list[Activity], residence: str, random: object
) -> None:
    before = decided(tuple(listed), residence)
    random.shuffle(listed)  # type: ignore[attr-defined]

    assert decided(tuple(listed), residence) == before


@given(st.lists(activities(), max_size=5), st.sampled_from(CODES))
def test_one_party_at_most_is_competent(listed: list[Activity], residence: str) -> None:
    competent, _ = decided(tuple(listed), residence)

    assert competent is None or competent in RULES.parties


@given(st.lists(activities(), min_size=1, max_size=5))
def test_a_quarter_of_employed_time_at_home_keeps_the_law_of_residence(
    listed: list[Activity],
) -> None:
    employed = [x for x in listed if x.work is Work.EMPLOYED and x.jurisdiction != "US"]
    situation = Situation(day=AWARD, residence="BE", activities=tuple(employed))
    whole = sum(item.measures[Criterion.TIME] for item in employed)
    home = sum(item.measures[Criterion.TIME] for item in employed if item.jurisdiction == "BE")
    if whole and home * 4 >= whole:
        assert determine(situation, EU).decision.competent == "BE"
