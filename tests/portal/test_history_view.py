"""Histories as pages show them: spans, gaps, overlaps, corrections; and a long one stays small."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from agents.migrant.own_history import SeenRecord
from agents.migrant.portal.app import create_app
from agents.migrant.portal.history import CORRECTED, build_history, find_span, union
from agents.migrant.portal.history import Stretch as Days
from agents.migrant.portal.history_pages import history_page
from agents.migrant.portal.history_picture import tick_years
from agents.migrant.portal.pages import Page
from agents.migrant.portal.routes import PAGES
from agents.migrant.portal.settings import Settings
from agents.surroundings import Surroundings
from portability.core.periods import Period, PeriodType
from portability.wire.record import EntitlementRecord
from tests.portal.browser import Browser
from tests.portal.conftest import ORIGIN

LOGGED = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOST_BYTES = 200_000


def record(
    start: date | None,
    end: date | None,
    country: str = "ES",
    kind: PeriodType = PeriodType.COMPULSORY_EMPLOYED,
    *,
    replaced: bool = False,
    number: int = 0,
) -> SeenRecord:
    i = hash((start, end, country, kind, replaced, number)).to_bytes(32, "big", signed=True)
    content = EntitlementRecord(
        salt=bytes(32),
        subject_commitment=bytes(32),
        jurisdiction=country,
        institution="inss",
        issue_date=date(2026, 3, 1),
        supersedes=b"",
        content=Period(id=i.hex(), jurisdiction=country, type=kind, start=start, end=end),
        statement_id=i,
    )
    return SeenRecord(
        content=content,
        accepted=LOGGED,
        is_foreign=country != "ES",
        replaced_by=content if replaced else None,
    )


def months(first: int, last: int) -> Iterator[tuple[date, date]]:
    for year in range(first, last + 1):
        for month in range(1, 13):
            start = date(year, month, 1)
            yield start, (start + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def test_months_that_follow_each_other_are_one_span_with_all_their_records() -> None:
    history = build_history(record(*month) for month in months(2001, 2002))
    (span,) = history.spans
    assert (span.start, span.end, len(span.records)) == (date(2001, 1, 1), date(2002, 12, 31), 24)
    assert find_span(history, span.records[-1]) == span
    assert find_span(history, "00") is None


def test_another_kind_of_time_or_a_day_between_is_another_span() -> None:
    whole = list(months(2001, 2001))
    voluntary = [record(*whole[5], kind=PeriodType.VOLUNTARY)]
    rest = [record(*one) for one in (*whole[:5], *whole[7:])]
    history = build_history([*rest, *voluntary])
    assert [one.start for one in history.spans] == [whole[0][0], whole[5][0], whole[7][0]]
    assert history.gaps == (Days(start=whole[6][0], end=whole[6][1]),)


def test_two_countries_on_the_same_days_are_an_overlap_and_no_gap() -> None:
    history = build_history(
        [
            record(date(2001, 1, 1), date(2003, 12, 31)),
            record(date(2003, 7, 1), date(2004, 12, 31), "FR"),
        ]
    )
    assert history.gaps == ()
    (one,) = history.overlaps
    assert (one.start, one.end, one.jurisdictions) == (
        date(2003, 7, 1),
        date(2003, 12, 31),
        ("ES", "FR"),
    )
    assert one.days == 184


def test_what_was_corrected_is_shown_and_fills_no_gap() -> None:
    history = build_history(
        [
            record(date(2001, 1, 1), date(2001, 12, 31)),
            record(date(2002, 1, 1), date(2002, 12, 31), replaced=True),
            record(date(2003, 1, 1), date(2003, 12, 31)),
        ]
    )
    assert [one.state for one in history.spans].count(CORRECTED) == 1
    assert [one.days for one in history.gaps] == [365]


def test_what_has_no_dates_is_in_the_table_and_in_no_picture() -> None:
    history = build_history([record(None, None)])
    assert (len(history.spans), history.first, history.gaps) == (1, None, ())


def test_a_union_has_every_day_once() -> None:
    day = date(2001, 1, 1)
    found = union(
        [
            Days(start=day, end=day + timedelta(days=9)),
            Days(start=day + timedelta(days=5), end=day + timedelta(days=5)),
            Days(start=day + timedelta(days=10), end=day + timedelta(days=10)),
            Days(start=day + timedelta(days=12), end=day + timedelta(days=12)),
        ]
    )
    assert [one.days for one in found] == [11, 1]


@pytest.mark.parametrize("years", [(2001, 2001), (1970, 2014), (1900, 2026)])
def test_the_axis_has_few_round_years(years: tuple[int, int]) -> None:
    found = tick_years(date(years[0], 1, 1), date(years[1], 12, 31))
    assert 1 <= len(found) <= 6
    assert all(years[0] <= one <= years[1] for one in found)


@pytest.mark.parametrize("alike", [True, False], ids=["alike", "each-month-another-kind"])
@pytest.mark.parametrize("tag", ["en", "ar"])
def test_45_years_monthly_in_three_countries_are_under_200_kb(
    settings: Settings, outside: Surroundings, tag: str, *, alike: bool
) -> None:
    kinds = (PeriodType.COMPULSORY_EMPLOYED, PeriodType.VOLUNTARY)
    history = build_history(
        record(*month, country, kinds[0 if alike else at % 2])
        for country in ("ES", "FR", "DE")
        for at, month in enumerate(months(1970, 2014))
    )
    assert sum(len(one.records) for one in history.spans) == 3 * 45 * 12
    page = Page(path="/long", show=lambda visit: history_page(visit, history), signed_in=False)
    other = Page(path="/history", show=lambda visit: visit.go("/long"), signed_in=False)
    span = Page(path="/history/{record}", show=lambda visit: visit.go("/long"), signed_in=False)
    others = [one for one in PAGES if not one.path.startswith("/history")]
    app = create_app(settings, outside, pages=[*others, page, other, span])
    with Browser(app=app, origin=ORIGIN) as browser:
        browser.get(f"/?language={tag}")
        shown = browser.get("/long")
        assert shown.status == 200
        assert len(shown.response.content) < MOST_BYTES
        rows = shown.page.only("tbody").all("tr")
        assert len(rows) == (3 if alike else 40)
