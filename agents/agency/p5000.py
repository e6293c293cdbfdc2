"""
Reading a P5000 (statement of insurance periods) as JSON, in both shapes that are in use.

The newer shape keeps the rows under ``pensjon.medlemskapboarbeid.medlemskap``, the older one under
``pensjon.medlemskap``. Scalars are text, and any key may be missing or null. Nothing is repaired:
what is odd becomes a finding on its row, and what cannot be understood is refused with its field.

The country of a row is taken from the row, or from what the officer says about the sender; never
from the person. The person's numbers are read only so that the person can be looked up.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from agents.agency.fields import (
    EXCHANGE_CODES,
    SCHEMES,
    read_country,
    read_date,
    read_day_type,
    read_mask,
    read_number,
    read_scheme,
    read_type,
    refuse,
)
from agents.agency.imported import (
    DeclaredTotal,
    Finding,
    Imported,
    ImportedRow,
    PersonIdentifier,
    Weight,
    in_order,
)
from agents.agency.json_text import JsonObject, decode_text, parse_object
from agents.agency.row_checks import check_rows, check_totals
from portability.core.periods import Duration, Period
from portability.errors import InvalidInputError

T = TypeVar("T")

SED: Final = "P5000"
NO_PERIODS: Final = "0"
MAX_ROWS: Final = 100_000
_SED_NAME: Final = re.compile(r"[A-Z]{1,3}_?[A-Z0-9]{1,12}")
_SUM_KEYS: Final = {
    "aar": "years",
    "maaneder": "months",
    "kvartal": "quarters",
    "uker": "weeks",
}


def read_p5000(source: bytes, name: str, jurisdiction: str | None = None) -> Imported:
    """
    Rows, totals and findings of one P5000.

    ``name`` is how the file is spoken of; ``jurisdiction`` is the sender's, for rows that name no
    country. Raises InvalidInputError in one sentence for a file that is cut, broken, or no P5000.
    """
    text, findings = decode_text(source, name)
    document = parse_object(text, name)
    _check_sed(document, name)
    reader = _Reader(name, jurisdiction, findings)
    reader.read(document)
    between = [*check_rows(reader.rows)]
    if not any(finding.weight is Weight.REFUSED for finding in reader.findings):
        between += check_totals(reader.rows, reader.totals)
    return Imported(
        source="p5000",
        rows=tuple(reader.rows),
        findings=in_order((*reader.findings, *between)),
        totals=tuple(reader.totals),
        claims=tuple(dict.fromkeys(reader.claims)),
        identifiers=tuple(_identifiers(document)),
    )


class _Reader:
    """Collects what one document holds, in its order."""

    def __init__(self, name: str, jurisdiction: str | None, findings: list[Finding]) -> None:
        self.name = name
        self.jurisdiction = jurisdiction
        self.rows: list[ImportedRow] = []
        self.totals: list[DeclaredTotal] = []
        self.claims: list[str] = []
        self.findings = findings
        self._place = "file"

    def read(self, document: JsonObject) -> None:
        pension = self._object(document, "pensjon") or {}
        newer = self._object(pension, "medlemskapboarbeid") or {}
        self._claims(newer, self._object(pension, "sak") or {})
        self._rows(self._list(newer, "medlemskap"), "row")
        self._older_rows(self._list(pension, "medlemskap"))
        self._rows(self._list(pension, "medlemskapAnnen"), "other row")
        self._totals(self._list(pension, "medlemskapTotal"), "declared total", "relevance")
        self._totals(self._list(pension, "trygdetid"), "calculation total", "calculation")
        self._validity(newer)
        self._declarations(pension)

    def _rows(self, items: list[object], label: str) -> None:
        if len(self.rows) + len(items) > MAX_ROWS:
            raise InvalidInputError(f"{self.name}: over {MAX_ROWS} rows; split it", file=self.name)
        for number, item in enumerate(items, start=1):
            self._place = f"{label} {number}"
            try:
                self.rows.append(self._row(item))
            except InvalidInputError as error:
                self._note("row-refused", Weight.REFUSED, error.message, error.context.get("field"))
        self._place = "file"

    def _older_rows(self, items: list[object]) -> None:
        """Rows of the older shape; where both are filled, none is dropped and it is said."""
        if items and self.rows:
            self._note(
                "both-shapes",
                Weight.CHECK,
                "periods are given in both shapes of the form; all were read, look for repetitions",
            )
        self._rows(items, "older row" if self.rows else "row")

    def _row(self, item: object) -> ImportedRow:
        if not isinstance(item, dict):
            raise refuse("row", "is not a JSON object")
        claim = _scalar(self._inner(item, "enkeltkrav"), "krav")
        if claim is not None:
            self.claims.append(claim)
        if _scalar(item, "gyldigperiode") == NO_PERIODS:
            raise refuse("gyldigperiode", "says that the row is no period; ask the sender")
        dates = self._inner(item, "periode")
        start = _read(dates, "fom", read_date)
        end = _read(dates, "tom", read_date)
        declared = self._sum(item)
        if start is None and end is None and declared is None:
            raise refuse("row", "holds neither dates nor a sum; nothing can be counted")
        kind = _read(item, "type", read_type)
        if kind is None:
            raise refuse("type", "is missing; without it nobody knows what kind of period it is")
        period = Period(
            id=self._place,
            jurisdiction=self._country(item),
            type=kind,
            start=start,
            end=end,
            declared=declared,
            scheme=self._scheme(item),
            relevance=self._mask(item, "relevans"),
            calculation=self._mask(item, "beregning"),
        )
        return ImportedRow(place=self._place, period=period)

    def _country(self, item: JsonObject) -> str:
        country = _read(item, "land", read_country)
        if country is None:
            if self.jurisdiction is None:
                raise refuse("land", "is missing; say whose statement this is with --jurisdiction")
            self._note(
                "country-from-sender",
                Weight.NOTE,
                f"the row names no country; {self.jurisdiction} was given for the sender",
                "land",
            )
            return self.jurisdiction
        if _scalar(item, "land") in EXCHANGE_CODES:
            self._note("country-code", Weight.NOTE, f"the country is taken as {country}", "land")
        return country

    def _sum(self, item: JsonObject) -> Duration | None:
        found = self._inner(item, "sum")
        days = self._inner(found, "dager")
        parts = {
            part: value
            for key, part in _SUM_KEYS.items()
            if (value := _read(found, key, read_number)) is not None
        }
        count = _read(days, "nr", read_number)
        day_type = _read(days, "type", read_day_type)
        if not parts and count is None:
            if item.get("sum") is not None:
                self._note(
                    "sum-empty",
                    Weight.NOTE,
                    "the sum is not filled in, which is no sum of zero; the dates are the basis",
                    "sum",
                )
            return None
        declared = Duration(**parts, days=count or 0, day_type=day_type)
        if declared.is_zero():
            self._note("sum-zero", Weight.CHECK, "the declared sum is zero; ask the sender", "sum")
        return declared

    def _scheme(self, item: JsonObject) -> str | None:
        scheme = _read(item, "ordning", read_scheme)
        if scheme is not None and scheme not in SCHEMES:
            self._note(
                "scheme-unknown", Weight.CHECK, "the scheme code is in no code list", "ordning"
            )
        return scheme

    def _mask(self, item: JsonObject, key: str) -> str | None:
        mask = _read(item, key, read_mask)
        if mask is None and key == "relevans":
            self._note(
                "relevance-missing",
                Weight.CHECK,
                "not stated for which benefits the period opens rights; it counts for all",
                key,
            )
        return mask

    def _totals(self, items: list[object], label: str, kind: str) -> None:
        for number, item in enumerate(items, start=1):
            self._place = f"{label} {number}"
            try:
                total = self._total(item, kind)
            except InvalidInputError as error:
                self._note("total-refused", Weight.CHECK, error.message, error.context.get("field"))
                continue
            if total is not None:
                self.totals.append(total)
        self._place = "file"

    def _total(self, item: object, kind: str) -> DeclaredTotal | None:
        if not isinstance(item, dict):
            raise refuse("total", "is not a JSON object")
        declared = self._sum(item)
        if declared is None:
            return None
        return DeclaredTotal(
            place=self._place,
            kind="relevance" if kind == "relevance" else "calculation",
            type=_read(item, "type", read_type),
            relevance=_read(item, "relevans", read_mask),
            declared=declared,
        )

    def _claims(self, *places: JsonObject) -> None:
        for place in places:
            claim = _scalar(self._inner(place, "enkeltkrav"), "krav")
            if claim is not None:
                self.claims.append(claim)

    def _validity(self, newer: JsonObject) -> None:
        says_none = _scalar(newer, "gyldigperiode") == NO_PERIODS
        refused = any(one.weight is Weight.REFUSED for one in self.findings)
        if not self.rows and not refused:
            self._note(
                "no-periods",
                Weight.CHECK,
                "the sender states that there are no periods"
                if says_none
                else "the form holds no periods and does not say that there are none; ask",
            )
        elif says_none:
            self._note(
                "periods-contradicted",
                Weight.CHECK,
                "the form says that there are no periods and lists some; ask the sender",
                "gyldigperiode",
            )

    def _declarations(self, pension: JsonObject) -> None:
        if _scalar(self._inner(pension, "art57_883_2004"), "ignore") == "1":
            self._note("article-57", Weight.NOTE, "the sender asks not to apply 883/2004 Art 57")
        if _scalar(pension, "separatP5000sendes") == "1":
            self._note("more-to-come", Weight.CHECK, "the sender announces a further P5000")

    def _object(self, parent: JsonObject, key: str) -> JsonObject | None:
        found = parent.get(key)
        if found is None or isinstance(found, dict):
            return found
        raise InvalidInputError(
            f"{self.name}: {key} is not a JSON object", file=self.name, field=key
        )

    def _list(self, parent: JsonObject, key: str) -> list[object]:
        found = parent.get(key)
        if found is None:
            return []
        if isinstance(found, list):
            return found
        raise InvalidInputError(f"{self.name}: {key} is not a list", file=self.name, field=key)

    def _inner(self, parent: JsonObject, key: str) -> JsonObject:
        """A part of a row; an empty one where it is missing. Refuses the row otherwise."""
        found = parent.get(key)
        if found is None:
            return {}
        return found if isinstance(found, dict) else _not_an_object(key)

    def _note(self, code: str, weight: Weight, detail: str, field: str | None = None) -> None:
        self.findings.append(
            Finding(place=self._place, code=code, weight=weight, detail=detail, field=field or "")
        )


def _check_sed(document: JsonObject, name: str) -> None:
    sed = document.get("sed")
    if sed == SED:
        return
    known = isinstance(sed, str) and _SED_NAME.fullmatch(sed)
    what = f"the file is a {sed}" if known else "the file does not say that it is a P5000"
    raise InvalidInputError(
        f"{name}: {what}; only a P5000 holds insurance periods", file=name, field="sed"
    )


def _identifiers(document: JsonObject) -> Iterator[PersonIdentifier]:
    """The numbers of the person whom the form is about, each with its country."""
    found: object = document
    for key in ("nav", "bruker", "person", "pin"):
        found = found.get(key) if isinstance(found, dict) else None
    for item in found if isinstance(found, list) else ():
        if not isinstance(item, dict):
            continue
        value, country = item.get("identifikator"), item.get("land")
        if isinstance(value, str) and value.strip() and isinstance(country, str):
            yield PersonIdentifier(
                jurisdiction=EXCHANGE_CODES.get(country, country), value=value.strip()
            )


def _read(parent: JsonObject, key: str, reader: Callable[[str, str], T]) -> T | None:
    """What a reader makes of a scalar; None where it is missing, null or blank."""
    text = _scalar(parent, key)
    return None if text is None else reader(text, key)


def _scalar(parent: JsonObject, key: str) -> str | None:
    """Text without surrounding blanks; a number that some senders write instead of text."""
    value = parent.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    raise refuse(key, "is not text")


def _not_an_object(key: str) -> JsonObject:
    raise refuse(key, "is not a JSON object")
