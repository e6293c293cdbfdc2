"""One institution's decision: by its scheme, by a scheme pack and facts, or by priority."""

from datetime import date
from importlib.resources import files

import pytest

import portability.examples
from portability.agreements import pack_source
from portability.core.agreement import Pack
from portability.core.case import parse_case
from portability.core.case_result import settle_case
from portability.core.deciding import (
    OwnClaim,
    check_counting,
    decide,
    is_by_periods_alone,
    rests_on_periods,
)
from portability.core.national_facts import NationalFacts, holds_scheme, read_national_facts
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Duration, Period
from portability.core.scheme import MissingAnswer
from portability.errors import InvalidInputError

EXAMPLES = files(portability.examples)
PACK_FR = b"""
title = "French general scheme, made up"
[scheme.FR]
unit = "months"
minimum = { years = 15 }
full_career = { years = 43 }
formula = "proportional"
full_amount = "3225.00 EUR"
"""


def pack(name: str) -> Pack:
    return parse_pack(pack_source(name), name)


EU = pack("eu-883-2004")


def example(name: str) -> tuple[bytes, bytes]:
    """A case file, and what of it an institution knows beside the periods."""
    source = (EXAMPLES / f"{name}.toml").read_bytes()
    blocks = source.decode().split("\n\n")
    kept = [one for one in blocks if not one.lstrip().startswith(("[[period]]", "[expect"))]
    lines = "\n\n".join(kept).splitlines()
    of_files = ("agreement", "branch", "award_date", "also")
    return source, "\n".join(one for one in lines if not one.startswith(of_files)).encode()


def claim(
    jurisdiction: str, branch: Branch = Branch.OLD_AGE, day: date = date(2025, 1, 1)
) -> OwnClaim:
    return OwnClaim(pack=EU, branch=branch, award_date=day, jurisdiction=jurisdiction)


def rosa_periods() -> tuple[Period, ...]:
    return parse_case((EXAMPLES / "rosa.toml").read_bytes(), "rosa.toml").periods


def test_a_scheme_pack_with_a_formula_decides_without_amounts_from_anybody() -> None:
    found = decide(claim("FR"), rosa_periods(), read_national_facts(PACK_FR, "pack.toml"))
    assert (found.own, found.total, found.unit) == (240, 360, "months")
    assert str(found.payable) == "1500.00 EUR"
    assert found.paid_as == "independent"
    assert any("883/2004 Art 52(1)(a)" in line for line in found.lines)


def test_facts_go_before_the_pack_and_the_rest_of_the_pack_stays() -> None:
    own = read_national_facts(
        b'residence = "FR"\n[scheme.FR]\nunit = "years"\ntheoretical = "900.00 EUR"\n', "facts.toml"
    )
    both = own.over(read_national_facts(PACK_FR + b'[scheme.ES]\nunit = "months"\n', "pack.toml"))
    assert [(one.jurisdiction, one.unit.value) for one in both.schemes] == [
        ("FR", "years"),
        ("ES", "months"),
    ]
    assert both.circumstances.residence == "FR"


def test_family_benefits_are_decided_by_children_rights_and_residence() -> None:
    source, facts = example("family-both-parents-work")
    given = read_national_facts(facts, "facts.toml")
    whole = settle_case(parse_case(source, "case.toml"), {"eu-883-2004": EU})
    expected = {one.jurisdiction: one.payable for one in whole.settlement.rulings}
    day = date(2014, 3, 1)
    first = decide(claim("GB", Branch.FAMILY, day), (), given)
    second = decide(claim("IE", Branch.FAMILY, day), (), given)
    assert (first.payable, second.payable) == (expected["GB"], expected["IE"])
    assert (first.own, first.total, first.paid_as) == (0, 0, "independent")
    assert "883/2004 Art 68(2)" in second.basis
    with pytest.raises(InvalidInputError):
        decide(claim("GB", Branch.FAMILY, day), (), NationalFacts())


