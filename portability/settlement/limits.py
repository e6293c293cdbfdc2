"""
What an agreement lets one institution claim of another, computed from signed decisions.

Months count as calendar months, from that of the award. Where the debtor's decision does not say
what its own law would pay, the ceiling is left to the debtor, who may dispute the line.
Source: 883/2004 Art 65(6) and (7); 987/2009 Art 58, 70, 72 and 73, 90.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NoReturn, cast

from portability.core.agreement import Pack, Rules
from portability.core.branches.competence import last_worked
from portability.core.branches.parameters import refund_limits
from portability.core.exchange import Rates
from portability.core.methods.claim import Claim as CoreClaim
from portability.core.money import ExactMoney, Money, Rounding, exactly
from portability.core.periods import Branch, Period
from portability.core.scheme import Circumstances
from portability.core.time_limits import last_day_of, months_after
from portability.core.unemployment.facts import Refund
from portability.core.unemployment.refund import refunded, worked_months
from portability.errors import InvalidInputError
from portability.recognition.statements import Claim, Determination
from portability.settlement.statements import ClaimLine, ExchangeRate, RefundClaim, RefundKind

DEADLINES: Final = "settlement_deadlines_months"
_PENSIONS: Final = frozenset({Branch.OLD_AGE, Branch.SURVIVORS, Branch.INVALIDITY})
_PER_CENT: Final = 100
_HALF_YEAR: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """
    What a line rests on, as the node that judges it holds it.

    ``decision`` and ``counterpart`` are those that the line names; ``standing`` says of each id
    whether it is in force in the case, as far as this node knows; ``earlier`` is the provisional
    decision that it replaced, at once or by way of others, of which ``final`` was the first. From
    the agreed records come ``worked``, months of insurance in the debtor's state before the award
    (Art 65(7)), and ``last_activity``, the state of the last insured day, None where no record has
    a date. ``pack`` is the agreement in the text that the case is under; None for that of this
    software. ``concerned`` is what the debtor refunds a month of family benefits by the facts that
    the own institution alone knows; None where it has stated none.
    """

    claim: Claim
    decision: Determination
    standing: frozenset[bytes]
    earlier: Determination | None = None
    final: Determination | None = None
    counterpart: Determination | None = None
    worked: Fraction = Fraction(0)
    last_activity: str | None = None
    pack: Pack | None = None
    concerned: Money | None = None


def provisional_before(
    decision: Determination, accepted: Mapping[bytes, object]
) -> tuple[Determination | None, Determination]:
    """
    The provisional decision that a decision replaced, None if there is none, and the first final
    one after it: a correction may have replaced that by now.
    """
    final = decision
    while final.supersedes:  # which ends: an id follows from the id of what it replaces
        before = accepted.get(final.supersedes)
        if not isinstance(before, Determination):
            break
        if before.provisional:
            return before, final
        final = before
    return None, decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The most that a line may come to, in minor units, and the articles and words for it."""

    minor: int
    articles: tuple[str, ...]
    words: str


def worked_in(
    periods: Iterable[Period], jurisdiction: str, rules: Rules
) -> tuple[Fraction, str | None]:
    """
    Months worked there within those before the award that the agreement looks at, and the state of
    the last activity.
    """
    claim = CoreClaim(
        rules=rules,
        branch=Branch.UNEMPLOYMENT,
        periods=tuple(periods),
        schemes=(),
        circumstances=Circumstances(),
    )
    return worked_months(claim.plain().records, jurisdiction, rules), last_worked(claim)


def rates_of(rates: Sequence[ExchangeRate]) -> Rates:
    """The rates that a claim states, for computing."""
    return Rates(per_euro=MappingProxyType({one.currency: one.per_euro for one in rates}))


