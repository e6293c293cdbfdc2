"""Activity in two or more Member States (883/2004 Art 13, 987/2009 Art 14)."""

from collections.abc import Sequence
from fractions import Fraction

from portability.core.agreement import Rules
from portability.core.branches.parameters import SeatRule
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.legislation.decision import Decision
from portability.core.legislation.facts import (
    EMPLOYED,
    FOR_EMPLOYED,
    FOR_SELF_EMPLOYED,
    Criterion,
    Situation,
    Work,
)
from portability.core.legislation.shares import PER_CENT, Placed, shares_in
from portability.core.units import exact_text
from portability.errors import InvalidInputError

Seats = frozenset[str]


def by_several(situation: Situation, counted: Sequence[Placed], rules: Rules) -> Decision | None:
    """The legislation under Art 13, if counted activities lie in two or more parties."""
    inside = [item for item in counted if item.place in rules.parties]
    servants = [item for item in inside if item.activity.work is Work.CIVIL_SERVANT]
    if servants:
        return _civil_servant(situation, servants, inside, rules)
    if len({item.place for item in inside}) < 2:  # noqa: PLR2004  # several states
        return None
    places = {item.place for item in inside if item.activity.work in EMPLOYED}
    employed = [item for item in counted if item.activity.work in EMPLOYED]
    if not places:
        alone = [item for item in counted if item.activity.work is Work.SELF_EMPLOYED]
        return _self_employed(situation, alone, rules)
    if all(item.activity.work in EMPLOYED for item in inside):
        return _employed(situation, employed, rules, ())
    if len(places) > 1:
        return _employed(situation, employed, rules, ("several_employed_first",))
    return _employed_first(min(places))


def _civil_servant(
    situation: Situation, servants: Sequence[Placed], inside: Sequence[Placed], rules: Rules
) -> Decision:
    """The law of the administration, whatever else is done elsewhere (Art 11(3)(b), 13(4))."""
    step = "several_civil_servant"
    administrations = {item.activity.seat or item.place for item in servants}
    if len(administrations) > 1:
        return undetermined(
            situation,
            f"civil servant of {' and '.join(sorted(administrations))}",
            "Ask the authorities for an agreement on an exception.",
            rules.cite(step)[0],
            step,
        )
    others = {item.place for item in inside if item.activity.work is not Work.CIVIL_SERVANT}
    competent = min(administrations)
    if others <= administrations:
        return Decision(
            competent=competent,
            rule="civil-servant",
            steps=("civil_servant", "place_of_work") if others else ("civil_servant",),
            reasons=((f"civil servant of {competent}", "civil_servant"),),
        )
    text = f"civil servant of {competent} with another activity elsewhere"
    return Decision(
        competent=competent,
        rule="civil-servant",
        steps=(step, "several_as_one"),
        reasons=((text, step),),
    )


def _employed_first(competent: str) -> Decision:
    """Employment prevails over self-employment elsewhere (Art 13(3))."""
    step = "several_employed_first"
    return Decision(
        competent=competent,
        rule="employment-before-self-employment",
        steps=(step, "several_as_one"),
        reasons=((f"employed in {competent}, self-employed elsewhere", step),),
    )


def _employed(
    situation: Situation, employed: Sequence[Placed], rules: Rules, before: tuple[str, ...]
) -> Decision:
    substantial, reasons, found = is_substantial(situation, employed, FOR_EMPLOYED, rules)
    if substantial:
        return Decision(
            competent=situation.residence,
            rule="substantial-part-at-residence",
            steps=(*before, "several_residence", "substantial", "several_as_one"),
            reasons=reasons,
            found=found,
        )
    seats = _seats(employed)
    inside = frozenset(seats & set(rules.parties))
    if not inside:
        text = "the employer is established outside the Union"
        competent, rule, step = situation.residence, "employer-outside", "employer_outside"
    else:
        employers = {item.activity.employer for item in employed}
        competent, rule, step, text = _by_seats(situation, inside, len(employers), rules)
    return Decision(
        competent=competent,
        rule=rule,
        steps=(*before, step, "substantial", "several_as_one"),
        reasons=(*reasons, (text, step)),
        found=found,
    )


def _seats(employed: Sequence[Placed]) -> Seats:
    for item in employed:
        if item.activity.seat is None:
            raise InvalidInputError(
                f"activity: say where {item.activity.employer} has its seat; the law depends on it",
                field="activity",
            )
    return frozenset(item.activity.seat or "" for item in employed)


