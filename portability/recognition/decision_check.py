"""A decision as it is signed, and where it departs from the one computed again of its facts."""

from collections.abc import Iterator
from dataclasses import dataclass

from portability.core.deciding import (
    BOUNDS,
    INDEPENDENT,
    MINIMUM,
    PAYABLE,
    PERIODS,
    PRO_RATA,
    THEORETICAL,
    UNIT,
    Decision,
)
from portability.core.money import Money
from portability.recognition.header import Header
from portability.recognition.statements import Determination


def determination_of(computed: Decision, header: Header) -> Determination:
    """Every number as its institution states it, who adds what the decision lacks or replaces."""
    bound = computed.bound
    return Determination(
        header=header,
        unit=computed.unit,
        own=computed.own,
        total=computed.total,
        meets_minimum_alone=computed.meets_minimum_alone,
        meets_minimum=computed.meets_minimum,
        independent=computed.independent,
        theoretical=computed.theoretical,
        pro_rata=computed.pro_rata,
        payable=computed.payable,
        paid_as=computed.paid_as,
        basis=computed.basis,
        lower_bound=None if bound is None else bound.lower,
        upper_bound=None if bound is None else bound.upper,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDifference:
    """
    The first number that differs, in words, and the articles of the rule that makes it; ``rule`` is
    empty where no article is known. The values are in words too.
    """

    number: str
    signed: str
    computed: str
    rule: str

    @property
    def told(self) -> str:
        """In one clause."""
        by = f", by {self.rule}" if self.rule else ""
        return f"the {self.number}: {self.computed} computed again, {self.signed} signed{by}"

    def to_json(self) -> dict[str, object]:
        return {
            "number": self.number,
            "signed": self.signed,
            "computed": self.computed,
            "rule": self.rule,
        }


def first_difference(signed: Determination, computed: Decision) -> DecisionDifference | None:
    """In the order in which each number follows from those before it; None if there is none."""
    for key, number, there, here in _pairs(signed, computed):
        if there != here:
            return DecisionDifference(
                number=number,
                signed=_told(there),
                computed=_told(here),
                rule="; ".join(computed.rules.get(key, ())),
            )
    return None


def _pairs(signed: Determination, computed: Decision) -> Iterator[tuple[str, str, object, object]]:
    """The key of its rule, the number in words, as it was signed and as it was computed."""
    bound = computed.bound
    there = _limits(signed.lower_bound, signed.upper_bound)
    here = "none" if bound is None else _limits(bound.lower, bound.upper)
    alone, together = signed.meets_minimum_alone, signed.meets_minimum
    yield UNIT, "unit", signed.unit, computed.unit
    yield PERIODS, "own periods", signed.own, computed.own
    yield PERIODS, "all periods", signed.total, computed.total
    yield MINIMUM, "right on own periods", alone, computed.meets_minimum_alone
    yield MINIMUM, "right on all periods", together, computed.meets_minimum
    yield INDEPENDENT, "independent amount", signed.independent, computed.independent
    yield THEORETICAL, "theoretical amount", signed.theoretical, computed.theoretical
    yield PRO_RATA, "pro-rata amount", signed.pro_rata, computed.pro_rata
    yield PAYABLE, "amount payable", signed.payable, computed.payable
    yield PAYABLE, "kind of benefit", signed.paid_as, computed.paid_as
    yield PAYABLE, "articles", "; ".join(signed.basis), "; ".join(computed.basis)
    yield BOUNDS, "bounds", there, here


def _limits(lower: Money | None, upper: Money | None) -> str:
    return "none" if lower is None and upper is None else f"{_told(lower)} to {_told(upper)}"


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