def limit_of(claim: RefundClaim, line: ClaimLine, ground: Ground, pack: Pack) -> Limit:
    """
    The most that the line may come to.

    Raises InvalidInputError, in one sentence with the next step, where the agreement gives the
    creditor nothing for it.
    """
    _check_ground(claim, line, ground)
    pack = ground.pack or pack
    rules = pack.rules_on(ground.claim.award_date)
    if rules.more.get("settlement") == "waived":
        _refuse(line, f"is claimed under {rules.agreement}, which waives what parties owe", "kind")
    payable = _monthly(ground.decision, claim.currency, line)
    given = _Given(claim=claim, line=line, ground=ground, rules=rules, payable=payable)
    _check_months(given)
    limit = _LIMITS[line.kind](given)
    _check_deadline(given, pack)
    return limit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    claim: RefundClaim
    line: ClaimLine
    ground: Ground
    rules: Rules
    payable: Money

    def own_law(self) -> ExactMoney | None:
        """
        What the debtor's law would pay a month, in the claim's currency, where it says so.

        That it pays nothing says only that another state pays.
        """
        counterpart = self.ground.counterpart
        if counterpart is None:
            return None
        paid = counterpart.payable
        amounts = (
            counterpart.independent,
            counterpart.theoretical,
            None if paid is None or not paid.minor else paid,
        )
        own = next((one for one in amounts if one is not None), None)
        if own is None:
            return None
        return rates_of(self.claim.rates).convert(exactly(own), self.claim.currency, key="rates")


def _check_ground(claim: RefundClaim, line: ClaimLine, ground: Ground) -> None:
    parties = ground.claim.parties
    if claim.creditor not in parties or claim.debtor not in parties:
        _refuse(line, "rests on a case in which not both institutions take part", "case_id")
    if ground.claim.agreement != claim.agreement:
        _refuse(line, f"rests on a case under {ground.claim.agreement}, not the claim's agreement")
    if ground.decision.header.sender != claim.creditor:
        _refuse(line, "rests on a decision that the claiming institution did not make", "decision")
    if ground.counterpart is not None and ground.counterpart.header.sender != claim.debtor:
        _refuse(line, "sets against it a decision that the debtor did not make", "counterpart")
    if line.decision not in ground.standing:
        _refuse(
            line, "rests on a decision that another one has replaced; claim on that", "decision"
        )
    if ground.decision.provisional:
        _refuse(line, "rests on a provisional decision; claim once it is final", "decision")


def _monthly(decision: Determination, currency: str, line: ClaimLine) -> Money:
    if decision.payable is None or decision.payable.currency != currency:
        _refuse(line, f"rests on a decision that pays nothing in {currency}", "decision")
    return decision.payable


def _check_months(given: _Given) -> None:
    """
    What is refunded was paid: from the award on, in no month that had not begun when it was
    claimed, and provisionally in none after the decision that ended that.
    """
    line, claim = given.line, given.claim
    begin = given.ground.claim.award_date.replace(day=1)
    end, ended = claim.header.created.date(), "the day of the claim"
    final = (given.ground.final or given.ground.decision).header.created.date()
    if line.kind is RefundKind.OVERPAYMENT and final < end:
        end, ended = final, "the final decision"
    if line.first_month < begin:
        _refuse(
            line,
            f"claims {line.first_month:%Y-%m}, before the award on "
            f"{given.ground.claim.award_date}; nothing was paid then",
            "months",
        )
    last = line.each_month[-1]
    if last > end:
        _refuse(
            line,
            f"claims {last:%Y-%m}, and {ended} is of {end}; claim months that were paid by then",
            "months",
        )


