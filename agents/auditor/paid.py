"""The decisions of a bundle as they are told, and what they pay together, case by case."""

from collections import Counter
from collections.abc import Iterable, Mapping

from agents.auditor.findings import Findings
from agents.auditor.report import Determined, Paid
from agents.auditor.standing import Known, Standing, standings
from portability.core.money import Money
from portability.recognition.statements import Determination

Decisions = Mapping[bytes, Determination]


def paid_in(found: Findings) -> tuple[Paid, ...]:
    """Of each case with a decision that holds, in the order of their ids."""
    cases: dict[str, dict[bytes, Determination]] = {}
    for i, one in found.checked.items():
        if isinstance(one.content, Determination) and i not in found.failed:
            cases.setdefault(one.content.header.case_id, {})[i] = one.content
    return tuple(_paid(case, cases[case], found.known.get(case)) for case in sorted(cases))


def _paid(case: str, decisions: Decisions, known: Known | None) -> Paid:
    found = standings(decisions, known)
    ordered = sorted(decisions, key=lambda i: not found[i].counts)
    counted = [i for i in ordered if found[i].counts]
    return Paid(
        case=case,
        determinations=tuple(_determined(decisions[i], found[i]) for i in ordered),
        total=_totals(decisions[i] for i in counted),
        is_last=known is not None
        and (known.facts.withdrawn or known.is_decided)
        and not any(found[i].but for i in counted),
    )


def _determined(content: Determination, standing: Standing) -> Determined:
    return Determined(
        case=content.header.case_id,
        party=str(content.header.sender),
        unit=content.unit,
        own=content.own,
        total=content.total,
        payable=str(content.payable) if content.payable else "",
        paid_as=content.paid_as,
        basis=content.basis,
        is_paid=content.payable is not None and content.payable.minor > 0,
        replaced_by=standing.replaced_by.hex(),
        counts=standing.counts,
        notes=(standing.why,) if standing.why else standing.but,
    )


def _totals(decisions: Iterable[Determination]) -> dict[str, str]:
    totals: Counter[str] = Counter()
    for one in decisions:
        if one.payable is not None:
            totals[one.payable.currency] += one.payable.minor
    return {code: Money(minor=sum_, currency=code).decimal for code, sum_ in sorted(totals.items())}
