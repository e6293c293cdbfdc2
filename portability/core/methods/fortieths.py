"""
Pensions by years of residence, and benefits with a flat part (Canada).

Old Age Security: insurance in the partner state counts as residence for the right; the amount is
one fortieth of the full pension for each complete year of *actual* residence. Canada Pension Plan:
a calendar year with enough weeks of partner insurance counts as a contribution year for the right;
the part by earnings is computed directly, the flat part × contribution years / minimum qualifying
years, at most 1.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from portability.core.aggregation import Aggregate, in_unit
from portability.core.amounts import Ratio
from portability.core.conversion import exact_in, parts_of, round_up
from portability.core.entitlement import Entitlement, Note, PaidAs
from portability.core.formulas import Career
from portability.core.measure import Entry
from portability.core.methods.claim import Claim, nothing, paying, refusal, rounded
from portability.core.methods.parameters import Fortieths
from portability.core.methods.tables import FlatPart
from portability.core.money import ExactMoney, Money, exactly
from portability.core.scheme import Scheme
from portability.core.standing import Standing
from portability.core.units import Unit
from portability.core.yearly import share_of_year, yearly_sums


def settle_fortieths(scheme: Scheme, claim: Claim) -> Entitlement:
    """A pension by years of residence, or a benefit with a flat part if the case gives one."""
    flat = scheme.facts.get("flat_part")
    return _flat(scheme, flat, claim) if isinstance(flat, FlatPart) else _residence(scheme, claim)


def _residence(scheme: Scheme, claim: Claim) -> Entitlement:
    rule = claim.rules.more["fortieths"]
    assert isinstance(rule, Fortieths)  # noqa: S101  # by its reader
    standing = _in_complete_years(_own_residence(scheme, claim), claim)
    needed = _needed_years(scheme, rule, claim)
    own, total = standing.qualifying.own, standing.qualifying.total
    standing = replace(
        standing,
        alone=own >= needed,
        together=own >= rule.own_minimum and total >= needed,
        short=False,
    )
    reason = refusal(standing)
    if reason is not None:
        return nothing(standing, claim, reason, "aggregation", "fortieths_minimum")
    return _pay_share(standing, rule, claim)


def _pay_share(standing: Standing, rule: Fortieths, claim: Claim) -> Entitlement:
    scheme = standing.scheme
    ratio = Ratio(own=min(standing.qualifying.own, rule.years), total=rule.years)
    full = _full_amount(scheme, rule, claim)
    amount = rounded(None if full is None else full * ratio.exact, scheme)
    steps = [] if standing.alone else ["aggregation", "fortieths_minimum"]
    steps.append("fortieths")
    text = f"{ratio.own}/{ratio.total} of the full pension, for each complete year of residence"
    return paying(
        standing,
        claim,
        paid=amount,
        paid_as=PaidAs.INDEPENDENT if standing.alone else PaidAs.PRO_RATA,
        steps=steps,
        independent=amount if standing.alone else None,
        theoretical=rounded(full, scheme),
        ratio=ratio,
        pro_rata=amount,
        details={"method": "fortieths"},
        notes=[Note(text=text, articles=claim.rules.cite("fortieths"))],
    )


def _needed_years(scheme: Scheme, rule: Fortieths, claim: Claim) -> int:
    """Years that open the right: more of them if the pension is to be paid abroad."""
    abroad = claim.circumstances.residence not in {None, scheme.jurisdiction}
    by_agreement = rule.minimum_abroad if abroad else rule.minimum
    if scheme.minimum is None:
        return by_agreement
    by_law = round_up(in_unit(scheme.minimum, Unit.YEARS, claim.rules))
    return max(by_law, by_agreement) if abroad else by_law


def _full_amount(scheme: Scheme, rule: Fortieths, claim: Claim) -> ExactMoney | None:
    if scheme.formula is not None:
        year = claim.rules.conversion.maximum(Unit.YEARS)
        years = rule.years
        return scheme.formula.amount(Career(own=years, counted=years, year=year, full=years))
    return None if scheme.theoretical is None else exactly(scheme.theoretical)


def _own_residence(scheme: Scheme, claim: Claim) -> Standing:
    """Own residence where it is certified apart from contributions, else all own periods."""
    standing = claim.standing(scheme)
    own = [entry for entry in standing.entries if entry[0].jurisdiction == scheme.jurisdiction]
    if not any(record.type.is_residence for record, _ in own):
        return standing
    held = tuple(
        entry
        for entry in standing.entries
        if entry[0].jurisdiction != scheme.jurisdiction or entry[0].type.is_residence
    )
    history = claim.history(scheme.jurisdiction)
    sums = history.count(held, replace(scheme, unit=Unit.YEARS))
    return replace(standing, entries=held, qualifying=sums, calculating=sums)


def _in_complete_years(standing: Standing, claim: Claim) -> Standing:
    """Complete years, not rounded up: a fraction of a year of residence earns nothing."""
    history = claim.history(standing.scheme.jurisdiction)
    sums = history.count(standing.entries, replace(standing.scheme, unit=Unit.YEARS))
    exact = {code: length.exact for code, length in sums.lengths}
    own = standing.scheme.jurisdiction
    whole = replace(
        sums,
        own=int(exact[own]),
        foreign=tuple((code, int(value)) for code, value in exact.items() if code != own and value),
        total=int(sum(exact.values(), start=Fraction(0))),
        lengths=tuple(
            (code, replace(length, amount=int(length.exact))) for code, length in sums.lengths
        ),
    )
    return replace(standing, qualifying=whole, calculating=whole)


def _flat(scheme: Scheme, parts: FlatPart, claim: Claim) -> Entitlement:
    standing = _in_contribution_years(scheme, claim)
    reason = refusal(standing)
    if reason is not None:
        refused = nothing(standing, claim, reason, "aggregation", "flat_part")
        return replace(refused, payable=Money(minor=0, currency=parts.flat_part.currency))
    needed = 0
    if scheme.minimum is not None:
        needed = round_up(in_unit(scheme.minimum, Unit.YEARS, claim.rules))
    own = standing.qualifying.own
    ratio = Ratio(own=min(own, needed) if needed else own, total=needed or own)
    exact = exactly(parts.earnings_part) + exactly(parts.flat_part) * ratio.exact
    full = exactly(parts.earnings_part) + exactly(parts.flat_part)
    amount = rounded(exact, scheme)
    steps = ["flat_part"] if standing.alone else ["aggregation", "flat_part"]
    text = (
        f"The part by earnings, {parts.earnings_part}, and {ratio.own}/{ratio.total} of the flat "
        f"part, {parts.flat_part}"
    )
    return paying(
        standing,
        claim,
        paid=amount,
        paid_as=PaidAs.INDEPENDENT if standing.alone else PaidAs.PRO_RATA,
        steps=steps,
        independent=amount if standing.alone else None,
        theoretical=rounded(full, scheme),
        ratio=ratio,
        pro_rata=amount,
        details={"method": "flat-part"},
        notes=[Note(text=text, articles=claim.rules.cite("flat_part"))],
    )


def _in_contribution_years(scheme: Scheme, claim: Claim) -> Standing:
    """Own contribution years, and partner years that hold enough weeks and are not own ones."""
    standing = claim.standing(scheme)
    own = [
        entry
        for entry in standing.entries
        if entry[0].jurisdiction == scheme.jurisdiction and not entry[0].type.is_residence
    ]
    foreign = [entry for entry in standing.entries if entry[0].jurisdiction != scheme.jurisdiction]
    weeks = claim.rules.more["partner_weeks_per_year"]
    assert isinstance(weeks, int)  # noqa: S101  # by its reader
    mine = {year for year, length in _weeks_by_year(own, claim).items() if length}
    by_code: dict[str, set[int]] = defaultdict(set)
    for code in sorted({record.jurisdiction for record, _ in foreign}):
        held = [entry for entry in foreign if entry[0].jurisdiction == code]
        found = {year for year, length in _weeks_by_year(held, claim).items() if length >= weeks}
        by_code[code] = found - mine
    years = len(mine) or _declared_years(standing, own, claim)
    sums = _sums(standing.qualifying, years, by_code)
    needed = 0 if scheme.minimum is None else in_unit(scheme.minimum, Unit.YEARS, claim.rules)
    return replace(
        standing,
        qualifying=sums,
        calculating=sums,
        alone=0 < years >= needed,
        together=years > 0 and sums.total >= needed,
        short=False,
    )


def _declared_years(standing: Standing, own: list[Entry], claim: Claim) -> int:
    """Own years that are known by their sum only."""
    history = claim.history(standing.scheme.jurisdiction)
    return history.count(own, replace(standing.scheme, unit=Unit.YEARS)).own


def _sums(template: Aggregate, own: int, foreign: dict[str, set[int]]) -> Aggregate:
    return replace(
        template,
        unit=Unit.YEARS,
        own=own,
        foreign=tuple((code, len(years)) for code, years in foreign.items() if years),
        total=own + len(set().union(*foreign.values())),
        capped=False,
    )


def _weeks_by_year(entries: Iterable[Entry], claim: Claim) -> dict[int, Fraction]:
    """Weeks that count in each calendar year; records without dates have no year."""
    table = claim.rules.conversion
    found: dict[int, Fraction] = defaultdict(Fraction)
    for record, pieces in entries:
        if record.is_dated:
            held = [piece for piece in pieces if piece.counts]
            for year, declared in yearly_sums(record):
                share = share_of_year(record, held, year)
                found[year] += exact_in(parts_of(declared, table), Unit.WEEKS, table) * share
    return found
