from datetime import date

import pytest

from portability.cli.axis import fit_axis
from portability.cli.coverage import gaps, lanes, overlaps
from portability.cli.timeline import Bar, timeline


def bar(jurisdiction: str, start: str, end: str, state: str = "counted") -> Bar:
    return Bar(
        jurisdiction=jurisdiction,
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        state=state,
    )


ROSA = [bar("FR", "1985-01-01", "2004-12-31"), bar("ES", "2005-01-01", "2014-12-31")]


def lines(bars: list[Bar], width: int = 80, *, unicode: bool = True) -> list[str]:
    return timeline(bars, width=width, unicode=unicode).plain.split("\n")


def row(bars: list[Bar], label: str, width: int = 80, *, unicode: bool = True) -> str:
    found = [line for line in lines(bars, width, unicode=unicode) if line.startswith(label)]
    assert len(found) == 1
    return found[0][4:]


@pytest.mark.parametrize("width", [40, 80, 120, 237])
def test_no_line_of_the_picture_is_wider_than_the_terminal(width: int) -> None:
    mixed = [
        *ROSA,
        bar("DE", "1990-01-01", "1991-06-30", "flagged"),
        bar("DE", "1990-02-01", "1990-03-31", "displaced"),
    ]
    picture = [line for line in lines(mixed, width) if "overlap 1" not in line]
    assert max(len(line) for line in picture) <= width


@pytest.mark.parametrize("width", range(40, 200, 7))
def test_a_period_that_begins_the_day_after_another_stands_right_beside_it(width: int) -> None:
    france, spain = row(ROSA, "FR", width, unicode=False), row(ROSA, "ES", width, unicode=False)
    first = len(spain) - len(spain.lstrip())
    assert first in {len(france), len(france) - 1}


def test_lengths_in_the_picture_are_in_proportion() -> None:
    france = row(ROSA, "FR", 124).count("█")
    spain = row(ROSA, "ES", 124).count("█")
    assert france == pytest.approx(2 * spain, abs=2)


def test_a_single_day_in_forty_years_is_seen() -> None:
    bars = [bar("FR", "1980-01-01", "2019-12-31"), bar("ES", "1999-06-15", "1999-06-15")]
    assert row(bars, "ES").strip()


def test_a_gap_of_one_day_is_marked_and_named() -> None:
    bars = [bar("FR", "1985-01-01", "1999-12-30"), bar("FR", "2000-01-01", "2014-12-31")]
    assert row(bars, "all").strip() == "·"
    assert "    gap on 1999-12-31" in lines(bars)


def test_an_overlap_shows_how_many_were_at_once_and_names_them() -> None:
    bars = [*ROSA, bar("DE", "2003-01-01", "2003-12-31")]
    assert set(row(bars, "all").strip()) == {"2"}
    assert "    overlap 2003-01-01 to 2003-12-31, 365 days: DE and FR" in lines(bars)


def test_two_periods_of_one_jurisdiction_that_overlap_get_a_row_each() -> None:
    bars = [
        bar("FR", "1985-01-01", "1994-12-31"),
        bar("FR", "1990-01-01", "1990-12-31", "displaced"),
    ]
    picture = lines(bars)
    place = next(place for place, line in enumerate(picture) if line.startswith("FR"))
    assert "█" in picture[place]
    assert picture[place + 1].startswith("    ")
    assert set(picture[place + 1].strip()) == {"▒"}


def test_every_state_is_readable_without_colour_and_explained() -> None:
    bars = [
        bar("FR", "1985-01-01", "1989-12-31"),
        bar("ES", "1990-01-01", "1994-12-31", "flagged"),
        bar("DE", "1995-01-01", "1999-12-31", "displaced"),
        bar("NL", "2000-01-01", "2004-12-31", "excluded"),
    ]
    marks = {label: set(row(bars, label).strip()) for label in ("FR", "ES", "DE", "NL")}
    assert (
        marks == {"FR": {"█"}, "ES": {"?"}, "DE": {"▒"}, "NL": {"×"}}
        or len({frozenset(found) for found in marks.values()}) == 4
    )
    text = timeline(bars, width=200).plain
    for meaning in ("█ counted", "? counted, look at it", "▒ displaced", "× not counted"):
        assert meaning in text


def test_a_terminal_without_unicode_gets_plain_characters() -> None:
    assert timeline(
        [*ROSA, bar("DE", "2003-01-01", "2003-12-31")], width=80, unicode=False
    ).plain.isascii()


def test_a_period_that_cannot_be_drawn_is_named() -> None:
    undated = Bar(jurisdiction="DE", start=None, end=None, length="5 years")
    assert lines([*ROSA, undated])[-1] == "DE  a period of 5 years without dates: not drawn"
    assert lines([undated]) == ["DE  a period of 5 years without dates: not drawn"]


def test_many_gaps_are_counted_rather_than_listed_without_end() -> None:
    bars = [bar("FR", f"{year}-01-01", f"{year}-06-30") for year in range(1980, 2000)]
    assert lines(bars)[-1] == "    and 13 more gaps and overlaps"


def test_the_years_of_the_axis_stand_over_their_ticks() -> None:
    axis = fit_axis(date(1971, 5, 3).toordinal(), date(2024, 2, 1).toordinal(), 75)
    labels = axis.labels()
    for tick in axis.ticks():
        if tick + 4 <= 75:
            year = int(labels[tick : tick + 4])
            assert (
                tick == axis.touched(date(year, 1, 1).toordinal(), date(year, 1, 1).toordinal())[0]
            )


def test_gaps_and_overlaps_are_found_whatever_the_order() -> None:
    spans = [("A", 10, 20), ("B", 18, 30), ("A", 40, 50)]
    for order in (spans, spans[::-1]):
        assert [(found.first, found.last) for found in gaps(order)] == [(31, 39)]
        assert [(found.first, found.last, found.names) for found in overlaps(order)] == [
            (18, 20, ("A", "B"))
        ]


def test_lanes_keep_overlapping_periods_apart() -> None:
    assert lanes([("A", 1, 5), ("A", 4, 8), ("A", 6, 9)]) == [[0, 2], [1]]
