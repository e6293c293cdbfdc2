"""The P5000 importer: both shapes, and what must be found in odd forms."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.agency.imported import Imported, Weight, require_whole
from agents.agency.p5000 import read_p5000
from portability.core.periods import PeriodType
from portability.errors import InvalidInputError

PROJECT_ROOT = Path(__file__).resolve().parents[3]
SAMPLES = PROJECT_ROOT.parent / "shared" / "samples" / "p5000"
ROSA = PROJECT_ROOT / "portability" / "examples" / "rosa"

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the P5000 samples are kept outside of the project"
)


def row(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "land": "FR",
        "type": "11",
        "relevans": "111",
        "beregning": "111",
        "ordning": "01",
        "periode": {"fom": "1990-01-01", "tom": "1990-12-31"},
        "sum": {"aar": "1"},
    }
    return {key: value for key, value in (base | changes).items() if value != "absent"}


def read(*rows: dict[str, object], jurisdiction: str | None = None, **pension: object) -> Imported:
    form = {
        "sed": "P5000",
        "pensjon": {"medlemskapboarbeid": {"gyldigperiode": "1", "medlemskap": [*rows]}} | pension,
    }
    return read_p5000(json.dumps(form).encode(), "form.json", jurisdiction)


def codes(imported: Imported) -> list[tuple[str, str]]:
    return [(finding.place, finding.code) for finding in imported.findings]


@pytest.mark.parametrize(("file", "months"), [("rosa-fr", 180), ("rosa-es", 84)])
def test_rosas_forms_are_read_without_a_finding(file: str, months: int) -> None:
    imported = read_p5000((ROSA / f"{file}.p5000.json").read_bytes(), file)
    assert imported.findings == ()
    sums = [one.period.declared for one in imported.rows]
    assert sum(12 * one.years + one.months for one in sums if one) == months
    assert [one.jurisdiction for one in imported.identifiers] == [file[-2:].upper()]


def test_a_row_becomes_a_period_with_everything_it_states() -> None:
    imported = read(row(sum={"kvartal": "2", "dager": {"nr": "3", "type": "6"}}))
    period = imported.rows[0].period
    assert (period.jurisdiction, period.type) == ("FR", PeriodType.COMPULSORY_EMPLOYED)
    assert period.declared is not None
    assert period.declared.to_json() == {"quarters": 2, "days": 3, "day_type": 6}
    assert (period.scheme, period.relevance, period.calculation) == ("01", "111", "111")


def test_a_row_without_country_is_refused_unless_the_sender_is_named() -> None:
    imported = read(row(land="absent"))
    assert imported.rows == ()
    assert codes(imported) == [("row 1", "row-refused")]
    with pytest.raises(InvalidInputError, match="row 1, land: land is missing; say whose"):
        require_whole(imported)
    named = read(row(land=None), jurisdiction="NO")
    assert named.rows[0].period.jurisdiction == "NO"
    assert codes(named) == [("row 1", "country-from-sender")]


def test_the_country_of_the_person_or_of_the_case_is_never_taken_for_that_of_the_row() -> None:
    form = {
        "sed": "P5000",
        "nav": {
            "eessisak": [{"land": "NO"}],
            "bruker": {"person": {"pin": [{"land": "SE", "identifikator": "X-1"}]}},
        },
        "pensjon": {"medlemskap": [row(land="absent")]},
    }
    imported = read_p5000(json.dumps(form).encode(), "form.json")
    assert imported.rows == ()
    assert imported.refused[0].field == "land"


def test_a_sum_with_only_a_day_basis_is_no_declared_sum() -> None:
    imported = read(row(sum={"aar": None, "dager": {"type": "7"}}))
    assert imported.rows[0].period.declared is None
    assert codes(imported) == [("row 1", "sum-empty")]


def test_a_sum_of_zero_is_kept_and_flagged() -> None:
    imported = read(row(sum={"aar": "0", "dager": {"nr": "0", "type": "7"}}))
    assert imported.rows[0].period.declared is not None
    assert ("row 1", "sum-zero") in codes(imported)


def test_days_without_a_basis_are_flagged_and_not_given_one() -> None:
    imported = read(row(sum={"aar": "1", "dager": {"nr": "2"}}))
    declared = imported.rows[0].period.declared
    assert declared is not None
    assert declared.day_type is None
    assert ("row 1", "day-basis-missing") in codes(imported)


def test_a_declared_sum_that_differs_from_the_dates_is_flagged_and_kept() -> None:
    imported = read(
        row(periode={"fom": "1993-07-05", "tom": "2002-02-01"}, sum={"aar": "8", "maaneder": "6"})
    )
    finding = imported.findings[0]
    assert finding.code == "declared-differs-from-dates"
    assert "declared 8 years 6 months, the dates span 8 years 6 months 28 days" in finding.detail


@pytest.mark.parametrize(
    ("start", "end", "declared"),
    [
        ("1989-01-12", "1994-04-22", {"aar": "5", "maaneder": "3", "dager": {"nr": "11"}}),
        ("2011-04-28", "2012-05-09", {"aar": "1", "dager": {"nr": "12", "type": "7"}}),
        ("2010-01-01", "2015-12-31", {"kvartal": "24"}),
        ("2010-01-04", "2010-01-31", {"uker": "4"}),
        ("2010-01-04", "2010-01-31", {"dager": {"nr": "20", "type": "5"}}),
    ],
)
def test_a_declared_sum_that_is_what_the_dates_span_is_not_flagged(
    start: str, end: str, declared: dict[str, object]
) -> None:
    imported = read(row(periode={"fom": start, "tom": end}, sum=declared))
    assert "declared-differs-from-dates" not in dict(codes(imported)).values()


def test_type_52_is_named_as_lying_after_the_risk() -> None:
    assert codes(read(row(type="52"))) == [("row 1", "fictive-after-risk")]


@pytest.mark.parametrize("dates", [None, {}, {"fom": "1990-01-01"}, {"tom": "1990-12-31"}])
def test_undated_and_open_rows_are_kept_and_flagged(dates: object) -> None:
    imported = read(row(periode=dates))
    assert len(imported.rows) == 1
    assert codes(imported) == [("row 1", "undated")]


def test_a_row_with_neither_dates_nor_sum_is_refused() -> None:
    assert codes(read(row(periode=None, sum=None))) == [("row 1", "row-refused")]


def test_the_same_dates_twice_in_one_country_are_flagged_and_both_kept() -> None:
    imported = read(row(), row(type="30"), row(land="ES"))
    assert len(imported.rows) == 3
    assert codes(imported) == [("row 2", "same-dates")]


def test_an_overlap_is_found_behind_a_row_that_lies_between() -> None:
    long = row(periode={"fom": "1990-01-01", "tom": "1999-12-31"}, sum={"aar": "10"})
    inside = row(periode={"fom": "1991-01-01", "tom": "1991-12-31"})
    late = row(periode={"fom": "1995-01-01", "tom": "1995-12-31"})
    assert codes(read(late, inside, long)) == [
        ("row 1", "dates-overlap"),
        ("row 2", "dates-overlap"),
    ]


def test_a_declared_total_that_is_not_the_sum_of_its_rows_is_flagged() -> None:
    total = {"type": "11", "relevans": "111", "sum": {"aar": "2"}}
    imported = read(row(), medlemskapTotal=[total])
    assert codes(imported) == [("declared total 1", "total-differs-from-rows")]
    assert codes(read(row(), medlemskapTotal=[total | {"sum": {"maaneder": "12"}}])) == []


def test_other_periods_are_read_as_rows_of_their_own() -> None:
    imported = read(row(), medlemskapAnnen=[row(land="DE", periode=None)])
    assert [one.place for one in imported.rows] == ["row 1", "other row 1"]
    assert imported.rows[1].period.jurisdiction == "DE"


def test_both_shapes_in_one_form_lose_nothing() -> None:
    older = row(periode={"fom": "1980-01-01", "tom": "1980-12-31"})
    imported = read(row(), medlemskap=[older])
    assert [one.place for one in imported.rows] == ["row 1", "older row 1"]
    assert ("file", "both-shapes") in codes(imported)


@pytest.mark.parametrize(
    "pension",
    [
        None,
        {},
        {"medlemskap": None},
        {"medlemskapboarbeid": {"gyldigperiode": "0", "medlemskap": []}},
        {"medlemskapboarbeid": None, "medlemskap": []},
    ],
)
def test_a_form_without_periods_is_a_finding(pension: object) -> None:
    source = json.dumps({"sed": "P5000", "pensjon": pension}).encode()
    imported = read_p5000(source, "form.json")
    assert codes(imported) == [("file", "no-periods")]
    assert not imported.refused


def test_periods_under_a_statement_that_there_are_none_are_flagged() -> None:
    body = {"gyldigperiode": "0", "medlemskap": [row()]}
    imported = read(medlemskapboarbeid=body)
    assert codes(imported) == [("file", "periods-contradicted")]


def test_claims_are_gathered_from_form_case_and_row() -> None:
    imported = read(
        row(enkeltkrav={"krav": "11"}), sak={"enkeltkrav": {"krav": "10"}}, medlemskapTotal=None
    )
    assert imported.claims == ("10", "11")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "60"}, "type"),
        ({"type": "compulsory-employed"}, "type"),
        ({"type": None}, "type"),
        ({"periode": {"fom": "2015-02-31"}}, "fom"),
        ({"periode": {"fom": "2015-01-01", "tom": "2014-12-31"}}, "end"),
        ({"periode": {"fom": "20150101"}}, "fom"),
        ({"sum": {"aar": "-1"}}, "aar"),
        ({"sum": {"aar": "1e3"}}, "aar"),
        ({"sum": {"aar": "1_0"}}, "aar"),
        ({"sum": {"aar": "٣"}}, "aar"),
        ({"sum": {"maaneder": "5,25"}}, "maaneder"),
        ({"sum": {"dager": {"nr": "3", "type": "4"}}}, "type"),
        ({"sum": []}, "sum"),
        ({"relevans": "211"}, "relevans"),
        ({"land": "Norway"}, "land"),
        ({"land": {"kode": "NO"}}, "land"),
        ({"gyldigperiode": "0"}, "gyldigperiode"),
    ],
)
def test_a_row_that_cannot_be_understood_is_refused_with_its_field(
    change: dict[str, object], field: str
) -> None:
    imported = read(row(), row(**change))
    assert [one.place for one in imported.rows] == ["row 1"]
    assert [(one.place, one.field) for one in imported.refused] == [("row 2", field)]


def test_greece_and_the_united_kingdom_are_taken_under_their_iso_codes() -> None:
    imported = read(row(land="EL"), row(land="UK"))
    assert [one.period.jurisdiction for one in imported.rows] == ["GR", "GB"]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"", "the file is empty"),
        (b"[]", "not one JSON object"),
        (b'{"sed": "P2000"}', "the file is a P2000; only a P5000"),
        (b'{"sed": 5}', "does not say that it is a P5000"),
        (b'{"sed": "P5000", "sed": "P5000"}', "a key appears twice"),
        (b'{"sed": "P5000", "pensjon": []}', "pensjon is not a JSON object"),
        (b'{"sed": "P5000", "pensjon": {"medlemskap": {}}}', "medlemskap is not a list"),
        (b'{"sed": "P5000",\n "pensjon": }', "line 2: the file is not valid JSON"),
        (b'{"sed": "P5000", "x": NaN}', "NaN and infinities"),
        (b'{"sed": "\xff"}', "line 1: the file is not UTF-8"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "no JSON of reasonable size"),
    ],
)
def test_a_file_that_is_no_p5000_is_refused_in_one_sentence(source: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence) as refused:
        read_p5000(source, "form.json")
    assert refused.value.message.startswith("form.json")


def test_a_byte_order_mark_is_skipped_with_a_finding() -> None:
    source = b"\xef\xbb\xbf" + (ROSA / "rosa-fr.p5000.json").read_bytes()
    assert codes(read_p5000(source, "form.json")) == [("file", "byte-order-mark")]


@given(length=st.integers(min_value=1))
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    source = (ROSA / "rosa-fr.p5000.json").read_bytes().rstrip()
    with pytest.raises(InvalidInputError, match=r"ends in the middle|not UTF-8|is empty"):
        read_p5000(source[: length % len(source)], "form.json")


def test_the_report_of_a_file_never_holds_the_persons_number_or_name() -> None:
    imported = read_p5000((ROSA / "rosa-fr.p5000.json").read_bytes(), "form.json")
    shown = json.dumps(imported.to_json()) + repr(imported)
    assert imported.identifiers[0].value == "FICTIF-FR-ROSA-0001"
    assert "FICTIF" not in shown
    assert "ROSA" not in shown.upper().replace("ROSA-FR.P5000", "")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "medlemskap",
                    "sum",
                    "dager",
                    "nr",
                    "type",
                    "land",
                    "periode",
                    "fom",
                    "krav",
                    "pin",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(row_value=json_values, pension=json_values, nav=json_values)
@settings(max_examples=200)
def test_any_json_is_read_or_refused_with_our_own_error(
    row_value: object, pension: object, nav: object
) -> None:
    for form in (
        {"sed": "P5000", "nav": nav, "pensjon": pension},
        {"sed": "P5000", "nav": nav, "pensjon": {"medlemskap": [row_value]}},
    ):
        try:
            imported = read_p5000(json.dumps(form).encode(), "form.json", "NO")
        except InvalidInputError:
            continue
        json.dumps(imported.to_json())


@needs_samples
@pytest.mark.parametrize(
    ("file", "taken", "found"),
    [
        (
            "P5000-NAV.json",
            2,
            {
                "day-basis-missing",
                "declared-differs-from-dates",
                "undated",
                "total-differs-from-rows",
            },
        ),
        (
            "P5000a_898403-nav.json",
            4,
            {
                "country-from-sender",
                "sum-empty",
                "declared-differs-from-dates",
                "total-differs-from-rows",
            },
        ),
        ("P5000b_898403-nav.json", 1, {"country-from-sender", "total-differs-from-rows"}),
        ("P5000_tomsed-nav.json", 0, {"no-periods"}),
        (
            "P5000-medlemskapTotal.json",
            5,
            {"relevance-missing", "dates-overlap", "declared-differs-from-dates"},
        ),
        ("P5000-tomperioder-NAV.json", 0, {"no-periods"}),
    ],
)
def test_the_real_forms_are_read_row_by_row(file: str, taken: int, found: set[str]) -> None:
    imported = read_p5000((SAMPLES / file).read_bytes(), file, "NO")
    assert len(imported.rows) == taken
    assert {finding.code for finding in imported.findings} == found
    assert all(finding.weight is not Weight.REFUSED for finding in imported.findings)
