"""Case files: one claim that a case worker can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portability.core.branches.tables import WITHOUT_PERIODS
from portability.core.case_tables import Correction, circumstances_of, read_extra
from portability.core.document import Table, place_of, read_document
from portability.core.periods import Branch, Period
from portability.core.reading import read_period
from portability.core.scheme import Circumstances, Scheme
from portability.core.scheme_reader import read_schemes


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    A parsed case file; ``name`` is the file's, ``expect`` what the result must be.

    ``lines`` says where each key stands, ``extra`` holds the tables of
    ``case_tables.EXTRA_TABLES`` by key.
    """

    name: str
    title: str
    source: str
    agreement: str
    branch: Branch
    award_date: date
    periods: tuple[Period, ...]
    schemes: tuple[Scheme, ...]
    extra: Mapping[str, object]
    expect: Mapping[str, object]
    lines: Mapping[str, int]

    def place(self, key: str | None) -> str:
        """The file, and the line of ``key`` where it is known."""
        return place_of(self.name, self.lines, key)

    @property
    def circumstances(self) -> Circumstances:
        return circumstances_of(self.extra)

    @property
    def also(self) -> tuple[str, ...]:
        """Further agreements under which the claim is settled, for comparison."""
        found = self.extra.get("also", ())
        return found if isinstance(found, tuple) else ()

    @property
    def corrections(self) -> tuple[Correction, ...]:
        found = self.extra.get("correction", ())
        return found if isinstance(found, tuple) else ()

    @property
    def corrected_periods(self) -> tuple[Period, ...]:
        """The periods after all corrections, each in the place of the one that it supersedes."""
        replaced = {item.replaces: item.period for item in self.corrections}
        after = [
            replaced.get(number, period) for number, period in enumerate(self.periods, start=1)
        ]
        return tuple(period for period in after if period is not None)


def parse_case(source: bytes, name: str) -> Case:
    """A case file. Raises InvalidInputError naming file, key and line if it cannot be settled."""
    document = read_document(source, name)
    periods = tuple(
        read_period(table, f"period {number}")
        for number, table in enumerate(document.tables("period"), start=1)
    )
    case = Case(
        name=name,
        title=document.optional_text("title") or name,
        source=document.optional_text("source") or "",
        agreement=document.text("agreement"),
        branch=document.choice("branch", Branch),
        award_date=document.day("award_date"),
        periods=periods,
        schemes=read_schemes(document, periods),
        extra=read_extra(document),
        expect=_read_expectations(document),
        lines=document.document.lines(),
    )
    document.finish()
    if not case.periods and case.branch not in WITHOUT_PERIODS:
        document.refuse("period", "is missing: a case needs at least one period")
    _check_corrections(case, document)
    return case


def _check_corrections(case: Case, document: Table) -> None:
    numbers = [item.replaces for item in case.corrections]
    if len(set(numbers)) != len(numbers):
        document.refuse("correction", "replaces the same period twice")
    for number in numbers:
        if not 1 <= number <= len(case.periods):
            document.refuse("correction", f"replaces period {number}, which the file does not hold")


def _read_expectations(document: Table) -> Mapping[str, object]:
    table = document.optional_table("expect")
    return {} if table is None else {key: table.raw(key) for key in table.keys()}  # noqa: SIM118  # no mapping
