"""The amounts of the chapter on pensions unfolded to what they rest on, in words."""

from fractions import Fraction

from portability.core.amounts import Dividing, Ratio
from portability.core.anti_overlap import Deduction
from portability.core.benefits import Settlement
from portability.core.entitlement import Entitlement, PaidAs, Working
from portability.core.exchange import exchange_step
from portability.core.explained_periods import named_sum, unfold
from portability.core.explanation_tree import Explanation
from portability.core.money import ExactMoney, Money

_LEFT_OUT = ("conditions_elsewhere", "short_period_others")


def independent_benefit(item: Entitlement, settlement: Settlement) -> Explanation | None:
    working = item.working
    if item.independent is None or working is None:
        return None
    cite = settlement.rules.cite
    told = _equals(working.formulas.get("independent"))
    parts = []
    national = item.standing.national
    if national is not None:
        text = f"Own periods, as if nobody else certified any: {named_sum(national)}"
        restored = item.standing.restored
        parts.append(unfold(text, national, restored, settlement.rules, cite("independent")))
    for deduction in working.deductions:
        share, amount = deduction.of_independent, deduction.from_independent
        parts.append(_deducted(deduction, share, amount, item, settlement))
    return Explanation(
        text=f"Independent benefit on own periods alone: {told}{working.independent}"
        f"{_remaining(working.independent, item.independent)}",
        value=str(item.independent),
        articles=cite("independent"),
        parts=tuple(parts),
    )


def benefit_for_all(item: Entitlement, settlement: Settlement) -> Explanation | None:
    if item.paid_as is not PaidAs.ALL_PERIODS:
        return None
    formula = {} if item.working is None else item.working.formulas
    return Explanation(
        text=f"Benefit as if all periods had been completed in {item.jurisdiction}: "
        f"{_equals(formula.get('theoretical'))}{item.theoretical}",
        value=str(item.theoretical),
        articles=settlement.rules.cite("theoretical", "base"),
    )


def _equals(formula: str | None) -> str:
    return f"{formula} = " if formula else ""


def _remaining(before: Money | None, after: Money) -> str:
    return "" if before == after else f"; after what is set off: {after}"


def _deducted(
    deduction: Deduction,
    share: Fraction,
    amount: ExactMoney | None,
    item: Entitlement,
    settlement: Settlement,
) -> Explanation:
    """What is set off because of one other benefit."""
    other = deduction.other
    named = f"{other.name} ({other.jurisdiction})"
    articles = settlement.rules.cite(*deduction.steps(settlement.rules))
    if amount is None or not share:
        return Explanation(
            text=f"Not set off, being of the same kind: {named}", value="0", articles=articles
        )
    found = amount.rounded(item.scheme.rounding)
    most = "" if deduction.most is None else f", at most {deduction.most} of the benefit"
    return Explanation(
        text=f"Set off: {named}, {other.amount} × {share}{most} = {found}",
        value=str(found),
        articles=articles,
    )


def pro_rata_benefit(item: Entitlement, settlement: Settlement) -> Explanation | None:
    working = item.working
    if working is None or working.dividing is None or item.pro_rata is None or item.ratio is None:
        return None
    cite = settlement.rules.cite
    sum_text = f"{item.theoretical} × {item.ratio.own}/{item.ratio.total}"
    added = "" if item.voluntary is None else f" + {item.voluntary} for displaced voluntary periods"
    left_out = f", without the periods of {', '.join(item.left_out)}" if item.left_out else ""
    told = _equals(working.formulas.get("theoretical"))
    theoretical = Explanation(
        text="Theoretical amount, as if all periods had been completed in "
        f"{item.jurisdiction}: {told}{item.theoretical}",
        value=str(item.theoretical),
        articles=cite("theoretical", "base"),
    )
    deducted = [
        _deducted(one, one.of_pro_rata, one.from_pro_rata, item, settlement)
        for one in working.deductions
    ]
    return Explanation(
        text=f"Pro-rata benefit{left_out}: {sum_text}{added} = {working.pro_rata}"
        f"{_remaining(working.pro_rata, item.pro_rata)}",
        value=str(item.pro_rata),
        articles=cite("pro_rata"),
        parts=(
            theoretical,
            *_voluntary(item, working, settlement),
            *_dividing(item, item.ratio, working.dividing, settlement),
            *deducted,
        ),
    )


def _voluntary(item: Entitlement, working: Working, settlement: Settlement) -> list[Explanation]:
    if item.voluntary is None:
        return []
    told = _equals(working.formulas.get("voluntary"))
    return [
        Explanation(
            text=f"Value of displaced voluntary periods under national law: {told}{item.voluntary}",
            value=str(item.voluntary),
            articles=settlement.rules.cite(*item.voluntary_steps),
        )
    ]


def _dividing(
    item: Entitlement, ratio: Ratio, dividing: Dividing, settlement: Settlement
) -> tuple[Explanation, ...]:
    """The periods of the ratio, where they are not those that open the right."""
    sums = dividing.sums
    found = []
    if sums != item.aggregate:
        steps = [step for step in item.ratio_steps if step in _LEFT_OUT]
        cited = settlement.rules.cite(*(steps or ["pro_rata"]))
        text = f"Periods in the ratio: {named_sum(sums)}"
        found.append(unfold(text, sums, dividing.entries, settlement.rules, cited))
    if ratio.total != sums.total:
        text = f"A full career is {ratio.total} {sums.unit.value}; no more enter the ratio"
        articles = settlement.rules.cite("full_career")
        found.append(Explanation(text=text, value=str(ratio.total), articles=articles))
    return tuple(found)


def supplement(item: Entitlement, settlement: Settlement) -> Explanation:
    minimum, supplement = item.scheme.minimum_benefit, item.supplement
    assert minimum is not None and supplement is not None  # noqa: S101, PT018  # by the caller
    others = [other for other in settlement.entitlements if other.payable and other is not item]
    paid = item.payable - supplement if item.payable is not None else supplement
    named = [f"{item.scheme.label} {paid}"]
    named += [f"{other.scheme.label} {other.payable}" for other in others]
    currencies = {other.payable.currency for other in others if other.payable is not None}
    converted = bool(currencies - {minimum.currency})
    return Explanation(
        text=f"Supplement up to the minimum benefit of {minimum}: {supplement}, since "
        f"{' + '.join(named)} {'are' if converted else '='} {minimum - supplement}",
        value=str(supplement),
        articles=settlement.rules.cite(
            "minimum_supplement", *([exchange_step(settlement.rules)] if converted else [])
        ),
    )
