"""A claim as the methods see it, and the entitlements that most of them make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from portability.core.aggregation import in_unit, reaches
from portability.core.agreement import Method, OverlapRule, Rules
from portability.core.amounts import Ratio
from portability.core.discrepancy import Discrepancy
from portability.core.entitlement import Entitlement, Note, PaidAs, Reason
from portability.core.formulas import Career
from portability.core.measure import Entry
from portability.core.money import ExactMoney, Money, exactly
from portability.core.overlap import Resolution, resolve, unique
from portability.core.periods import Branch, Period
from portability.core.scheme import Circumstances, Scheme
from portability.core.standing import History, Standing, assess, counting_by
from portability.core.units import Exact
from portability.errors import InvalidInputError

NO_DETAILS: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim under one agreement; ``found`` collects what someone should look at."""

    rules: Rules
    branch: Branch
    periods: tuple[Period, ...]
    schemes: tuple[Scheme, ...]
    circumstances: Circumstances
    found: list[Discrepancy] = field(default_factory=list)

    def method(self, scheme: Scheme) -> Method:
        """How this party pays in this branch."""
        by_party = self.rules.more.get("party_method", {})
        assert isinstance(by_party, MappingProxyType | dict)  # noqa: S101  # by its reader
        found = by_party.get(scheme.jurisdiction, self.rules.branches[self.branch])
        assert isinstance(found, Method)  # noqa: S101  # by its reader
        return found

    def note(self, finding: Discrepancy) -> None:
        """Remember what someone should look at, once."""
        if finding not in self.found:
            self.found.append(finding)

    @property
    def own_prevails(self) -> bool:
        return OverlapRule.OWN_PREVAILS in self.rules.overlap_rules

    def history(self, jurisdiction: str) -> History:
        """The records as one party sees them: its own prevail where the agreement says so."""
        favoured = jurisdiction if self.own_prevails else None
        resolution = resolve(self.periods, self.rules, self.branch, favoured=favoured)
        return History(
            entries=resolution.records,
            branch=self.branch,
            rules=self.rules,
            counting=counting_by(self.rules, self.schemes),
            favoured=favoured,
        )

    def plain(self) -> Resolution:
        """
        The records of each party by themselves where its own prevail; else as the agreement says.

        So the shown state of a record is that in the eyes of the party that certified it, if its
        law is asked; else of those that add it. Where foreign coverage is credited spell by spell,
        each record stands alone.
        """
        if not self.own_prevails:
            return resolve(self.periods, self.rules, self.branch)
        by_spell = "crediting" in self.rules.more
        groups: dict[str, list[Period]] = {}
        for record in unique(self.periods):
            groups.setdefault(record.id if by_spell else record.jurisdiction, []).append(record)
        asked = {scheme.jurisdiction for scheme in self.schemes}
        resolved = [
            resolve(held, self.rules, self.branch, favoured=code if code in asked else None)
            for held in groups.values()
            for code in [held[0].jurisdiction]
        ]
        entries = [entry for item in resolved for entry in item.records]
        return Resolution(
            records=tuple(sorted(entries, key=lambda entry: entry[0].id)),
            discrepancies=tuple(found for item in resolved for found in item.discrepancies),
        )

    def standing(self, scheme: Scheme) -> Standing:
        """How a scheme stands on the records as it sees them."""
        history = self.history(scheme.jurisdiction)
        standing = assess(scheme, _held(scheme, history.entries), history)
        return without_foreign(standing) if scheme.facts.get("lump_sum") else standing


def with_right(standing: Standing, rules: Rules) -> Standing:
    """
    The standing where a right may rest on foreign periods alone, as where one state pays for all.

    National law alone counts the own periods that foreign ones displace in the sum of both.
    """
    scheme = standing.scheme
    alone = reaches(standing.held.own, scheme.minimum, scheme.unit, rules)
    together = alone or reaches(standing.qualifying.total, scheme.minimum, scheme.unit, rules)
    return replace(standing, alone=alone, together=together)


def without_foreign(standing: Standing) -> Standing:
    """
    The standing on own periods alone, where nothing is added; as for lump-sum refunds.

    Rules on overlapping periods belong to adding them, so foreign ones displace none here.
    """
    held, earning = standing.held, standing.earning
    return replace(
        standing,
        entries=standing.restored or standing.entries,
        qualifying=replace(held, foreign=(), total=held.own, capped=False),
        calculating=replace(earning, foreign=(), total=earning.own, capped=False),
        together=standing.alone,
    )


