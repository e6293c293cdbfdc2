"""The legislation that applies as one JSON document, and whether it is what the file expects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from portability.core.agreement import Pack, Rules
from portability.core.branches.parameters import dispute_limits
from portability.core.discrepancy import Discrepancy
from portability.core.expectations import Expectations, compare
from portability.core.legislation.determination import Determination, determine
from portability.core.legislation.facts import Activity, Criterion, Dispute, Voluntary
from portability.core.legislation.reader import KIND, LegislationCase
from portability.core.legislation.shares import PER_CENT, shares_in
from portability.core.periods import Branch
from portability.core.ruling import Line, Ruling
from portability.core.time_limits import months_after
from portability.core.units import exact_text

_VOLUNTARY_BRANCHES = frozenset({Branch.INVALIDITY, Branch.OLD_AGE, Branch.SURVIVORS})


@dataclass(frozen=True, slots=True, kw_only=True)
class LegislationResult:
    """A case and its determination."""

    case: LegislationCase
    determination: Determination

    @property
    def rulings(self) -> tuple[Ruling, ...]:
        """One per jurisdiction that the facts name, the competent one first."""
        return tuple(_ruling(code, self.determination) for code in _jurisdictions(self))

    @property
    def discrepancies(self) -> tuple[Discrepancy, ...]:
        return self.determination.decision.found

    @property
    def expectations(self) -> Expectations:
        """The expected values of the file compared with the result, key by key."""
        return compare(self.case.expect, self._document())

    def to_json(self) -> dict[str, object]:
        """The document that ``portability case --json`` prints."""
        return self._document() | {"expectations": self.expectations.to_json()}

    def _document(self) -> dict[str, object]:
        found, decision = self.determination, self.determination.decision
        document: dict[str, object] = {
            "title": self.case.title,
            "source": self.case.source,
            "agreement": found.rules.agreement,
            "agreement_version": found.rules.version,
            "kind": KIND,
            "date": found.situation.day.isoformat(),
            "residence": found.situation.residence,
            "competent": decision.competent,
            "rule": decision.rule,
            "basis": list(found.rules.cite("one_legislation", *decision.steps)),
            "reasons": [
                {"text": text, "article": found.rules.cite(step)[0]}
                for text, step in decision.reasons
            ],
        }
        if decision.until is not None:
            document["until"] = decision.until.isoformat()
        return (
            document
            | self._standing()
            | {
                "jurisdictions": {item.jurisdiction: dict(item.facts) for item in self.rulings},
                "discrepancies": [item.to_json() for item in self.discrepancies],
            }
        )

    def _standing(self) -> dict[str, object]:
        """Whether the decision is final, and who is provisionally competent in a dispute."""
        found, situation = self.determination, self.determination.situation
        document: dict[str, object] = {}
        if situation.informed is not None and found.state is not None:
            months = found.rules.more["legislation_final_after_months"]
            assert isinstance(months, int)  # noqa: S101  # by its reader
            document["state"] = found.state.value
            document["objections_until"] = months_after(situation.informed.on, months).isoformat()
            document["state_basis"] = list(found.rules.cite("legislation_provisional"))
        if situation.dispute is not None and found.provisional is not None:
            steps = [found.provisional.step]
            document["provisionally"] = found.provisional.competent
            if situation.dispute.settled is not None:
                document["retroactively"] = situation.dispute.settled
                steps.append("dispute_retroactive")
            document["provisional_basis"] = list(found.rules.cite(*steps))
            limits = commission_limits(situation.dispute, found.rules)
            document |= {key: day.isoformat() for key, day in limits.items()}
            if limits:
                document["commission_basis"] = list(found.rules.cite("dispute_commission"))
        return document


def commission_limits(dispute: Dispute, rules: Rules) -> dict[str, date]:
    """
    From when a dispute may go to the Administrative Commission, and when it should be reconciled.

    As far as the case gives the days from which these run (987/2009 Art 6(3)).
    """
    limits = dispute_limits(rules)
    days = {}
    if dispute.arose is not None:
        days["commission_from"] = months_after(dispute.arose, limits.commission)
    if dispute.brought is not None:
        days["reconciled_by"] = months_after(dispute.brought, limits.conciliation)
    return days


def _jurisdictions(result: LegislationResult) -> list[str]:
    found = result.determination
    situation = found.situation
    named: list[str | None] = [found.decision.competent, *(item.place for item in found.placed)]
    named += [code for item in situation.activities for code in _named_in(item)]
    if situation.posting is not None:
        named += [situation.posting.sending, situation.posting.to]
    named += [situation.residence, *(item.jurisdiction for item in situation.voluntary)]
    return [code for code in dict.fromkeys(named) if code in found.rules.parties]


def _named_in(item: Activity) -> tuple[str | None, ...]:
    return (item.jurisdiction, item.seat, item.flag)


def _ruling(code: str, found: Determination) -> Ruling:
    rules, decision = found.rules, found.decision
    applies = code == decision.competent
    facts: dict[str, object] = {"applies": applies}
    lines: list[Line] = []
    if applies:
        facts |= {"rule": decision.rule, "basis": list(rules.cite(*decision.steps))}
        text = f"legislation applies: {decision.rule.replace('-', ' ')}"
        lines.append(_line(text, "", found, *decision.steps))
        lines += [_line(text, "", found, step) for text, step in decision.reasons]
    else:
        lines.append(_line("legislation does not apply", "", found, "one_legislation"))
    for name, percent in _percentages(code, found).items():
        facts[f"{name}_percent"] = percent
        lines.append(_line(f"share of {name}", f"{percent} %", found, "projection"))
    marginal = _is_marginal(code, found)
    if marginal is not None:
        facts["marginal"] = marginal
    if marginal:
        lines.append(_line("marginal activity, disregarded", "", found, "marginal"))
    if code == found.situation.residence:
        facts["residence"] = True
    facts |= dict(_voluntary(code, found))
    lines += voluntary_lines(code, found)
    return Ruling(jurisdiction=code, facts=facts, lines=tuple(lines))


def _line(text: str, number: str, found: Determination, *steps: str) -> Line:
    return Line(text=text, number=number, articles=found.rules.cite(*steps))


def _percentages(code: str, found: Determination) -> Mapping[str, int | str]:
    """The part of all activities that is pursued there, in per cent by criterion."""
    if all(item.place != code for item in found.placed):
        return {}
    shares = shares_in(code, found.placed, Criterion)
    return {item.value: exact_text(share * PER_CENT) for item, share in shares.items()}


def _is_marginal(code: str, found: Determination) -> bool | None:
    """Whether all that is done there is disregarded; None if nothing is done there."""
    there = [index for index, item in enumerate(found.placed) if item.place == code]
    return set(there) <= found.marginal if there else None


def _voluntary(code: str, found: Determination) -> Iterator[tuple[str, bool]]:
    """Whether a voluntary scheme may be joined beside the compulsory insurance (Art 14)."""
    for item in found.situation.voluntary:
        if item.jurisdiction == code:
            yield f"voluntary_{item.branch.value}", _may_join(item, found)


def _may_join(item: Voluntary, found: Determination) -> bool:
    return item.jurisdiction == found.decision.competent or (
        item.branch in _VOLUNTARY_BRANCHES and item.earlier_activity and item.allowed_by_law
    )


def voluntary_lines(code: str, found: Determination) -> Iterator[Line]:
    """The same in words."""
    for item in found.situation.voluntary:
        if item.jurisdiction == code:
            word = "may" if _may_join(item, found) else "may not"
            text = f"{word} join the voluntary scheme for {item.branch.value}"
            yield _line(text, "", found, "voluntary")


def settle_legislation_case(case: LegislationCase, pack: Pack) -> LegislationResult:
    """Determine the legislation of a case; raises as ``determine``."""
    return LegislationResult(case=case, determination=determine(case.situation, pack))
