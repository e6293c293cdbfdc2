"""A file of periods from reading to proof: what was found, what was signed, what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from agents.agency.csv_import import read_csv
from agents.agency.imported import Finding, Imported, ImportedRow, Weight, in_order, require_whole
from agents.agency.json_text import BOM, MAX_FILE_BYTES
from agents.agency.office import Office
from agents.agency.p5000 import read_p5000
from agents.agency.persons import find_person_in
from agents.agency.records import (
    Submitted,
    list_records,
    sign_rows,
    submit_rows,
    without_known,
)
from agents.agency.row_checks import check_ends
from portability.errors import ConfigurationError, InvalidInputError

Progress = Callable[[int, int], None]
NOTHING: Final = Submitted(accepted=(), refused=())


class OnError(StrEnum):
    """What becomes of a file with bad rows; the officer chooses."""

    REFUSE = "refuse"
    KEEP_GOOD = "keep-good"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """``imported`` is what the file holds, ``submitted`` what became of the rows that were new."""

    imported: Imported
    submitted: Submitted
    person: str = field(repr=False)

    def to_json(self) -> dict[str, object]:
        return {
            "report": self.imported.to_json(),
            "accepted": [row.to_json() for row in self.submitted.accepted],
            "refused": [row.to_json() for row in self.submitted.refused],
            "person": self.person,
        }


def read_periods(path: Path, jurisdiction: str | None, own: str, today: date) -> Imported:
    """
    A P5000 or a CSV file, told apart by what it holds; what it says of days to come is a finding.

    Raises ConfigurationError for a file that cannot be read, InvalidInputError for a broken one.
    """
    try:
        with path.open("rb") as file:
            source = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        raise ConfigurationError(f"{path} cannot be read; check the path", file=str(path)) from None
    text = source.removeprefix(BOM).strip()
    if not text:
        raise InvalidInputError(f"{path.name} is empty; ask for it again", file=path.name)
    if text.startswith((b"{", b"[")):
        found = read_p5000(source, path.name, jurisdiction)
    else:
        found = read_csv(source, path.name, jurisdiction or own)
    findings = in_order((*found.findings, *check_ends(found.rows, today)))
    return replace(found, file=path.name, findings=findings)


def select_own(imported: Imported, office: Office) -> Imported:
    """Without the rows of other jurisdictions, which only their institutions can attest."""
    kept: list[ImportedRow] = []
    findings = list(imported.findings)
    for row in imported.rows:
        if row.period.jurisdiction == office.jurisdiction:
            kept.append(row)
        else:
            findings.append(
                Finding(
                    place=row.place,
                    code="other-jurisdiction",
                    weight=Weight.LEFT_OUT,
                    detail=f"a period of {row.period.jurisdiction}; ask its institution for it",
                )
            )
    return replace(imported, rows=tuple(kept), findings=in_order(findings))


def import_periods(
    office: Office,
    imported: Imported,
    *,
    person: str | None,
    on_error: OnError,
    again: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> ImportOutcome:
    """
    Sign each row as a record of this institution, submit them, verify each acknowledgement.

    ``person`` is looked up by the number in the file where it is None. Rows that a record in force
    says already are left out unless ``again``. Raises InvalidInputError for bad rows that the
    officer did not choose to leave out, ProofError for an acknowledgement that proves nothing.
    """
    if on_error is OnError.REFUSE:
        require_whole(imported)
    own = select_own(imported, office)
    name = person or find_person_in(office, own.identifiers)
    new, repeated = list(own.rows), list[ImportedRow]()
    if not again:
        new, repeated = without_known(own.rows, list_records(office, name))
    own = replace(own, findings=in_order((*own.findings, *map(_repeated, repeated))))
    if not new:
        return ImportOutcome(imported=own, submitted=NOTHING, person=name)
    submitted = submit_rows(
        office,
        name,
        sign_rows(office, name, new),
        keep_good=on_error is OnError.KEEP_GOOD,
        progress=progress,
    )
    if submitted.refused and on_error is OnError.REFUSE:
        first = submitted.refused[0]
        raise InvalidInputError(f"{first.place}: {first.message}", row=first.place)
    return ImportOutcome(imported=own, submitted=submitted, person=name)


def _repeated(row: ImportedRow) -> Finding:
    return Finding(
        place=row.place,
        code="already-recorded",
        weight=Weight.LEFT_OUT,
        detail="a record in force says the same already; ask for it with --again if it is meant",
    )
