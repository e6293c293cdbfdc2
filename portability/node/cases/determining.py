"""What an institution would decide on an agreed history, computed for it to check and to sign."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from portability.consent.scope import Party
from portability.core.benefits import settle
from portability.core.bounds import bounds
from portability.core.entitlement import Entitlement, PaidAs
from portability.core.explanation import explain
from portability.core.measure import Counting
from portability.core.money import Money, Rounding
from portability.core.periods import Duration, Period
from portability.core.scheme import Circumstances, MissingAnswer, Scheme
from portability.core.units import Unit
from portability.errors import InvalidInputError, PreconditionError
from portability.node.cases.loading import LoadedCase
from portability.node.records.of_person import HeldRecord
from portability.recognition.presence import set_apart
from portability.recognition.progress import Progress
from portability.recognition.statements import Determination, Header, Reconciliation
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Whose histories a result lacks, and the most that each may still certify."""

    missing: tuple[Party, ...] = ()
    at_most: Duration | None = None


NO_GAPS: Final = Gaps()


def gaps_from_pb(message: pb.PrepareDeterminationRequest, view: Progress) -> Gaps:
    """Raises InvalidInputError that names the field where it must be set and is not."""
    if not view.missing:
        return NO_GAPS
    if not message.HasField("missing_at_most"):
        raise InvalidInputError(
            "histories are missing, so the decision is provisional: say in missing_at_most the "
            "most that each missing jurisdiction may still certify",
            field="missing_at_most",
        )
    at_most = declared_from_pb(message.missing_at_most, "missing_at_most")
    return Gaps(missing=view.missing, at_most=at_most)


def determine(
    loaded: LoadedCase,
    view: Progress,
    records: Iterable[HeldRecord],
    scheme: Scheme,
    header: Header,
    *,
    gaps: Gaps = NO_GAPS,
) -> tuple[Determination, tuple[str, ...]]:
    """
    The institution's determination on the agreed inputs, and every number of it in words.

    It is provisional, with bounds, where histories are missing (987/2009 Art 7 and 50). Raises
    PreconditionError where the amount cannot be calculated from what was given.
    """
    claim, pack = loaded.claim, loaded.pack
    agreed = loaded.case.accepted[view.reconciliation_id]
    if isinstance(agreed, Reconciliation):
        scheme = replace(scheme, institution=set_apart(claim, agreed, header.sender))
    periods = count_periods((one.record for one in records), claim.branch).periods
    settlement = settle(periods, [scheme], pack, claim.branch, claim.award_date)
    found = settlement.entitlement(scheme.jurisdiction)
    if found.paid_as not in _PAID_AS:
        raise PreconditionError(
            "the amount cannot be calculated from what was given; add the theoretical or the "
            "independent amount to the scheme",
            subject="scheme",
        )
    earlier = view.standing.get(header.sender, b"")
    lines = [line for one in explain(settlement) for line in one.lines()]
    decided = _determination(found, header, earlier)
    if gaps.at_most is not None:
        decided, more = _provisional(decided, loaded, periods, scheme, gaps)
        lines += more
    lines += _difference(loaded, decided)
    return decided, tuple(lines)


def _provisional(
    decided: Determination,
    loaded: LoadedCase,
    periods: Iterable[Period],
    scheme: Scheme,
    gaps: Gaps,
) -> tuple[Determination, list[str]]:
    """With the least and the most that can result once the missing have answered."""
    missing = tuple(
        MissingAnswer(jurisdiction=code, at_most=gaps.at_most or Duration())
        for code in dict.fromkeys(one.jurisdiction for one in gaps.missing)
    )
    (bound,) = bounds(
        periods,
        [scheme],
        loaded.pack,
        loaded.claim.branch,
        loaded.claim.award_date,
        circumstances=Circumstances(missing=missing),
    )
    names = " and ".join(map(str, gaps.missing))
    between = f"between {bound.lower} and {bound.upper}"
    line = f"provisional, without {names}: {between} ({bound.article})"
    provisional = replace(
        decided,
        provisional=True,
        missing=gaps.missing,
        lower_bound=bound.lower,
        upper_bound=bound.upper,
    )
    return provisional, [line]


def _difference(loaded: LoadedCase, decided: Determination) -> list[str]:
    """What a decision changes against the one that it replaces, a month."""
    earlier = loaded.case.accepted.get(decided.supersedes)
    if not isinstance(earlier, Determination):
        return []
    was, now = earlier.payable, decided.payable
    kind = "provisional" if earlier.provisional else "earlier"
    return [f"recalculated: {now} a month instead of the {kind} {was}"]


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
