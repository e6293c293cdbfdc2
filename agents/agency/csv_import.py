"""
Reading periods from CSV with one fixed header.

UTF-8, commas, one period per line, no line breaks inside a field; every line, the last one too,
ends in a line end, by which a file that was cut shows. Rows are counted as a spreadsheet counts
them: the header is row 1. The columns are in ``HEADER``; ``agents/README.md`` explains each.
"""

import csv
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from agents.agency.fields import (
    SCHEMES,
    read_date,
    read_day_type,
    read_mask,
    read_number,
    read_scheme,
    read_type,
    refuse,
)
from agents.agency.imported import Finding, Imported, ImportedRow, Weight, in_order
from agents.agency.json_text import decode_text
from agents.agency.row_checks import check_rows
from portability.core.periods import Communicated, Duration, Period
from portability.errors import InvalidInputError

T = TypeVar("T")

SUM_COLUMNS: Final = ("years", "months", "quarters", "weeks", "days")
HEADER: Final = (
    "type",
    "start",
    "end",
    *SUM_COLUMNS,
    "day_type",
    "communicated",
    "scheme",
    "relevance",
    "calculation",
    "refunded",
)
MAX_ROWS: Final = 1_000_000

Cells = Mapping[str, str]


def read_csv(source: bytes, name: str, jurisdiction: str) -> Imported:
    """
    The periods of one person in one jurisdiction.

    Bad rows become findings that name row and column. Raises InvalidInputError for a file that has
    another header, is empty or is no UTF-8 text.
    """
    text, findings = decode_text(source, name)
    lines = text.split("\n")
    is_whole = lines[-1] == ""
    if is_whole:
        lines.pop()
    lines = [line.removesuffix("\r") for line in lines]
    if len(lines) > MAX_ROWS + 1:
        raise InvalidInputError(f"{name}: over {MAX_ROWS} rows; split the file", file=name)
    _check_header(lines, name)
    rows: list[ImportedRow] = []
    for number, line in enumerate(lines[1:], start=2):
        place = f"row {number}"
        if not line.strip(", \t"):
            findings.append(_finding(place, "blank-row", Weight.NOTE, "the row is empty"))
            continue
        try:
            if number == len(lines) and not is_whole:
                raise refuse(
                    "refunded", "is not followed by a line end; the file may have been cut"
                )
            rows.append(_row(line, place, jurisdiction, findings))
        except InvalidInputError as error:
            field = error.context.get("field", "")
            findings.append(_finding(place, "row-refused", Weight.REFUSED, error.message, field))
    if not rows and not any(one.weight is Weight.REFUSED for one in findings):
        findings.append(
            _finding("file", "no-periods", Weight.CHECK, "the file has a header and no periods")
        )
    return Imported(
        source="csv", rows=tuple(rows), findings=in_order((*findings, *check_rows(rows)))
    )


def _check_header(lines: list[str], name: str) -> None:
    found = tuple(lines[0].split(",")) if lines else ()
    if found == HEADER:
        return
    expected = ",".join(HEADER)
    if tuple(lines[0].split(";") if lines else ()) == HEADER:
        why = "the columns are separated by semicolons; export the file with commas"
    elif not lines or not lines[0].strip():
        why = f"the first row is empty; it must be: {expected}"
    elif missing := [column for column in HEADER if column not in found]:
        why = f"the header lacks the column {missing[0]}; the first row must be: {expected}"
    else:
        why = (
            f"the header has other columns, or in another order; the first row must be: {expected}"
        )
    raise InvalidInputError(f"{name}, row 1: {why}", file=name, row="row 1", field="header")


def _row(line: str, place: str, jurisdiction: str, findings: list[Finding]) -> ImportedRow:
    cells = _cells(line)
    start = _read(cells, "start", read_date)
    end = _read(cells, "end", read_date)
    declared = _sum(cells)
    if start is None and end is None and declared is None:
        raise refuse("start", "is empty and so are all sums; nothing can be counted")
    if not cells["type"]:
        raise refuse("type", "is empty; every period has a P5000 type")
    scheme = _read(cells, "scheme", read_scheme)
    if scheme is not None and scheme not in SCHEMES:
        findings.append(
            _finding(place, "scheme-unknown", Weight.CHECK, "the code is in no code list", "scheme")
        )
    communicated = _read(cells, "communicated", _communicated) or "aggregate"
    year = start.year if start and end and start.year == end.year else None
    if communicated == "yearly" and (year is None or declared is None):
        raise refuse("communicated", "is yearly, which needs a sum and dates in one calendar year")
    period = Period(
        id=place,
        jurisdiction=jurisdiction,
        type=read_type(cells["type"], "type"),
        start=start,
        end=end,
        declared=None if communicated == "yearly" else declared,
        communicated=communicated,
        by_year=((year, declared),) if communicated == "yearly" and year and declared else (),
        scheme=scheme,
        relevance=_read(cells, "relevance", read_mask),
        calculation=_read(cells, "calculation", read_mask),
        refunded=_read(cells, "refunded", _yes_or_no) or False,
    )
    return ImportedRow(place=place, period=period)


def _cells(line: str) -> Cells:
    try:
        found = next(csv.reader([line], strict=True), [])
    except csv.Error:
        raise refuse("row", "has quotation marks that do not match") from None
    if len(found) < len(HEADER):
        column = HEADER[len(found)]
        raise refuse(column, f"is missing: the row has {len(found)} of {len(HEADER)} columns")
    if len(found) > len(HEADER):
        raise refuse("row", f"has {len(found)} columns, {len(HEADER)} are expected")
    return {column: cell.strip() for column, cell in zip(HEADER, found, strict=True)}


def _sum(cells: Cells) -> Duration | None:
    parts = {
        column: value
        for column in SUM_COLUMNS
        if (value := _read(cells, column, read_number)) is not None
    }
    day_type = _read(cells, "day_type", read_day_type)
    return Duration(**parts, day_type=day_type) if parts else None


def _read(cells: Cells, column: str, reader: Callable[[str, str], T]) -> T | None:
    return reader(cells[column], column) if cells[column] else None


def _communicated(text: str, column: str) -> Communicated:
    if text == "aggregate":
        return "aggregate"
    if text == "yearly":
        return "yearly"
    raise refuse(column, "must be aggregate or yearly")


def _yes_or_no(text: str, column: str) -> bool:
    if text not in ("yes", "no"):
        raise refuse(column, "must be yes or no")
    return text == "yes"


def _finding(place: str, code: str, weight: Weight, detail: str, field: str = "") -> Finding:
    return Finding(place=place, code=code, weight=weight, detail=detail, field=field)
