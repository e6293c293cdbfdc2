"""Every number of a settlement with the article that it rests on, as rows of a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from portability.core.agreement import Rules
from portability.core.bounds import Bound
from portability.core.case_result import CaseResult
from portability.core.entitlement import Entitlement, PaidAs, Reason
from portability.core.findings import words
from portability.core.money import Money
from portability.core.periods import Period
from portability.core.ruling import Ruling

BY_NATIONAL_LAW = "national law"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A number in words, and the articles behind it."""

    what: str
    number: str
    rests_on: str


def jurisdictions(result: CaseResult) -> list[str]:
    """Those with a scheme, then those that only have periods."""
    schemes = [item.jurisdiction for item in result.settlement.entitlements]
    ruled = [item.jurisdiction for item in result.settlement.rulings]
    periods = [item.jurisdiction for item in result.case.corrected_periods]
    return list(dict.fromkeys(schemes + ruled + periods))


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPeriod:
    """A period of the file with what became of it: ``number`` is the counted length in words."""

    period: Period
    number: str
    state: str
    by: str
    articles: tuple[str, ...]


def counted_periods(result: CaseResult) -> list[CountedPeriod]:
    """One per period of the file, in its order."""
    shown = cast("Sequence[Mapping[str, object]]", result.to_json()["periods"])
    return [
        _counted(period, found)
        for period, found in zip(result.case.corrected_periods, shown, strict=True)
    ]


def _counted(period: Period, found: Mapping[str, object]) -> CountedPeriod:
    length = cast("Mapping[str, int | str]", found["counted"])
    by = found.get("by", "")
    return CountedPeriod(
        period=period,
        number=amount(int(length["amount"]), str(length["unit"])),
        state=str(found["state"]),
        by=" and ".join(by) if isinstance(by, list) else str(by),
        articles=tuple(cast("Sequence[str]", found["basis"])),
    )


def rows(result: CaseResult, jurisdiction: str) -> list[Row]:
    """What one jurisdiction certified, and what its scheme owes if the case names one."""
    found = [
        _period(item)
        for item in counted_periods(result)
        if item.period.jurisdiction == jurisdiction
    ]
    rules = result.settlement.rules
    for place, item in enumerate(result.settlement.entitlements):
        if item.jurisdiction == jurisdiction:
            found += [*_scheme_name(item), *entitlement_rows(item, rules)]
            found += _bounds(result.bounds[place]) if result.bounds else []
    for ruling in result.settlement.rulings:
        if ruling.jurisdiction == jurisdiction:
            found += ruling_rows(ruling)
            bound = result.ruled.get(jurisdiction)
            found += [] if bound is None else _bounds(bound)
    return found


def ruling_rows(ruling: Ruling) -> list[Row]:
    """What was decided for a jurisdiction whose schemes count no periods."""
    return [
        Row(what=line.text, number=line.number, rests_on=cited(line.articles))
        for line in ruling.lines
    ]


def _scheme_name(item: Entitlement) -> list[Row]:
    """A line for a scheme that has a name, since a jurisdiction may have several."""
    name = item.scheme.name
    return [Row(what=f"scheme {name}", number="", rests_on="")] if name else []


def _bounds(bound: Bound) -> list[Row]:
    missing = " and ".join(bound.missing)
    return [
        Row(what=f"provisional, at {word}, until {missing} answers", number=text, rests_on=article)
        for word, text, article in (
            ("least", str(bound.lower or "not known"), bound.article),
            ("most", str(bound.upper or "not known"), bound.article),
        )
    ]


def entitlement_rows(item: Entitlement, rules: Rules) -> list[Row]:
    """Every number of one scheme's result: sums, the right, the amounts."""
    return [*_sums(item, rules), *_right(item, rules), *_amounts(item, rules)]


def _period(item: CountedPeriod) -> Row:
    period = item.period
    dates = f"{period.start or 'unknown day'} to {period.end or 'unknown day'}"
    dates = dates if period.start or period.end else "without dates"
    kind = period.type.label.replace("-", " ")
    return Row(
        what=f"{dates}, {kind}{_fate(item)}", number=item.number, rests_on=cited(item.articles)
    )


def _fate(item: CountedPeriod) -> str:
    """What became of a period, where it is more than that it was counted."""
    if item.by:
        partly = "" if item.state == "displaced" else "partly "
        return f", {partly}displaced by {item.by}"
    return "" if item.state == "counted" else f", {item.state}"


def _sums(item: Entitlement, rules: Rules) -> Iterator[Row]:
    unit = item.aggregate.unit.value
    steps = dict(item.aggregate.lengths)[item.jurisdiction].steps
    yield Row(
        what="own periods",
        number=amount(item.aggregate.own, unit),
        rests_on=cited(rules.cite(*steps)),
    )
    for code, foreign in item.aggregate.foreign:
        yield Row(
            what=f"periods in {code}",
            number=amount(foreign, unit),
            rests_on=cited(rules.cite("aggregation")),
        )
    capped = ("conversion_cap",) if item.aggregate.capped else ()
    yield Row(
        what="all periods" + (", a calendar year counted once" if capped else ""),
        number=amount(item.aggregate.total, unit),
        rests_on=cited(rules.cite("aggregation", *capped)),
    )


