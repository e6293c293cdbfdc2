"""Everybody who is not posted and does not work in several states (883/2004 Art 11 and 15)."""

from collections.abc import Sequence

from portability.core.agreement import Rules
from portability.core.legislation.decision import Decision
from portability.core.legislation.facts import Activity, Situation, Work
from portability.core.legislation.shares import Placed
from portability.errors import InvalidInputError


def by_contract(situation: Situation) -> Decision | None:
    """Contract staff of the Union: the law they chose once, else that of the work (Art 15)."""
    staff = _first(situation, Work.CONTRACT_STAFF)
    if staff is None:
        return None
    allowed = {staff.jurisdiction, situation.nationality, situation.earlier_legislation} - {None}
    if staff.choice is not None and staff.choice not in allowed:
        raise InvalidInputError(
            "activity: contract staff may choose the law of the work, of the last legislation or "
            "of the nationality (883/2004 Art 15)",
            field="choice",
        )
    text = "no choice was made" if staff.choice is None else f"{staff.choice} was chosen"
    return Decision(
        competent=staff.choice or staff.jurisdiction,
        rule="contract-staff",
        steps=("contract_staff",),
        reasons=((f"contract staff of the Union: {text}", "contract_staff"),),
    )


def by_single(situation: Situation, counted: Sequence[Placed], rules: Rules) -> Decision:
    """The general rules of Art 11(3) to (5), in their order; residence in the end."""
    inside = [item for item in counted if item.place in rules.parties]
    if inside:
        return _at_work(inside)
    benefit = _first(situation, Work.UNEMPLOYMENT_BENEFIT)
    if benefit is not None:
        return _decided(
            situation.residence,
            "unemployment-benefit",
            "unemployment_recipient",
            "receives unemployment benefit of the state of residence",
        )
    service = _first(situation, Work.MILITARY_SERVICE)
    if service is not None:
        return _decided(
            service.jurisdiction,
            "military-service",
            "called_up",
            f"called up for service by {service.jurisdiction}",
        )
    text = "works outside the Union only" if counted else "does not work"
    return _decided(situation.residence, "residence", "residence_only", text)


def _at_work(inside: Sequence[Placed]) -> Decision:
    place = inside[0].place
    steps = tuple(dict.fromkeys(step for item in inside for step in item.steps))
    return Decision(
        competent=place,
        rule="place-of-work",
        steps=(*steps, "place_of_work"),
        reasons=((f"works in {place} only", "place_of_work"),),
    )


def _decided(competent: str, rule: str, step: str, text: str) -> Decision:
    return Decision(competent=competent, rule=rule, steps=(step,), reasons=((text, step),))


def _first(situation: Situation, work: Work) -> Activity | None:
    return next((item for item in situation.activities if item.work is work), None)
