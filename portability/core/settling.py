"""
Settling a claim by the methods that its agreement names.

Pro-rata and aggregation are those of ``benefits``; every other method is a module of ``methods``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from portability.core import benefits
from portability.core.agreement import Method, OverlapRule, Pack, Rules
from portability.core.benefits import NO_CIRCUMSTANCES, Determination, Settlement
from portability.core.branches.abroad import paid_abroad
from portability.core.branches.claim_facts import claim_facts
from portability.core.branches.invalidity import has_types, settle_invalidity
from portability.core.branches.one_law import settle_aggregated, settle_unaggregated
from portability.core.entitlement import Entitlement
from portability.core.family.settlement import settle_family_claim
from portability.core.findings import record_findings
from portability.core.methods.claim import Claim, check_claim
from portability.core.methods.fortieths import settle_fortieths
from portability.core.methods.home_collection import settle_home_collection
from portability.core.methods.one_payer import settle_integrated
from portability.core.methods.own_periods import settle_alone, settle_direct
from portability.core.methods.relative_earnings import settle_relative_earnings
from portability.core.overlap import unique
from portability.core.periods import Branch, Period
from portability.core.scheme import Circumstances, Scheme
from portability.core.totals import total_by_currency
from portability.core.unemployment.settling import settle_unemployment

_METHODS: Mapping[Method, Callable[[Scheme, Claim], Entitlement]] = MappingProxyType(
    {
        Method.RELATIVE_EARNINGS: settle_relative_earnings,
        Method.FORTIETHS: settle_fortieths,
        Method.DIRECT: settle_direct,
        Method.INTEGRATION: settle_integrated,
        Method.HOME_COLLECTION: settle_home_collection,
        Method.CONTRIBUTION_ONLY: settle_alone,
        Method.EXPORT_ONLY: settle_alone,
        Method.AGGREGATION: settle_aggregated,
        Method.NONE: settle_unaggregated,
        Method.LAST_STATE: settle_unemployment,
    }
)


def settle(
    periods: Iterable[Period],
    schemes: Sequence[Scheme],
    pack: Pack,
    branch: Branch,
    award_date: date,
    *,
    circumstances: Circumstances = NO_CIRCUMSTANCES,
) -> Settlement:
    """
    Determine each scheme's benefit, by the method of its jurisdiction.

    ``award_date`` is the date on which the risk materialised. Raises NoAgreementError if the pack
    does not hold on it, InvalidInputError if the agreement does not cover the claim, records
    contradict each other or currencies mix.
    """
    rules = _rules(pack, award_date, circumstances)
    check_claim(rules, branch, schemes)
    if rules.branches[branch] is Method.PRIORITY:
        return settle_family_claim(periods, circumstances.facts, rules)
    if branch is Branch.INVALIDITY and has_types(schemes, rules):
        found = settle_invalidity(periods, schemes, pack, award_date, circumstances)
    elif _has_own_methods(rules, branch):
        found = _settle_claim(
            Claim(
                rules=rules,
                branch=branch,
                periods=tuple(unique(periods)),
                schemes=tuple(schemes),
                circumstances=circumstances,
            )
        )
    else:
        found = benefits.settle(
            periods, schemes, pack, branch, award_date, circumstances=circumstances
        )
    return paid_abroad(found, circumstances.residence)


def _rules(pack: Pack, award_date: date, circumstances: Circumstances) -> Rules:
    """The rules of the award date; the formula of US amounts is that of the decision."""
    rules = pack.rules_on(award_date)
    decided = circumstances.facts.get("decision_date")
    if not isinstance(decided, date) or "earnings_basis" not in pack.parameters:
        return rules
    basis = pack.value("earnings_basis", decided)
    return replace(rules, more=MappingProxyType({**rules.more, "earnings_basis": basis}))


def _has_own_methods(rules: Rules, branch: Branch) -> bool:
    return (
        OverlapRule.OWN_PREVAILS in rules.overlap_rules
        or "party_method" in rules.more
        or rules.branches[branch] in _METHODS
    )


def _settle_claim(claim: Claim) -> Settlement:
    found = _by_pro_rata(claim) | {
        index: settled(scheme, claim)
        for index, scheme in enumerate(claim.schemes)
        for settled in [_own_method(claim, scheme)]
        if settled is not None
    }
    entitlements = tuple(found[index] for index in range(len(claim.schemes)))
    facts = claim_facts(claim)
    plain = claim.plain()
    return Settlement(
        rules=claim.rules,
        branch=claim.branch,
        resolution=plain,
        entitlements=entitlements,
        payable_total=MappingProxyType(total_by_currency(entitlements)),
        discrepancies=plain.discrepancies
        + record_findings(plain.records, claim.rules)
        + tuple(claim.found),
        facts=MappingProxyType(facts),
    )


def _own_method(claim: Claim, scheme: Scheme) -> Callable[[Scheme, Claim], Entitlement] | None:
    """How the scheme is settled by itself; None if it pays a share. Of a lump sum none is due."""
    found = _METHODS.get(claim.method(scheme))
    return settle_alone if found is None and scheme.facts.get("lump_sum") else found


def _by_pro_rata(claim: Claim) -> dict[int, Entitlement]:
    """The schemes without a method of their own, each on the records as it sees them."""
    chosen = [
        (index, scheme)
        for index, scheme in enumerate(claim.schemes)
        if _own_method(claim, scheme) is None
    ]
    if not chosen:
        return {}
    standings = [claim.standing(scheme) for _, scheme in chosen]
    history = claim.history(chosen[0][1].jurisdiction)
    entitlements, found = Determination(standings, history, claim.circumstances).run()
    for finding in found:
        claim.note(finding)
    return {index: item for (index, _), item in zip(chosen, entitlements, strict=True)}
