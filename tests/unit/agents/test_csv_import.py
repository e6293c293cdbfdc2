"""The CSV importer: one header, named rows and columns, cut files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.agency.csv_import import HEADER, read_csv
from agents.agency.imported import Imported, require_whole
from portability.errors import InvalidInputError

ROSA = Path(__file__).resolve().parents[3] / "portability" / "examples" / "rosa"
FIRST = ",".join(HEADER) + "\n"
GOOD = "11,2000-01-01,2000-12-31,,12,,,,,aggregate,01,111,111,no\n"


def read(text: str) -> Imported:
    return read_csv(text.encode(), "rows.csv", "FR")


@pytest.mark.parametrize(("file", "months"), [("rosa-fr", 60), ("rosa-es", 36)])
def test_rosas_rows_are_read_without_a_finding(file: str, months: int) -> None:
    imported = read_csv((ROSA / f"{file}.csv").read_bytes(), file, file[-2:].upper())
    assert imported.findings == ()
    assert sum(one.period.declared.months for one in imported.rows if one.period.declared) == months
    assert imported.rows[0].place == "row 2"


def test_yearly_sums_stay_sums_of_their_year() -> None:
    imported = read(FIRST + "11,2001-01-01,2001-12-31,,,,,53,6,yearly,01,111,111,no\n")
    period = imported.rows[0].period
    assert (period.communicated, period.declared) == ("yearly", None)
    assert [(year, declared.to_json()) for year, declared in period.by_year] == [
        (2001, {"days": 53, "day_type": 6})
    ]


def test_a_refunded_period_and_quoted_cells_are_read() -> None:
    imported = read(FIRST + '"11","2000-01-01",2000-12-31,1,,,,,,,,,,yes\n')
    assert imported.rows[0].period.refunded
    assert imported.rows[0].period.scheme is None


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("", "row 1: the first row is empty"),
        (FIRST.replace(",", ";"), "separated by semicolons"),
        (FIRST.replace("weeks,", ""), "lacks the column weeks"),
        (FIRST.replace("type,start", "start,type"), "in another order"),
        (FIRST.replace("\n", ",name\n"), "has other columns"),
        (FIRST.upper(), "lacks the column type"),
    ],
)
def test_a_wrong_header_refuses_the_file(header: str, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        read(header + GOOD if header else "")


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("99,2000-01-01,2000-12-31,,12,,,,,,01,111,111,no", "type"),
        (",2000-01-01,2000-12-31,,12,,,,,,01,111,111,no", "type"),
        ("11,2000-02-31,2000-12-31,,12,,,,,,01,111,111,no", "start"),
        ("11,2000-01-01,1999-12-31,,12,,,,,,01,111,111,no", "end"),
        ("11,2000-01-01,2000-12-31,,-1,,,,,,01,111,111,no", "months"),
        ("11,2000-01-01,2000-12-31,,,,,5,8,,01,111,111,no", "day_type"),
        ("11,2000-01-01,2000-12-31,,12,,,,,sometimes,01,111,111,no", "communicated"),
        ("11,2000-01-01,2001-12-31,,12,,,,,yearly,01,111,111,no", "communicated"),
        ("11,2000-01-01,2000-12-31,,12,,,,,,1,111,111,no", "scheme"),
        ("11,2000-01-01,2000-12-31,,12,,,,,,01,1111,111,no", "relevance"),
        ("11,2000-01-01,2000-12-31,,12,,,,,,01,111,222,no", "calculation"),
        ("11,2000-01-01,2000-12-31,,12,,,,,,01,111,111,maybe", "refunded"),
        ("11,2000-01-01,2000-12-31,,12,,,,,,01,111", "calculation"),
        ("11,2000-01-01,2000-12-31,,12,,,,,,01,111,111,no,x", "row"),
        ('"11,2000-01-01,2000-12-31,,12,,,,,,01,111,111,no', "row"),
        ("11,,,,,,,,,,01,111,111,no", "start"),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_the_good_rows_are_kept(
    line: str, column: str
) -> None:
    imported = read(f"{FIRST}{GOOD}{line}\n{GOOD.replace('2000', '2001')}")
    assert [one.place for one in imported.rows] == ["row 2", "row 4"]
    assert [(one.place, one.field) for one in imported.refused] == [("row 3", column)]
    with pytest.raises(InvalidInputError, match=r"^row 3, ") as refused:
        require_whole(imported)
    assert refused.value.context["field"] == column


def test_a_file_without_its_last_line_end_is_taken_for_cut() -> None:
    imported = read(FIRST + GOOD + GOOD.replace("2000", "2001").rstrip("\n"))
    assert [one.place for one in imported.rows] == ["row 2"]
    assert [one.place for one in imported.refused] == ["row 3"]
    assert "may have been cut" in imported.refused[0].detail


@given(length=st.integers(min_value=len(FIRST)))
def test_a_file_cut_within_a_row_never_loses_part_of_it_silently(length: int) -> None:
    whole = FIRST + GOOD + GOOD.replace("2000", "2001")
    cut = whole[: len(FIRST) + length % (len(whole) - len(FIRST))]
    imported = read(cut)
    assert bool(imported.refused) == (not cut.endswith("\n"))


def test_windows_line_ends_blank_rows_and_a_byte_order_mark_are_taken() -> None:
    text = (FIRST + GOOD + ",,,\n").replace("\n", "\r\n")
    imported = read_csv(b"\xef\xbb\xbf" + text.encode(), "rows.csv", "FR")
    assert [one.code for one in imported.findings] == ["byte-order-mark", "blank-row"]
    assert len(imported.rows) == 1


def test_a_header_without_rows_is_a_finding() -> None:
    assert [one.code for one in read(FIRST).findings] == ["no-periods"]


def test_a_file_in_another_encoding_is_refused_with_the_line() -> None:
    with pytest.raises(InvalidInputError, match="line 2: the file is not UTF-8"):
        read_csv(FIRST.encode() + "é".encode("latin-1"), "rows.csv", "FR")


@given(st.text(max_size=200))
def test_any_text_below_the_header_is_read_or_refused_row_by_row(text: str) -> None:
    imported = read(FIRST + text)
    assert all(one.place == "file" or one.place.startswith("row ") for one in imported.findings)
