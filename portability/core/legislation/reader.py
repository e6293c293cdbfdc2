"""Case files that ask which legislation applies: ``kind = "applicable-legislation"``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from portability.core.document import Table, place_of, read_document
from portability.core.legislation.facts import (
    Activity,
    AgreedException,
    Certificate,
    Criterion,
    Dispute,
    Informed,
    Posting,
    Situation,
    Voluntary,
    Work,
)
from portability.core.periods import Branch

KIND = "applicable-legislation"
_POSTED = frozenset({Work.EMPLOYED, Work.SELF_EMPLOYED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LegislationCase:
    """A parsed file; ``expect`` is what the result must be."""

    name: str
    title: str
    source: str
    agreement: str
    situation: Situation
    expect: Mapping[str, object]
    lines: Mapping[str, int]

    def place(self, key: str | None) -> str:
        """The file, and the line of ``key`` where it is known."""
        return place_of(self.name, self.lines, key)


def parse_legislation_case(source: bytes, name: str) -> LegislationCase:
    """A file of this kind. Raises InvalidInputError naming file, key and line."""
    document = read_document(source, name)
    if document.text("kind") != KIND:
        document.refuse("kind", f"must be {KIND}")
    if "branch" in document:
        document.choice("branch", Branch)  # one legislation applies to all branches
    found = LegislationCase(
        name=name,
        title=document.optional_text("title") or name,
        source=document.optional_text("source") or "",
        agreement=document.text("agreement"),
        situation=_read_situation(document),
        expect=_read_expectations(document),
        lines=document.document.lines(),
    )
    document.finish()
    return found


def _read_expectations(document: Table) -> Mapping[str, object]:
    table = document.optional_table("expect")
    return {} if table is None else {key: table.raw(key) for key in table.keys()}  # noqa: SIM118  # no mapping


def _read_situation(document: Table) -> Situation:
    day = document.day("date" if "date" in document else "award_date")
    substantial = "substantial_at_residence" in document
    return Situation(
        day=day,
        residence=document.jurisdiction("residence"),
        activities=tuple(
            _read_activity(table, number)
            for number, table in enumerate(document.tables("activity"), start=1)
        ),
        exception=_read_exception(document.optional_table("exception")),
        certificate=_read_certificate(document.optional_table("certificate")),
        posting=_read_posting(document.optional_table("posting")),
        substantial_at_residence=document.flag("substantial_at_residence") if substantial else None,
        centre_of_interest=document.optional_jurisdiction("centre_of_interest"),
        nationality=document.optional_jurisdiction("nationality"),
        earlier_legislation=document.optional_jurisdiction("earlier_legislation"),
        voluntary=tuple(_read_voluntary(table) for table in document.tables("voluntary")),
        dispute=_read_dispute(document.optional_table("dispute")),
        informed=_read_informed(document.optional_table("informed")),
    )


def _read_activity(table: Table, number: int) -> Activity:
    found = Activity(
        jurisdiction=table.jurisdiction("jurisdiction"),
        work=table.choice("kind", Work),
        employer=table.optional_text("employer") or f"employer {number}",
        seat=table.optional_jurisdiction("seat"),
        flag=table.optional_jurisdiction("flag"),
        home_base=table.optional_jurisdiction("home_base"),
        measures=_read_measures(table),
        marginal=table.flag("marginal") if "marginal" in table else None,
        choice=table.optional_jurisdiction("choice"),
        start=table.optional_day("start"),
        end=table.optional_day("end"),
    )
    table.finish()
    _check_days(table, found.start, found.end)
    if found.work is Work.SEAFARER and found.flag is None:
        table.missing("flag")
    if found.work is Work.AIR_CREW and found.home_base is None:
        table.missing("home_base")
    return found


def _check_days(table: Table, start: date | None, end: date | None) -> None:
    if start is not None and end is not None and end < start:
        table.refuse("end", "lies before start")


def _read_measures(table: Table) -> Mapping[Criterion, Fraction]:
    found = {item: Fraction(table.exact(item.value)) for item in Criterion if item.value in table}
    for item, value in found.items():
        if value < 0:
            table.refuse(item.value, "must not be negative")
    return MappingProxyType(found)


def _read_exception(table: Table | None) -> AgreedException | None:
    if table is None:
        return None
    found = AgreedException(
        jurisdiction=table.jurisdiction("jurisdiction"),
        start=table.optional_day("start"),
        end=table.optional_day("end"),
    )
    table.finish()
    _check_days(table, found.start, found.end)
    return found


def _read_certificate(table: Table | None) -> Certificate | None:
    if table is None:
        return None
    found = Certificate(
        issuer=table.jurisdiction("issuer"),
        start=table.day("start"),
        end=table.optional_day("end"),
        withdrawn=table.flag("withdrawn"),
    )
    table.finish()
    _check_days(table, found.start, found.end)
    return found


def _read_posting(table: Table | None) -> Posting | None:
    if table is None:
        return None
    work = table.choice("kind", Work, default=Work.EMPLOYED)
    if work not in _POSTED:
        table.refuse("kind", "must be employed or self-employed")
    found = Posting(
        sending=table.jurisdiction("from"),
        to=table.jurisdiction("to"),
        start=table.day("start"),
        end=table.optional_day("end"),
        work=work,
        replaces=table.flag("replaces_posted_person"),
        normally_active=table.flag("normally_active", default=True),
        subject_before=table.flag("subject_before", default=True),
        similar_activity=table.flag("similar_activity", default=True),
        earlier=tuple(sorted(_read_days(item) for item in table.tables("earlier"))),
    )
    table.finish()
    _check_days(table, found.start, found.end)
    if found.sending == found.to:
        table.refuse("to", "must be another jurisdiction than from")
    return found


def _read_days(table: Table) -> tuple[date, date]:
    found = (table.day("start"), table.day("end"))
    table.finish()
    _check_days(table, *found)
    return found


def _read_voluntary(table: Table) -> Voluntary:
    found = Voluntary(
        jurisdiction=table.jurisdiction("jurisdiction"),
        branch=table.choice("branch", Branch),
        earlier_activity=table.flag("earlier_activity"),
        allowed_by_law=table.flag("allowed_by_law", default=True),
    )
    table.finish()
    return found


def _read_dispute(table: Table | None) -> Dispute | None:
    if table is None:
        return None
    found = Dispute(
        first_asked=table.optional_jurisdiction("first_asked"),
        settled=table.optional_jurisdiction("settled"),
        arose=table.optional_day("arose"),
        brought=table.optional_day("brought"),
    )
    table.finish()
    if found.arose is not None and found.brought is not None and found.brought < found.arose:
        table.refuse("brought", "lies before arose")
    return found


def _read_informed(table: Table | None) -> Informed | None:
    if table is None:
        return None
    found = Informed(on=table.day("on"), objection=table.optional_day("objection"))
    table.finish()
    return found
