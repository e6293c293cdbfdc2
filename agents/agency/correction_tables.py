"""What officers see of a correction before it is committed."""

from collections.abc import Sequence

from agents.agency.correcting import AffectedCase
from agents.printing import Printer

_NOT_THERE = "none"
_RECORD = "record "
_SHORT = 16


def print_affected(printer: Printer, affected: Sequence[AffectedCase]) -> None:
    """Case by case: who takes part, who is told, and each number as it is and as it would be."""
    if not affected:
        printer.line("No case has used the record; nobody has to be told.")
    for one in affected:
        printer.line(f"{one.case}: {one.state}{', goes on again' if one.reopens else ''}")
        printer.fields(
            (
                ("parties", ", ".join(one.parties)),
                ("told, must answer", ", ".join(one.told) or "nobody"),
                ("recalculated under", one.article),
            )
        )
        if one.changes:
            printer.table(
                ("number", "now", "then"),
                (
                    (_told(change.place), change.before or _NOT_THERE, change.after or _NOT_THERE)
                    for change in one.changes
                ),
            )
        for note in one.notes:
            printer.line(note)
        printer.line()


def _told(place: str) -> str:
    """A record by as much of its id as fits beside the numbers; ``--json`` has all of it."""
    return place[: len(_RECORD) + _SHORT] if place.startswith(_RECORD) else place
