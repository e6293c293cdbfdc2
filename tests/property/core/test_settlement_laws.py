"""Laws of settlement: shares, totals, explanations, bounds, and the words of refusals."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from portability.agreements import pack_source
from portability.core.benefits import settle
from portability.core.bounds import bounds
from portability.core.case import parse_case
from portability.core.explanation import explain
from portability.core.explanation_tree import Explanation
from portability.core.money import Money, Rounding, parse_money, round_exact
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.core.scheme import Circumstances, MissingAnswer, Scheme
from portability.core.units import Unit, exact_text
from portability.errors import InvalidInputError
from portability.examples import example_source
from tests.property.core.histories import CODES, PACK, RISK, TARGETS, histories

AWARD = date(2025, 1, 1)


def consecutive(years: list[int]) -> list[Period]:
    """Whole calendar years, one jurisdiction after the other."""
    start = 1950
    periods = []
    for number, length in enumerate(years):
        periods.append(
            Period(
                id=f"record {number}",
                jurisdiction=CODES[number % len(CODES)],
                type=PeriodType.COMPULSORY,
                start=date(start, 1, 1),
                end=date(start + length - 1, 12, 31),
            )
        )
        start += length
    return periods


def scheme(code: str, unit: Unit, amount: int = 100_000) -> Scheme:
    return Scheme(jurisdiction=code, unit=unit, theoretical=Money(minor=amount, currency="EUR"))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.sampled_from(TARGETS))
def test_the_shares_of_all_states_add_up_to_exactly_one(years: list[int], unit: Unit) -> None:
    periods = consecutive(years)
    schemes = [scheme(code, unit) for code in sorted({item.jurisdiction for item in periods})]

    settlement = settle(periods, schemes, PACK, Branch.OLD_AGE, AWARD)

    shares = [item.ratio.exact for item in settlement.entitlements if item.ratio is not None]
    assert sum(shares) == 1


@given(histories(declared=True), st.sampled_from(TARGETS))
def test_every_number_of_a_settlement_hangs_together(periods: list[Period], unit: Unit) -> None:
    schemes = [scheme(code, unit) for code in CODES]

    settlement = settle(periods, schemes, PACK, Branch.OLD_AGE, RISK)

    paid = 0
    for item in settlement.entitlements:
        sums = item.aggregate
        together = sums.own + sum(amount for _, amount in sums.foreign)
        assert sums.total <= together
        assert sums.capped == (sums.total < together)
        if item.ratio is not None:
            assert 0 <= item.ratio.own <= item.ratio.total
        assert item.payable is not None
        paid += item.payable.minor
    assert settlement.payable_total["EUR"].minor == paid


@given(histories(declared=True), st.sampled_from(TARGETS))
def test_an_explanation_adds_up_to_its_numbers(periods: list[Period], unit: Unit) -> None:
    settlement = settle(periods, [scheme(code, unit) for code in CODES], PACK, Branch.OLD_AGE, RISK)

    for entitlement, tree in zip(settlement.entitlements, explain(settlement), strict=True):
        assert tree.value == str(entitlement.payable)
        lengths = [part for part in tree.parts if part.text.startswith("Periods")]
        assert [part.value for part in lengths] == [str(entitlement.aggregate.total)]
        amounts = [int(part.value) for part in lengths[0].parts]
        assert sum(amounts) >= entitlement.aggregate.total
        assert entitlement.aggregate.capped or sum(amounts) == entitlement.aggregate.total
        for part in lengths[0].parts:
            assert_rounds_up_to(part)


def assert_rounds_up_to(length: Explanation) -> None:
    exact = sum(Fraction(part.value) for part in length.parts)
    if "yearly maximum" in length.text or "full year" in length.text:
        return
    assert exact <= int(length.value)


@given(st.integers(0, 240), st.integers(1, 240))
def test_what_is_paid_in_the_end_lies_within_the_provisional_bounds(
    answered: int, known: int
) -> None:
    own = Period(
        id="own",
        jurisdiction="AT",
        type=PeriodType.COMPULSORY,
        declared=Duration(months=known),
    )
    late = [
        Period(
            id="late",
            jurisdiction="BE",
            type=PeriodType.COMPULSORY,
            declared=Duration(months=answered),
        )
    ]
    schemes = [
        Scheme(
            jurisdiction="AT",
            unit=Unit.MONTHS,
            minimum=Duration(years=10),
            theoretical=Money(minor=100_000, currency="EUR"),
            independent=Money(minor=40_000, currency="EUR"),
        )
    ]
    missing = Circumstances(
        missing=(MissingAnswer(jurisdiction="BE", at_most=Duration(months=240)),)
    )

    (bound,) = bounds([own], schemes, PACK, Branch.OLD_AGE, AWARD, circumstances=missing)

    final = settle([own, *late], schemes, PACK, Branch.OLD_AGE, AWARD)
    payable = final.entitlement("AT").payable
    assert bound.lower is not None
    assert bound.upper is not None
    assert payable is not None
    assert bound.lower.minor <= payable.minor <= bound.upper.minor


def whole_months(code: str, kind: PeriodType, first: int, length: int) -> Period:
    """So many months from a month on, counted from January 2000."""
    begin, end = (date(2000 + month // 12, month % 12 + 1, 1) for month in (first, first + length))
    return Period(id=code, jurisdiction=code, type=kind, start=begin, end=end - timedelta(days=1))


@given(
    st.sampled_from(["20", "41"]),
    st.tuples(st.integers(0, 120), st.integers(12, 60)),
    st.tuples(st.integers(0, 120), st.integers(1, 60)),
    st.sampled_from(["open", "closed"]),
)
def test_what_is_paid_lies_within_the_bounds_wherever_the_answer_lies(
    kind: str, own: tuple[int, int], late: tuple[int, int], law: str
) -> None:
    """Also where it displaces weaker periods (987/2009 Art 12), or nothing is paid on it."""
    known = whole_months("AT", PeriodType.parse(kind), *own)
    answer = whole_months("BE", PeriodType.COMPULSORY, *late)
    austrian = replace(scheme("AT", Unit.MONTHS), duration_independent=True)
    belgian = replace(scheme("BE", Unit.MONTHS), conditions_met=law == "open")
    missing = Circumstances(
        missing=(MissingAnswer(jurisdiction="BE", at_most=Duration(months=60)),)
    )

    (bound,) = bounds([known], [austrian], PACK, Branch.OLD_AGE, AWARD, circumstances=missing)

    final = settle([known, answer], [austrian, belgian], PACK, Branch.OLD_AGE, AWARD)
    payable = final.entitlement("AT").payable
    assert bound.lower is not None
    assert bound.upper is not None
    assert payable is not None
    assert bound.lower.minor <= payable.minor <= bound.upper.minor


@given(st.fractions(), st.sampled_from(list(Rounding)))
def test_rounding_is_within_one_unit(exact: Fraction, rounding: Rounding) -> None:
    rounded = round_exact(exact, rounding)

    assert abs(rounded - exact) < 1
    if rounding is Rounding.DOWN:
        assert abs(rounded) <= abs(exact)
    if rounding is Rounding.UP:
        assert abs(rounded) >= abs(exact)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_an_amount_reads_back_as_it_was_written(minor: int, currency: str) -> None:
    amount = Money(minor=minor, currency=currency)

    assert parse_money(str(amount)) == amount


@given(st.fractions())
def test_an_exact_number_keeps_its_value_as_text(value: Fraction) -> None:
    assert Fraction(exact_text(value)) == value


def refusal(parse: Callable[[bytes, str], object], source: bytes) -> str | None:
    """The words of a refusal; None if the file was read. Any other exception fails the test."""
    try:
        parse(source, "noise.toml")
    except InvalidInputError as error:
        return error.message
    return None


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_in_our_own_words(source: bytes) -> None:
    for parse in (parse_case, parse_pack):
        assert (refusal(parse, source) or "").startswith("noise.toml")


@given(st.integers(0, 5000), st.binary(max_size=3), st.sampled_from([parse_case, parse_pack]))
def test_damaged_files_are_read_or_refused_in_our_own_words(
    place: int, put: bytes, parse: Callable[[bytes, str], object]
) -> None:
    pack = pack_source("eu-883-2004")
    source = pack if parse is parse_pack else example_source("art51-miners.toml")
    place %= len(source)

    words = refusal(parse, source[:place] + put + source[place + 1 :])

    assert words is None or words.startswith("noise.toml")
