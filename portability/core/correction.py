"""
What a correction changes: totals and amounts before and after, and the records behind it.

A corrected record supersedes the old one; benefits are calculated again (883/2004 Art 59).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portability.core.benefits import Settlement
from portability.core.entitlement import Entitlement
from portability.core.reconciliation import ReconciledPeriod, Reconciliation, Total


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One number that differs; None where it was not there."""

    place: str
    before: str | None
    after: str | None

    def to_json(self) -> dict[str, object]:
        return {"place": self.place, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceReport:
    """The records that were superseded (None: withdrawn without a successor) and what follows."""

    superseded: Mapping[str, str | None]
    changes: tuple[Change, ...]
    article: str

    def to_json(self) -> dict[str, object]:
        return {
            "superseded": dict(self.superseded),
            "changes": [change.to_json() for change in self.changes],
            "article": self.article,
        }


def compare_settlements(
    before: Settlement, after: Settlement, superseded: Mapping[str, str | None]
) -> DifferenceReport:
    """
    Every number and decision of a settlement that a correction changes, then the totals.

    Scheme by scheme, jurisdiction by jurisdiction where no scheme counts periods, then of the claim
    as a whole. Both settlements must be of the same schemes, in the same order.
    """
    values = [
        value
        for old, new in zip(before.entitlements, after.entitlements, strict=True)
        for value in _paired(_numbers(old), _numbers(new))
    ]
    values += _paired(_decided(before), _decided(after))
    for currency in sorted({*before.payable_total, *after.payable_total}):
        was, now = before.payable_total.get(currency), after.payable_total.get(currency)
        values.append((f"payable_total.{currency}", _text(was), _text(now)))
    return DifferenceReport(
        superseded=superseded,
        changes=_changes(values),
        article=after.rules.cite("correction")[0],
    )


def compare_histories(
    before: Reconciliation,
    after: Reconciliation,
    superseded: Mapping[str, str | None],
    article: str,
) -> DifferenceReport:
    """Every total and every record's fate that a correction changes in an agreed history."""
    old = {item.id: item for item in before.periods}
    new = {item.id: item for item in after.periods}
    values = [
        (f"{code}.total", _total(before.totals.get(code)), _total(after.totals.get(code)))
        for code in sorted({*before.totals, *after.totals})
    ] + [(f"record {key}", _fate(old.get(key)), _fate(new.get(key))) for key in sorted(old | new)]
    return DifferenceReport(superseded=superseded, changes=_changes(values), article=article)


def _total(total: Total | None) -> str | None:
    return None if total is None else f"{total.amount} {total.unit}"


def _fate(record: ReconciledPeriod | None) -> str | None:
    return None if record is None else f"{record.state}, {record.counted_days} days"


def _changes(values: Sequence[tuple[str, str | None, str | None]]) -> tuple[Change, ...]:
    return tuple(
        Change(place=place, before=was, after=now) for place, was, now in values if was != now
    )


def _paired(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> list[tuple[str, str | None, str | None]]:
    """What stands at each place before and after; None where it stands once only."""
    return [(place, before.get(place), after.get(place)) for place in {**before, **after}]


def _decided(settlement: Settlement) -> dict[str, str | None]:
    """What is decided where no scheme counts periods, and of the claim as a whole."""
    of_states = [told for one in settlement.rulings for told in _told(one.jurisdiction, one.facts)]
    of_claim = [told for key, value in settlement.facts.items() for told in _told(key, value)]
    return dict(of_states + of_claim)


def _told(place: str, value: object) -> list[tuple[str, str | None]]:
    """A value of the document, or every one within it; articles are no numbers and left out."""
    if isinstance(value, Mapping):
        inner = [(f"{place}.{key}", one) for key, one in value.items()]
    elif isinstance(value, Sequence) and any(isinstance(one, Mapping) for one in value):
        inner = [(f"{place}.{number}", one) for number, one in enumerate(value, start=1)]
    else:
        return [] if place.endswith("basis") else [(place, _value(value))]
    return [told for key, one in inner for told in _told(key, one)]


def _value(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else _text(value)


def _numbers(item: Entitlement) -> dict[str, str | None]:
    label = item.scheme.label
    ratio = None if item.ratio is None else f"{item.ratio.own}/{item.ratio.total}"
    numbers = [
        (f"{label}.own", str(item.aggregate.own)),
        (f"{label}.total", str(item.aggregate.total)),
        (f"{label}.ratio", ratio),
        (f"{label}.independent", _text(item.independent)),
        (f"{label}.theoretical", _text(item.theoretical)),
        (f"{label}.pro_rata", _text(item.pro_rata)),
        (f"{label}.payable", _text(item.payable)),
        (f"{label}.paid_as", item.paid_as.value),
    ]
    return dict(numbers + _told(label, item.details))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