def _unemployment(given: _Given) -> Limit:
    """Its benefits for the first months, up to what the debtor's own law pays (Art 65(6), (7))."""
    line, rules = given.line, given.rules
    _check_refunds_unemployment(given)
    limits = refund_limits(rules)
    is_long = given.ground.worked >= limits.worked
    allowed = max(0, (limits.longer if is_long else limits.months) - line.exported_months)
    step = "unemployment_refund_longer" if is_long else "unemployment_refund"
    _check_first_months(given, allowed, rules.articles[step])
    own = given.own_law()
    found = refunded(
        Refund(
            paid=(),
            months_paid=line.months,
            exported_months=line.exported_months,
            worked_months=None,
        ),
        benefit=exactly(given.payable),
        own_law=exactly(given.payable) if own is None else own,
        worked=given.ground.worked,
        rules=rules,
        rates=rates_of(given.claim.rates),
    )
    held = ", held to the debtor's own law" if found.limited else ""
    return Limit(
        minor=found.amount.rounded(Rounding.HALF_UP).minor,
        articles=rules.cite(step),
        words=f"{line.months} of the first {allowed} months at {given.payable}{held}",
    )


def _check_refunds_unemployment(given: _Given) -> None:
    """The state of residence pays, and that of the last activity refunds (883/2004 Art 65(6))."""
    line, rules, branch = given.line, given.rules, given.ground.claim.branch
    if branch is not Branch.UNEMPLOYMENT or "unemployment_refund" not in rules.more:
        _refuse(line, f"is no refund of unemployment benefits under {rules.agreement}", "kind")
    _check_rests_on(given, "unemployment_residence", given.ground.decision)
    last = given.ground.last_activity
    if last not in {None, given.claim.debtor.jurisdiction}:
        _refuse(
            line,
            f"is asked of {given.claim.debtor}, and the last activity was in {last}, whose "
            f"institution refunds ({rules.articles['unemployment_refund']})",
            "debtor",
        )


def _check_first_months(given: _Given, allowed: int, article: str) -> None:
    """``allowed`` months are refunded, counted from that of the award."""
    line, begin = given.line, given.ground.claim.award_date.replace(day=1)
    last = last_day_of(line.first_month, line.months)
    if line.first_month < begin or last > last_day_of(begin, allowed):
        _refuse(
            line,
            f"asks for other months than the first {allowed} from {begin:%Y-%m} on, which "
            f"{article} gives",
            "months",
        )


def _overpayment(given: _Given) -> Limit:
    """What was paid provisionally above what is due, up to the debtor's arrears."""
    line, earlier = given.line, given.ground.earlier
    if "settlement_overpayment" not in given.rules.articles:
        _refuse(line, f"is claimed under {given.rules.agreement}, which sets off nothing", "kind")
    paid = None if earlier is None or not earlier.provisional else earlier.payable
    if paid is None or paid.currency != given.payable.currency or paid <= given.payable:
        _refuse(
            line,
            "rests on a decision that did not replace a higher provisional one, so nothing was "
            "overpaid",
            "decision",
        )
    counterpart = given.ground.counterpart
    if counterpart is None or counterpart.payable is None or not counterpart.payable.minor:
        _refuse(
            line, "names no decision of the debtor from whose arrears it is set off", "counterpart"
        )
    arrears = rates_of(given.claim.rates).convert(
        exactly(counterpart.payable), given.claim.currency, key="rates"
    )
    over = paid - given.payable
    least = min(exactly(over) * line.months, arrears * line.months, key=lambda one: one.exact)
    held = ", held to the arrears" if arrears < exactly(over) else ""
    return Limit(
        minor=least.rounded(Rounding.HALF_UP).minor,
        articles=given.rules.cite("settlement_overpayment"),
        words=f"{line.months} months at {paid} provisionally instead of {given.payable}{held}",
    )