def _by_seats(
    situation: Situation, seats: Seats, employers: int, rules: Rules
) -> tuple[str, str, str, str]:
    """Competent jurisdiction, rule, article's key and words; ``seats`` lie in the parties."""
    named = " and ".join(sorted(seats))
    if len(seats) == 1:
        step = "several_seat" if employers == 1 else "several_one_seat"
        text = f"{employers} employer{'s' if employers > 1 else ''} seated in {named}"
        return min(seats), "seat-of-employer", step, text
    residence = situation.residence
    text = f"employers seated in {named}"
    if rules.more["seat_rule"] is SeatRule.RESIDENCE_IF_SEATS_DIFFER:
        return residence, "seats-differ", "several_residence", text
    others = seats - {residence}
    if len(others) == 1:
        return min(others), "seat-other-than-residence", "several_other_seat", text
    return residence, "seats-differ", "several_seats_differ", text


def _self_employed(situation: Situation, counted: Sequence[Placed], rules: Rules) -> Decision:
    substantial, reasons, found = is_substantial(situation, counted, FOR_SELF_EMPLOYED, rules)
    if substantial:
        return Decision(
            competent=situation.residence,
            rule="substantial-part-at-residence",
            steps=("several_self_employed", "substantial", "several_as_one"),
            reasons=reasons,
            found=found,
        )
    centre = situation.centre_of_interest or _largest(counted, rules)
    if centre is None:
        return undetermined(
            situation,
            "no centre of interest of the self-employed activities is known",
            "Give centre_of_interest: fixed place of business, duration, services, intention.",
            rules.cite("several_centre")[0],
            "several_centre",
        )
    return Decision(
        competent=centre,
        rule="centre-of-interest",
        steps=("several_centre", "substantial", "several_as_one"),
        reasons=(*reasons, (f"the centre of interest lies in {centre}", "several_centre")),
        found=found,
    )


def _largest(counted: Sequence[Placed], rules: Rules) -> str | None:
    """Where the largest part lies by the first criterion that is known; None if that is a tie."""
    places = sorted({item.place for item in counted if item.place in rules.parties})
    known = {place: shares_in(place, counted, FOR_SELF_EMPLOYED) for place in places}
    for criterion in FOR_SELF_EMPLOYED:
        if all(criterion in shares for shares in known.values()):
            best = max(shares[criterion] for shares in known.values())
            leading = [place for place, shares in known.items() if shares[criterion] == best]
            return leading[0] if len(leading) == 1 else None
    return None


def is_substantial(
    situation: Situation,
    among: Sequence[Placed],
    criteria: tuple[Criterion, ...],
    rules: Rules,
) -> tuple[bool, tuple[tuple[str, str], ...], tuple[Discrepancy, ...]]:
    """
    Whether a substantial part is pursued at the residence, the reasons, and what to look at.

    One criterion that reaches the threshold is enough (OPEN: the text asks for an overall
    assessment); if they disagree, that is reported. Raises InvalidInputError if none is known.
    """
    residence = situation.residence
    if all(item.place != residence for item in among):
        return False, ((f"no activity in {residence}, the residence", "substantial"),), ()
    if situation.substantial_at_residence is not None:
        text = "a substantial part" if situation.substantial_at_residence else "no substantial part"
        reason = (f"{text} in {residence}, as the institution found", "substantial")
        return situation.substantial_at_residence, (reason,), ()
    shares = shares_in(residence, among, criteria)
    if not shares:
        raise InvalidInputError(
            f"activity: give {' or '.join(criteria)} of every activity, or "
            "substantial_at_residence; the law depends on it",
            field="activity",
        )
    return _weigh(residence, shares, rules)


def _weigh(
    residence: str, shares: dict[Criterion, Fraction], rules: Rules
) -> tuple[bool, tuple[tuple[str, str], ...], tuple[Discrepancy, ...]]:
    threshold = rules.more["substantial_share_percent"]
    assert isinstance(threshold, int)  # noqa: S101  # by its reader
    verdicts = {criterion: share * PER_CENT >= threshold for criterion, share in shares.items()}
    begins = f", the residence; a substantial part begins at {threshold} %"
    reasons = tuple(
        (f"{exact_text(share * PER_CENT)} % of {criterion} in {residence}{begins}", "substantial")
        for criterion, share in shares.items()
    )
    if len(set(verdicts.values())) == 1:
        return all(verdicts.values()), reasons, ()
    reached = " and ".join(item for item, verdict in verdicts.items() if verdict)
    finding = Discrepancy(
        kind=DiscrepancyKind.CRITERIA_DIFFER,
        jurisdiction=residence,
        records=(),
        detail=f"only {reached} reaches {threshold} %",
        action="Assess all criteria together; say substantial_at_residence if that gives another "
        "result.",
        article=rules.cite("substantial")[0],
    )
    return True, reasons, (finding,)


def undetermined(
    situation: Situation, detail: str, action: str, article: str, step: str
) -> Decision:
    """The rules do not decide; a person must."""
    finding = Discrepancy(
        kind=DiscrepancyKind.LEGISLATION_UNDETERMINED,
        jurisdiction=situation.residence,
        records=(),
        detail=detail,
        action=action,
        article=article,
    )
    return Decision(
        competent=None,
        rule="undetermined",
        steps=(step,),
        reasons=((detail, step),),
        found=(finding,),
    )
