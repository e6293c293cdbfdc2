"""Family benefits per jurisdiction: numbers for a document, and words for a decision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portability.core.agreement import Rules
from portability.core.family.facts import KIND, Basis
from portability.core.family.payments import Payment, Refund, Settled
from portability.core.family.settling import Family, HeldOver
from portability.core.money import Money
from portability.core.ruling import Line, Ruling


@dataclass(frozen=True, slots=True)
class _Share:
    """What one jurisdiction does for one group."""

    settled: Settled
    payment: Payment
    refund: Refund | None


def family_rulings(family: Family, rules: Rules) -> tuple[Ruling, ...]:
    """One per jurisdiction with a right, those with priority first."""
    shares: dict[str, list[_Share]] = {}
    for settled in family.groups:
        for payment in settled.payments:
            code = payment.entitled.jurisdiction
            refund = settled.refund
            concerned = refund is not None and code in {refund.by, refund.to}
            share = _Share(settled, payment, refund if concerned else None)
            shares.setdefault(code, []).append(share)
    order = sorted(shares, key=lambda code: (min(x.payment.place for x in shares[code]), code))
    return tuple(_ruling(code, shares[code], family, rules) for code in order)


def _ruling(code: str, shares: Sequence[_Share], family: Family, rules: Rules) -> Ruling:
    payable = _sum([item.payment.payable for item in shares])
    own_law = _sum([item.payment.entitled.amount for item in shares])
    steps = tuple(dict.fromkeys(step for item in shares for step in _steps(item, family)))
    facts: dict[str, object] = {
        "right_based_on": shares[0].payment.entitled.basis.value,
        "priority": all(item.payment.place == 1 for item in shares),
        "entitled": str(own_law),
        "suspended": str(_sum([item.payment.suspended for item in shares])),
        "supplement": str(_sum([_supplement(item.payment) for item in shares])),
        "payable": str(payable),
        "paid_as": _paid_as(shares),
        "basis": list(rules.cite(*steps)),
    }
    facts |= _refund_facts(code, shares)
    if len(shares) > 1:
        facts["groups"] = [_group(item) for item in shares]
    lines = [line for item in shares for line in _lines(item, code, family, rules)]
    lines.append(_payable_line(payable, rules))
    return Ruling(
        jurisdiction=code, facts=facts, lines=tuple(lines), payable=payable, own_law=own_law
    )


def _payable_line(payable: Money, rules: Rules) -> Line:
    return Line(
        text="payable each month", number=str(payable), articles=rules.cite("family_rights")
    )


def _sum(amounts: Sequence[Money]) -> Money:
    total = amounts[0]
    for amount in amounts[1:]:
        total += amount
    return total


def _supplement(payment: Payment) -> Money:
    if payment.place == 1:
        return Money(minor=0, currency=payment.payable.currency)
    return payment.payable


def _paid_as(shares: Sequence[_Share]) -> str:
    return " and ".join(sorted({_paid(item.payment) for item in shares}))


def _paid(payment: Payment) -> str:
    if payment.place == 1:
        return "priority"
    return "supplement" if payment.payable.minor else "nothing"


def _steps(item: _Share, family: Family) -> tuple[str, ...]:
    payment = item.payment
    steps = [payment.ranked.step if payment.place == 1 else "family_supplement"]
    if item.refund is not None:
        steps.append("family_refund")
    if family.held(item.settled) is not None:
        steps.append("family_change")
    if payment.place > 1 and _currencies(item.settled) > 1:
        steps.append("exchange_rate")
    return tuple(steps)


def _currencies(settled: Settled) -> int:
    return len({payment.payable.currency for payment in settled.payments})


def _refund_facts(code: str, shares: Sequence[_Share]) -> dict[str, object]:
    refunds = [item.refund for item in shares if item.refund is not None]
    facts: dict[str, object] = {}
    owed = [item for item in refunds if item.by == code]
    if owed:
        facts |= {
            "refund": _together(owed),
            "refund_to": _named(item.to for item in owed),
            "refund_limited": any(item.limited for item in owed),
        }
    due = [item for item in refunds if item.to == code]
    if due:
        facts |= {"refunded": _together(due), "refunded_by": _named(item.by for item in due)}
    return facts


def _together(refunds: Sequence[Refund]) -> str:
    """What is refunded together; every payer has its own currency, and they are kept apart."""
    totals: dict[str, Money] = {}
    for item in refunds:
        known = totals.get(item.amount.currency)
        totals[item.amount.currency] = item.amount if known is None else known + item.amount
    return " + ".join(str(totals[currency]) for currency in sorted(totals))


def _named(codes: Iterable[str]) -> str | list[str]:
    """The state, or all of them if they are several."""
    found = sorted(set(codes))
    return found[0] if len(found) == 1 else found


def _group(item: _Share) -> dict[str, object]:
    payment = item.payment
    return {
        "category": item.settled.group.category,
        "children": list(item.settled.group.children),
        "place": payment.place,
        "entitled": str(payment.entitled.amount),
        "payable": str(payment.payable),
        "paid_as": _paid(payment),
    }


def _lines(item: _Share, code: str, family: Family, rules: Rules) -> list[Line]:
    payment, group = item.payment, item.settled.group
    entitled = payment.entitled
    named = f" for {', '.join(group.children)}"
    kind = "" if group.category == KIND else f", {group.category}"
    why, steps = f"right based on {entitled.basis.value}", ["family_rights"]
    if entitled.interruption is not None:
        why += f", the activity being suspended by {entitled.interruption.replace('-', ' ')}"
        steps.append("family_interruption")
    lines = [
        Line(
            text=f"benefit under its law{named}{kind}, {why}",
            number=str(entitled.amount),
            articles=rules.cite(*steps),
        ),
        _decision(item, rules),
    ]
    refund = item.refund
    if refund is not None:
        by_law = ", up to the own benefit of the state that refunds" if refund.limited else ""
        whole = item.settled.payments[0].payable
        text = (
            f"refunds half of {whole} to {refund.to}{by_law}"
            if refund.by == code
            else f"is refunded half of {whole} by {refund.by}{by_law}"
        )
        lines.append(
            Line(text=text, number=str(refund.amount), articles=rules.cite("family_refund"))
        )
    held = family.held(item.settled)
    if held is not None:
        text = f"as on the first of the month{_next(held, family)}"
        lines.append(Line(text=text, number="", articles=rules.cite("family_change")))
    return lines


def _next(held: HeldOver, family: Family) -> str:
    """Who comes first from the next month, in words; nothing where that is who did before."""
    if held.then is None:
        return ""
    return f"; {', '.join(held.then) or 'nobody'} from {family.next_month}"


def _decision(item: _Share, rules: Rules) -> Line:
    """Priority, supplement or nothing, in words."""
    payment = item.payment
    if payment.place == 1:
        text = f"has priority and pays in full, since {_priority(item)}"
        number = str(payment.payable)
        return Line(text=text, number=number, articles=rules.cite(payment.ranked.step))
    own, before = payment.entitled.amount, payment.suspended
    steps = ["family_supplement"]
    if payment.refused:
        text = "refuses a supplement for children elsewhere, residence being the only basis"
    elif payment.payable.minor:
        text = f"pays as a supplement what {own} exceed the {before} that are paid before it"
        steps += ["exchange_rate"] if _currencies(item.settled) > 1 else []
    else:
        text = "pays nothing, since those before it pay as much"
    return Line(text=text, number=str(payment.payable), articles=rules.cite(*steps))


def _priority(item: _Share) -> str:
    """Why a state comes first, in words."""
    ranked, residence = item.payment.ranked, item.settled.group.residence
    basis = ranked.entitled.basis
    if ranked.step == "family_rights":
        return "no other state grants a benefit"
    if ranked.step == "family_different_bases":
        return f"a right based on {basis} goes before the others"
    if ranked.entitled.jurisdiction == residence:
        return f"the strongest rights rest on {basis}, and the children live in {residence}"
    chosen = "the longest insurance" if basis is Basis.PENSION else "the highest amount"
    return f"the strongest rights rest on {basis}, none of them in {residence}: {chosen} decides"