def _family(given: _Given) -> Limit:
    line, rules = given.line, given.rules
    if given.ground.claim.branch is not Branch.FAMILY or "family_refund_percent" not in rules.more:
        _refuse(line, f"is no half of family benefits under {rules.agreement}", "kind")
    if given.ground.counterpart is None:
        _refuse(line, "names no decision of the debtor on its own family benefits", "counterpart")
    # whoever has priority in another way than by the highest amount pays alone
    _check_rests_on(given, "family_refund", given.ground.decision, given.ground.counterpart)
    percent = cast("int", rules.more["family_refund_percent"])
    half = exactly(given.payable) * Fraction(percent, _PER_CENT)
    own = given.own_law()
    limited = own is not None and own < half
    monthly = (own if own is not None and limited else half).rounded(Rounding.HALF_UP)
    held = ", held to the debtor's own benefit" if limited else ""
    words = f"{line.months} months at {percent} % of {given.payable}{held}"
    concerned = given.ground.concerned
    if concerned is not None and concerned < monthly:
        words = f"{line.months} months at {concerned}, for the family members concerned alone"
        monthly = concerned
    return Limit(
        minor=monthly.minor * line.months, articles=rules.cite("family_refund"), words=words
    )


def _check_rests_on(given: _Given, step: str, *decisions: Determination) -> None:
    """Refuse a line where a decision was not made by the rule that lets it be claimed."""
    articles = given.rules.cite(step)
    for one in decisions:
        if not set(articles) <= {*one.basis}:
            _refuse(
                given.line,
                f"is no {given.line.kind.value}, since the decision of {one.header.sender} does "
                f"not rest on {' and '.join(articles)}; who pays by another rule is refunded "
                "nothing",
                "kind",
            )


def _check_deadline(given: _Given, pack: Pack) -> None:
    """Refuse a claim that has lapsed, where the pack sets a limit for its kind."""
    due = claim_until(given.line, given.ground, pack)
    made = given.claim.header.created.date()
    if due is not None and made > due[0]:
        _refuse(given.line, f"had to be claimed by {due[0]} ({due[1]}); it has lapsed", "months")


def claim_until(line: ClaimLine, ground: Ground, pack: Pack) -> tuple[date, str] | None:
    """The last day on which the line may be claimed, and the source; None where there is none."""
    day = ground.claim.award_date
    if DEADLINES not in pack.rules_on(day).more:
        return None
    found = pack.dated(DEADLINES, day)
    months = cast("Mapping[str, int]", found.value)
    if line.kind is RefundKind.UNEMPLOYMENT:
        last = line.each_month[-1]
        rest = _HALF_YEAR - (last.month - 1) % _HALF_YEAR
        begins = months_after(last, rest)  # the half-year after that of the last payment
        return last_day_of(begins, months["unemployment_refund"]), found.source
    if line.kind is RefundKind.OVERPAYMENT:
        key = "overpaid_pension" if ground.claim.branch in _PENSIONS else "provisional_payments"
        decided = [ground.decision, *([ground.counterpart] if ground.counterpart else [])]
        told = max(one.header.created.date() for one in decided)
        return months_after(told, months[key]), found.source
    return None


def payment_due(claim: RefundClaim, pack: Pack, day: date) -> tuple[date, str] | None:
    """
    By when a claim is paid: months after the end of that in which it was made, and the source.

    By the rules of the ``day`` of award; None where they set no term, as for all but unemployment
    benefits. Source: Regulation 987/2009 Art 67(5), which its Art 70 takes over, and no other.
    """
    is_termed = any(line.kind is RefundKind.UNEMPLOYMENT for line in claim.lines)
    if not is_termed or DEADLINES not in pack.rules_on(day).more:
        return None
    found = pack.dated(DEADLINES, day)
    months = cast("Mapping[str, int]", found.value)
    made = claim.header.created.date().replace(day=1)
    return last_day_of(made, months["payment"] + 1), found.source


def _refuse(line: ClaimLine, why: str, field: str = "lines") -> NoReturn:
    raise InvalidInputError(f"line {line.number} {why}", field=field, line=str(line.number))


_LIMITS: Final = {
    RefundKind.UNEMPLOYMENT: _unemployment,
    RefundKind.OVERPAYMENT: _overpayment,
    RefundKind.FAMILY: _family,
}