def test_another_agreement_decides_by_its_own_method() -> None:
    source, facts = example("ca-nl-abroad")
    case = parse_case(source, "case.toml")
    agreement = pack(case.agreement)
    whole = settle_case(case, {case.agreement: agreement})
    for scheme in case.schemes:
        own = OwnClaim(
            pack=agreement,
            branch=case.branch,
            award_date=case.award_date,
            jurisdiction=scheme.jurisdiction,
        )
        found = decide(own, case.periods, read_national_facts(facts, "facts.toml", case.periods))
        assert found.payable == whole.settlement.entitlement(scheme.jurisdiction).payable
    assert not is_by_periods_alone(agreement, case.branch, case.award_date)
    assert is_by_periods_alone(EU, Branch.OLD_AGE, date(2025, 1, 1))
    assert rests_on_periods(EU, Branch.OLD_AGE, date(2025, 1, 1))
    assert not rests_on_periods(EU, Branch.FAMILY, date(2025, 1, 1))


def test_missing_answers_give_bounds() -> None:
    missing = (MissingAnswer(jurisdiction="PL", at_most=Duration(years=10)),)
    facts = read_national_facts(
        b'[scheme.ES]\nunit = "months"\nminimum = { years = 15 }\ntheoretical = "1200.00 EUR"\n',
        "f",
    )
    found = decide(claim("ES"), rosa_periods(), facts, missing)
    assert found.bound is not None
    assert (str(found.bound.lower), str(found.bound.upper)) == ("300.00 EUR", "400.00 EUR")


SILENT_IE = (MissingAnswer(jurisdiction="IE", at_most=Duration()),)
SILENT_GB = (MissingAnswer(jurisdiction="GB", at_most=Duration()),)


@pytest.mark.parametrize(
    ("name", "code", "silent", "bounds"),
    [
        ("family-both-parents-work", "GB", SILENT_IE, ("144.00 GBP", "144.00 GBP")),
        ("family-both-parents-work", "IE", SILENT_GB, ("0.00 EUR", "260.00 EUR")),
    ],
    ids=["nobody can come before activity where the children live", "else somebody may"],
)
def test_family_benefits_without_an_answer_are_between_what_the_silent_may_change(
    name: str, code: str, silent: tuple[MissingAnswer, ...], bounds: tuple[str, str]
) -> None:
    given = read_national_facts(example(name)[1], "facts.toml")
    found = decide(claim(code, Branch.FAMILY, date(2014, 3, 1)), (), given, silent)
    assert found.bound is not None
    assert (str(found.bound.lower), str(found.bound.upper)) == bounds
    assert found.bound.article == "987/2009 Art 60(3)"
    assert found.bound.article in found.basis
    assert found.bound.missing == (silent[0].jurisdiction,)


@pytest.mark.parametrize("other", ["activity", "pension", "residence", ""])
@pytest.mark.parametrize("amount", ["10.00 EUR", "900.00 EUR"])
@pytest.mark.parametrize("basis", ["activity", "pension", "residence"])
@pytest.mark.parametrize("home", ["FR", "DE", "BE"])
def test_whatever_the_silent_state_says_lies_within_the_bounds(
    home: str, basis: str, amount: str, other: str
) -> None:
    """Before Germany answers France decides; then Germany grants something, or nothing."""

    def right(code: str, why: str, granted: str) -> str:
        keys = {"jurisdiction": code, "basis": why, "amount": granted}
        lines = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
        return f"[[right]]\n{lines}length = {{ years = {len(why)} }}\n"

    child = f'[[child]]\nname = "A"\nresidence = "{home}"\n'
    ours = child + right("FR", basis, "140.00 EUR")
    orphans = '[[orphan_benefit]]\njurisdiction = "FR"\namount = "50.00 EUR"\n'
    day = date(2025, 1, 1)
    silent = (MissingAnswer(jurisdiction="DE", at_most=Duration()),)
    for facts in (ours, ours + orphans):
        before = read_national_facts(facts.encode(), "facts.toml")
        early = decide(claim("FR", Branch.FAMILY, day), (), before, silent)
        said = facts + (right("DE", other, amount) if other else "")
        late = decide(
            claim("FR", Branch.FAMILY, day), (), read_national_facts(said.encode(), "facts.toml")
        )
        assert early.bound is not None
        assert early.bound.lower is not None
        assert early.bound.upper is not None
        assert late.payable is not None
        assert early.bound.lower.minor <= late.payable.minor <= early.bound.upper.minor


