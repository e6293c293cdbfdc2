"""
Every number unfolded to the records, conversions and articles that it rests on, in words.

An explanation is a tree: a statement with its value, the articles, and the statements below it. The
words are meant to be put into a decision.
"""

from portability.core.aggregation import Aggregate
from portability.core.benefits import Settlement
from portability.core.entitlement import Entitlement, PaidAs, Reason
from portability.core.explained_amounts import (
    benefit_for_all,
    independent_benefit,
    pro_rata_benefit,
    supplement,
)
from portability.core.explained_periods import named_sum, unfold
from portability.core.explanation_tree import Explanation
from portability.core.findings import words
from portability.core.insured_at_risk import InsuredBy
from portability.core.ruling import Line, Ruling

_PAID = {
    PaidAs.INDEPENDENT: "the independent benefit, since it is not lower than the pro-rata benefit",
    PaidAs.PRO_RATA: "the pro-rata benefit, since no higher independent benefit is due",
    PaidAs.ALL_PERIODS: "the benefit for all periods, as the last jurisdiction whose conditions "
    "are met, since every jurisdiction holds less than a year",
}
_REASONS = {
    Reason.NO_OWN_PERIODS: "no period counts there",
    Reason.MINIMUM_NOT_MET: "the qualifying period is not reached, even with all periods together",
    Reason.SHORT_PERIOD: "its own periods are shorter than one year and open no right alone",
    Reason.CONDITIONS_NOT_MET: "its conditions other than periods are not met yet",
    Reason.DEFERRED: "the person asked to defer this benefit",
    Reason.NOT_INSURED: "the person was not insured when the risk materialised, neither there nor "
    "elsewhere, and no benefit is due elsewhere",
    Reason.AMOUNT_UNKNOWN: "the case does not give what is needed to calculate the amount",
    Reason.OTHER_PAYS: "another jurisdiction pays",
    Reason.NOT_EXPORTED: "it is paid only to those who live there",
}


_INSURED = {
    InsuredBy.ELSEWHERE: "the person was insured elsewhere then, which is enough after earlier "
    "insurance there",
    InsuredBy.BENEFIT: "a benefit is due elsewhere, which is enough after earlier insurance there",
}


def explain(settlement: Settlement) -> tuple[Explanation, ...]:
    """One explanation per scheme, in the settlement's order; then one per ruling."""
    schemes = tuple(_explain(item, settlement) for item in settlement.entitlements)
    return schemes + tuple(_ruled(item) for item in settlement.rulings)


def _ruled(ruling: Ruling) -> Explanation:
    """A decision in the words in which it was made."""
    last = ruling.lines[-1]
    return Explanation(
        text=f"{ruling.jurisdiction}: {_told(last)}",
        value=last.number,
        articles=last.articles,
        parts=tuple(
            Explanation(text=_told(line), value=line.number, articles=line.articles)
            for line in ruling.lines[:-1]
        ),
    )


def _told(line: Line) -> str:
    return f"{line.text}: {line.number}" if line.number else line.text


def _explain(item: Entitlement, settlement: Settlement) -> Explanation:
    label = item.scheme.label
    if item.reason is not None:
        text = f"{label} pays nothing now: {_REASONS[item.reason]}"
    else:
        text = f"{label} pays {item.payable}: {_PAID[item.paid_as]}"
        text += "" if item.supplement is None else ", and a supplement up to its minimum benefit"
    if item.notes:
        return _by_method(item, settlement)
    parts = [independent_benefit(item, settlement), pro_rata_benefit(item, settlement)]
    parts.append(benefit_for_all(item, settlement))
    parts.append(_periods(item.aggregate, item, settlement))
    told = _INSURED.get(item.standing.insured)
    if told is not None:
        asked = f"Its law asks for insurance when the risk materialised: {told}"
        cited = settlement.rules.cite("insured_at_risk")
        parts.append(Explanation(text=asked, value=item.standing.insured.value, articles=cited))
    if item.supplement is not None:
        parts.append(supplement(item, settlement))
    return Explanation(
        text=text,
        value=str(item.payable),
        articles=item.basis,
        parts=tuple(part for part in parts if part is not None),
    )


def _by_method(item: Entitlement, settlement: Settlement) -> Explanation:
    """A scheme whose method says in its own words how it came to the amount."""
    label = item.scheme.label
    text = f"{label} pays {item.payable}"
    if item.reason is not None:
        text = f"{label} pays nothing now: {_REASONS[item.reason]}"
    steps = tuple(
        Explanation(text=note.text, value=str(item.payable), articles=note.articles)
        for note in item.notes
    )
    return Explanation(
        text=text,
        value=str(item.payable),
        articles=item.basis,
        parts=(*steps, _periods(item.aggregate, item, settlement)),
    )


def _periods(sums: Aggregate, item: Entitlement, settlement: Settlement) -> Explanation:
    minimum = item.scheme.minimum
    needed = "" if minimum is None else f"; required are {words(minimum)}"
    cited = settlement.rules.cite("aggregation")
    records = settlement.resolution.records
    return unfold(f"Periods: {named_sum(sums)}{needed}", sums, records, settlement.rules, cited)