def _right(item: Entitlement, rules: Rules) -> Iterator[Row]:
    minimum = item.scheme.minimum
    if minimum is None:
        return
    if item.meets_minimum_alone:
        verdict, article = "met by own periods alone", BY_NATIONAL_LAW
    elif item.meets_minimum:
        verdict, article = "met by all periods together", cited(rules.cite("aggregation"))
    else:
        verdict, article = "not met", cited(rules.cite("aggregation"))
    yield Row(what=f"qualifying period, {verdict}", number=words(minimum), rests_on=article)


def _amounts(item: Entitlement, rules: Rules) -> Iterator[Row]:
    named = (
        ("independent amount", item.independent, ("independent",)),
        ("theoretical amount", item.theoretical, ("theoretical",)),
        (_share(item), item.pro_rata, item.ratio_steps),
        ("value of displaced voluntary periods", item.voluntary, item.voluntary_steps),
        ("supplement to the minimum", item.supplement, ("minimum_supplement",)),
    )
    for what, money, steps in named:
        if money is not None:
            yield Row(what=what, number=str(money), rests_on=cited(rules.cite(*steps)))
    yield from _set_off(item, rules)
    for note in item.notes:
        yield Row(what=note.text, number="", rests_on=cited(note.articles))
    yield _payable(item, rules)
    supplement = item.details.get("aggravation_supplement")
    if supplement is not None:
        article = cited(rules.cite("invalidity_difference"))
        yield Row(what="of which for aggravation", number=str(supplement), rests_on=article)
    if item.details.get("paid_abroad") is True and "export_basis" in item.details:
        article = cited(rules.cite("export_residence"))
        yield Row(what="paid where the person lives", number="", rests_on=article)


def _set_off(item: Entitlement, rules: Rules) -> Iterator[Row]:
    """What other benefits take off; the amounts above are those after it."""
    for deduction in () if item.working is None else item.working.deductions:
        for what, amount in (
            ("independent", deduction.from_independent),
            ("pro-rata", deduction.from_pro_rata),
        ):
            if amount is not None and amount.exact:
                yield Row(
                    what=f"already set off from the {what} amount: {deduction.other.name} "
                    f"({deduction.other.jurisdiction})",
                    number=str(amount.rounded(item.scheme.rounding)),
                    rests_on=cited(rules.cite(*deduction.steps(rules))),
                )


def _payable(item: Entitlement, rules: Rules) -> Row:
    number = "-" if item.payable is None else str(item.payable)
    if item.payable is None or item.reason is not None:
        why = "nothing is due" if item.reason is None else _WHY_NOTHING[item.reason]
        return Row(what=f"payable: {why}", number=number, rests_on=cited(item.basis))
    if item.notes:
        return Row(what="payable", number=number, rests_on=cited(item.basis))
    articles = rules.cite("comparison") if item.paid_as in _COMPARED else item.basis
    what = f"payable, {_PAID_AS[item.paid_as]}"
    return Row(what=what, number=number, rests_on=cited(articles))


_COMPARED = (PaidAs.INDEPENDENT, PaidAs.PRO_RATA)
_PAID_AS = {
    PaidAs.INDEPENDENT: "the independent amount",
    PaidAs.PRO_RATA: "the pro-rata amount",
    PaidAs.ALL_PERIODS: "the amount for all periods",
    PaidAs.NONE: "nothing",
    PaidAs.UNKNOWN: "not known",
}
_WHY_NOTHING = {
    Reason.NO_OWN_PERIODS: "no own periods",
    Reason.MINIMUM_NOT_MET: "the qualifying period is not met",
    Reason.SHORT_PERIOD: "own periods are too short to be paid for",
    Reason.CONDITIONS_NOT_MET: "the conditions are not met",
    Reason.DEFERRED: "the person deferred the claim",
    Reason.NOT_INSURED: "not insured when the risk materialised",
    Reason.AMOUNT_UNKNOWN: "the theoretical amount is missing",
    Reason.OTHER_PAYS: "another jurisdiction pays",
    Reason.NOT_EXPORTED: "paid only to those who live there",
}


def _share(item: Entitlement) -> str:
    ratio = item.ratio
    return "pro-rata amount" if ratio is None else f"pro-rata amount, {ratio.own}/{ratio.total}"


def amount(number: int, unit: str) -> str:
    """``240 months``, ``1 month``, ``52 days (6-day week)``."""
    name, _, week = unit.replace("us-", "US ").partition("-")
    one = name.removesuffix("s") if number == 1 else name
    return f"{number} {one}" + (f" ({week}-day week)" if name == "days" else "")


def total(payable: Mapping[str, Money]) -> str:
    """What is payable together, currencies kept apart."""
    return " and ".join(str(money) for money in payable.values()) or "nothing"


def cited(articles: Sequence[str]) -> str:
    """
    Articles in one line, the name of a regulation once: ``987/2009 Art 13(1)(a), 13(1)(c)``.

    Nothing to cite means that no rule of the agreement was needed: national law alone.
    """
    text: list[str] = []
    before = ""
    for article in articles:
        act, _, place = article.rpartition(" ")
        text.append(place if act and act == before else article)
        before = act
    return ", ".join(text) or BY_NATIONAL_LAW