@pytest.mark.parametrize(
    ("source", "field"),
    [
        (b"[[period]]\n", "period"),
        (b"[[missing]]\n", "missing"),
        (b'[scheme.FR]\nunit = "months"\nincome = 3\n', "scheme.FR.income"),
    ],
)
def test_what_a_document_may_not_hold_is_refused_by_its_key(source: bytes, field: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read_national_facts(source, "facts.toml")
    assert refusal.value.context["field"].startswith(field)
    assert "facts.toml" in refusal.value.message


def test_a_decision_without_the_law_of_its_country_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="the law that FR applies"):
        decide(claim("FR"), rosa_periods(), read_national_facts(b"", "facts.toml"))
    assert holds_scheme(PACK_FR, "pack.toml", "FR")
    assert not holds_scheme(PACK_FR, "pack.toml", "ES")


def test_who_refunds_half_of_family_benefits_says_what_its_own_law_grants() -> None:
    """The most that it refunds (987/2009 Art 58) is in the decision on which the claim is made."""
    source, facts = example("family-half-refund")
    given = read_national_facts(facts, "facts.toml")
    case = parse_case(source, "case.toml")
    expected = settle_case(case, {"eu-883-2004": EU}).settlement.rulings
    (debtor,) = [one for one in expected if "refund" in one.facts]
    own = decide(claim(debtor.jurisdiction, Branch.FAMILY, case.award_date), (), given)
    assert (str(own.payable), own.paid_as) == ("0.00 EUR", "none")
    assert str(own.independent) == debtor.facts["entitled"] == "250.00 EUR"
    assert "987/2009 Art 58" in own.basis
    payer = decide(claim(expected[0].jurisdiction, Branch.FAMILY, case.award_date), (), given)
    assert payer.independent == payer.payable
    assert "987/2009 Art 58" in payer.basis


REFUNDING = b"""
residence = "FR"
[unemployed]
frontier = true
[scheme.DE]
unit = "months"
minimum = { months = 12 }
"""


def test_who_refunds_unemployment_benefits_says_what_its_own_law_would_pay() -> None:
    """Without a word on the law of the state that pays: its institution decides by itself."""
    periods = parse_case(example("unemployment-frontier-refund")[0], "case.toml").periods
    own = claim("DE", Branch.UNEMPLOYMENT, date(2024, 1, 1))
    amount = REFUNDING + b'amount = "1500.00 EUR"\n'
    found = decide(own, periods, read_national_facts(amount, "facts.toml"))
    assert (found.payable, found.paid_as) == (None, "none")
    assert str(found.independent) == "1500.00 EUR"
    assert any("refunds at most 1500.00 EUR a month" in line for line in found.lines)
    share = REFUNDING + b"salary_share = 0.6\n"
    unknown = decide(own, periods, read_national_facts(share, "facts.toml"))
    assert (unknown.independent, unknown.paid_as) == (None, "none")
    salary = b'[[salary]]\njurisdiction = "DE"\nmonthly = "2000.00 EUR"\n'
    known = decide(own, periods, read_national_facts(share + salary, "facts.toml"))
    assert str(known.independent) == "1200.00 EUR"


GERMAN_CASE = """
[[period]]
jurisdiction = "DE"
type = "11"
start = 2000-01-15
end = 2000-03-10
"""


def german(counting: str) -> tuple[NationalFacts, tuple[Period, ...]]:
    head = 'agreement = "eu-883-2004"\nbranch = "old-age"\naward_date = 2025-01-01\n'
    periods = parse_case((head + GERMAN_CASE).encode(), "german.toml").periods
    scheme = f'[scheme.DE]\nunit = "months"\ntheoretical = "100.00 EUR"\n{counting}'
    return read_national_facts(scheme.encode(), "facts"), periods


def test_a_scheme_that_says_nothing_counts_dates_as_its_state_certifies_them() -> None:
    """The agreed history counts three months; the decision on it must not count two."""
    facts, periods = german("")

    check_counting(claim("DE"), facts)

    assert decide(claim("DE"), periods, facts).own == 3


def test_counting_otherwise_than_the_own_state_is_refused_and_replayed_as_it_was() -> None:
    exact, periods = german('counting = "exact"')
    months, _ = german('counting = "calendar-months"')

    with pytest.raises(InvalidInputError, match="DE counts every calendar month touched"):
        check_counting(claim("DE"), exact)
    check_counting(claim("DE"), months)
    check_counting(claim("FR"), exact)
    assert decide(claim("DE"), periods, exact).own == 2