def _held(scheme: Scheme, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Foreign records, and own ones of this scheme."""
    return tuple(
        entry
        for entry in entries
        if entry[0].jurisdiction != scheme.jurisdiction or scheme.holds(entry[0])
    )


def check_claim(rules: Rules, branch: Branch, schemes: Sequence[Scheme]) -> None:
    """Refuse a branch that the agreement does not cover, and a scheme of another state."""
    if branch not in rules.branches:
        covered = ", ".join(item.value for item in rules.branches)
        raise InvalidInputError(
            f"branch: the agreement {rules.agreement} does not cover {branch}; it covers {covered}",
            field="branch",
        )
    for scheme in schemes:
        if scheme.jurisdiction not in rules.parties:
            raise InvalidInputError(
                f"scheme.{scheme.jurisdiction}: {scheme.jurisdiction} is not a party to "
                f"{rules.agreement} on {rules.day}",
                field=f"scheme.{scheme.jurisdiction}",
            )


def refusal(standing: Standing) -> Reason | None:
    """Why a scheme pays nothing now, whatever its method; None if its conditions are met."""
    scheme = standing.scheme
    reasons = (
        (standing.qualifying.own == 0, Reason.NO_OWN_PERIODS),
        (scheme.deferred, Reason.DEFERRED),
        (not scheme.conditions_met, Reason.CONDITIONS_NOT_MET),
        (standing.short, Reason.SHORT_PERIOD),
        (not standing.together, Reason.MINIMUM_NOT_MET),
    )
    return next((reason for holds, reason in reasons if holds), None)


def on_own_periods(standing: Standing, claim: Claim) -> ExactMoney | None:
    """The benefit on own periods alone, whether or not they open the right alone."""
    scheme = standing.scheme
    if scheme.formula is None:
        return None if scheme.independent is None else exactly(scheme.independent)
    own = standing.earning.own
    return scheme.formula.amount(_career(scheme, own, own, claim)) if own else None


def on_all_periods(standing: Standing, claim: Claim) -> ExactMoney | None:
    """The benefit as if all periods were own ones."""
    scheme = standing.scheme
    if scheme.formula is None:
        return None if scheme.theoretical is None else exactly(scheme.theoretical)
    own, total = standing.earning.own, standing.calculating.total
    return scheme.formula.amount(_career(scheme, own, total, claim)) if own else None


def _career(scheme: Scheme, own: Exact, counted: Exact, claim: Claim) -> Career:
    full = (
        None
        if scheme.full_career is None
        else in_unit(scheme.full_career, scheme.unit, claim.rules)
    )
    return Career(
        own=own, counted=counted, year=claim.rules.conversion.maximum(scheme.unit), full=full
    )


def nothing(standing: Standing, claim: Claim, reason: Reason, *steps: str) -> Entitlement:
    """A scheme that pays nothing, and why."""
    currency = standing.scheme.currency
    return Entitlement(
        standing=standing,
        independent=None,
        theoretical=None,
        ratio=None,
        pro_rata=None,
        voluntary=None,
        left_out=(),
        payable=None if currency is None else Money(minor=0, currency=currency),
        supplement=None,
        paid_as=PaidAs.NONE,
        reason=reason,
        basis=claim.rules.cite(*(steps or ("aggregation",))),
    )


def paying(
    standing: Standing,
    claim: Claim,
    *,
    paid: Money | None,
    paid_as: PaidAs,
    steps: Sequence[str],
    independent: Money | None = None,
    theoretical: Money | None = None,
    ratio: Ratio | None = None,
    pro_rata: Money | None = None,
    details: Mapping[str, object] = NO_DETAILS,
    notes: Sequence[Note] = (),
) -> Entitlement:
    """A scheme that pays ``paid``; None if the case does not give what is needed to know it."""
    return Entitlement(
        standing=standing,
        independent=independent,
        theoretical=theoretical,
        ratio=ratio,
        pro_rata=pro_rata,
        voluntary=None,
        left_out=(),
        payable=paid,
        supplement=None,
        paid_as=PaidAs.UNKNOWN if paid is None else paid_as,
        reason=Reason.AMOUNT_UNKNOWN if paid is None else None,
        basis=claim.rules.cite(*steps),
        details=details,
        notes=tuple(notes),
    )


def of_own_law(paid: Money | None, *, alone: bool) -> Money | None:
    """The independent benefit where one law pays it: none if it took periods of others."""
    return paid if alone else None


def rounded(amount: ExactMoney | None, scheme: Scheme) -> Money | None:
    return None if amount is None else amount.rounded(scheme.rounding)
