"""Unemployment benefits while looking for work in another state (883/2004 Art 64)."""

from dataclasses import dataclass
from datetime import date, timedelta

from portability.core.agreement import Rules
from portability.core.branches.parameters import export_limits
from portability.core.entitlement import Note
from portability.core.time_limits import last_day_of
from portability.core.unemployment.facts import Export


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """
    From when to when the benefit is paid abroad; both None where the right is not kept.

    ``lost`` says that the person came back too late and loses the rest (Art 64(2)).
    """

    to: str
    first: date | None
    last: date | None
    obstacle: str | None
    lost: bool

    def details(self) -> dict[str, object]:
        found: dict[str, object] = {"exported": self.first is not None, "export_to": self.to}
        if self.first is not None and self.last is not None:
            found["export_from"] = self.first.isoformat()
            found["export_until"] = self.last.isoformat()
        if self.obstacle is not None:
            found["export_obstacle"] = self.obstacle
        return found | ({"rest_lost": True} if self.lost else {})

    def notes(self, rules: Rules) -> tuple[Note, ...]:
        if self.first is None:
            text = f"is not paid in {self.to}: {self.obstacle}"
        else:
            text = f"paid in {self.to} from {self.first} to {self.last}"
        found = [Note(text=text, articles=rules.cite("unemployment_export"))]
        if self.lost:
            text = "the rest is lost, since the person returned later"
            found.append(Note(text=text, articles=rules.cite("unemployment_return")))
        return tuple(found)


def exported(asked: Export, rules: Rules, *, at_once: bool) -> Exported:
    """
    How long the right is kept; ``at_once`` spares the weeks at home (Art 65a(3)).

    Late registration abroad lets payment begin with it; the months run from the departure.
    """
    limits = export_limits(rules)
    needed = asked.registered + timedelta(weeks=limits.registered_weeks)
    if asked.left < needed and not (at_once or asked.early_departure_authorised):
        text = f"registered for less than {limits.registered_weeks} weeks before leaving"
        return _refused(asked, text)
    months = min(asked.months or limits.months, limits.extended_months) - asked.earlier_months
    if months <= 0:
        return _refused(asked, "the months were used already")
    last = last_day_of(asked.left, months)
    if asked.entitlement_ends is not None:
        last = min(last, asked.entitlement_ends)
    in_time = asked.registered_abroad <= asked.left + timedelta(days=limits.register_days)
    kept = in_time or asked.late_registration_accepted
    first = asked.left if kept else asked.registered_abroad
    if first > last:
        return _refused(asked, "registered abroad after the right had ended")
    lost = asked.returned is not None and asked.returned > last
    return Exported(to=asked.to, first=first, last=last, obstacle=None, lost=lost)


def _refused(asked: Export, text: str) -> Exported:
    return Exported(to=asked.to, first=None, last=None, obstacle=text, lost=False)
