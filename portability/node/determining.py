"""What an institution would decide on an agreed history, computed for it to check and to sign."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, TypeVar

from portability.core.benefits import settle
from portability.core.entitlement import Entitlement, PaidAs
from portability.core.explanation import explain
from portability.core.measure import Counting
from portability.core.money import Money, Rounding
from portability.core.scheme import Scheme
from portability.core.units import Unit
from portability.errors import InvalidInputError, PreconditionError
from portability.node.case_inputs import pack_of
from portability.node.case_loading import LoadedCase
from portability.node.person_records import HeldRecord
from portability.recognition.progress import Progress
from portability.recognition.statements import Determination, Header
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.record import count_periods, declared_from_pb
from portability.wire.statement_parts import money_from_pb

E = TypeVar("E", bound=StrEnum)

_PAID_AS: Final = {
    PaidAs.INDEPENDENT: "independent",
    PaidAs.PRO_RATA: "pro-rata",
    PaidAs.ALL_PERIODS: "all-periods",
    PaidAs.NONE: "none",
}


def scheme_from_pb(message: pb.SchemeFacts, jurisdiction: str) -> Scheme:
    """What national law gives. Raises InvalidInputError that names the field."""
    return Scheme(
        jurisdiction=jurisdiction,
        unit=_member(Unit, message.unit, "scheme.unit"),
        counting=_member(Counting, message.counting or Counting.EXACT, "scheme.counting"),
        minimum=(
            declared_from_pb(message.minimum, "scheme.minimum")
            if message.HasField("minimum")
            else None
        ),
        full_career=(
            declared_from_pb(message.full_career, "scheme.full_career")
            if message.HasField("full_career")
            else None
        ),
        independent=_amount(message, "independent"),
        theoretical=_amount(message, "theoretical"),
        rounding=_member(Rounding, message.rounding or Rounding.HALF_UP, "scheme.rounding"),
    )


def determine(
    loaded: LoadedCase,
    view: Progress,
    records: Iterable[HeldRecord],
    scheme: Scheme,
    header: Header,
) -> tuple[Determination, tuple[str, ...]]:
    """
    The institution's determination on the agreed inputs, and every number of it in words.

    Raises PreconditionError where the amount cannot be calculated from what was given.
    """
    settlement = settle(
        count_periods((one.record for one in records), loaded.claim.branch).periods,
        [scheme],
        pack_of(loaded.claim.agreement),
        loaded.claim.branch,
        loaded.claim.award_date,
    )
    found = settlement.entitlement(scheme.jurisdiction)
    if found.paid_as not in _PAID_AS:
        raise PreconditionError(
            "the amount cannot be calculated from what was given; add the theoretical or the "
            "independent amount to the scheme",
            subject="scheme",
        )
    earlier = view.standing.get(header.sender, b"")
    lines = tuple(line for one in explain(settlement) for line in one.lines())
    return _determination(found, header, earlier), lines


def _determination(found: Entitlement, header: Header, earlier: bytes) -> Determination:
    ratio = found.ratio
    return Determination(
        header=header,
        unit=found.scheme.unit.value,
        own=found.aggregate.own if ratio is None else ratio.own,
        total=found.aggregate.total if ratio is None else ratio.total,
        meets_minimum_alone=found.meets_minimum_alone,
        meets_minimum=found.meets_minimum,
        independent=found.independent,
        theoretical=found.theoretical,
        pro_rata=found.pro_rata,
        payable=found.payable,
        paid_as=_PAID_AS[found.paid_as],
        basis=found.basis,
        supersedes=earlier,
    )


def _amount(message: pb.SchemeFacts, field: str) -> Money | None:
    if not message.HasField(field):
        return None
    return money_from_pb(getattr(message, field), f"scheme.{field}")


def _member(kind: type[E], text: str, field: str) -> E:
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(kind)
        raise InvalidInputError(f"{field} is not one of {known}", field=field) from None
