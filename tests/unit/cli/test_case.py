import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from portability.agreements import pack_ids, pack_source
from portability.cli.case import show
from portability.cli.main import status
from portability.cli.numbers import amount, cited, counted_periods, rows
from portability.core.case import parse_case
from portability.core.case_result import CaseResult, settle_case
from portability.core.pack_parser import parse_pack
from portability.examples import example_names, example_source
from tests.conftest import PROJECT_ROOT

PACKS = {name: parse_pack(pack_source(name), name) for name in pack_ids()}
ROSA = example_source("rosa.toml")
ARTICLE = re.compile(r"(?:883/2004|987/2009) Art \d+|national law")


def settled(source: bytes) -> CaseResult:
    return settle_case(parse_case(source, "case.toml"), PACKS)


def shown(source: bytes, width: int = 100) -> str:
    target = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    show(target, [settled(source)])
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue()


@pytest.fixture
def rosa(tmp_path: Path) -> Path:
    path = tmp_path / "rosa.toml"
    path.write_bytes(ROSA)
    return path


CASES = [name for name in example_names() if b"award_date" in example_source(name)]


@pytest.mark.parametrize("name", CASES)
def test_every_shipped_case_meets_its_expectations(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(example_source(name))
    assert status(["case", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["expectations"]["failed"] == []
    assert document["expectations"]["met"] > 0


def test_rosas_case_settles_to_what_the_published_example_says(
    rosa: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(["case", str(rosa), "--json"]) == 0
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert err == ""
    assert document["payable_total"] == {"EUR": "1400.00"}
    assert document["jurisdictions"]["FR"]["payable"] == "1000.00 EUR"
    assert document["jurisdictions"]["ES"]["ratio"] == {"own": 120, "total": 360}


def test_several_files_give_one_array(rosa: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["case", str(rosa), str(rosa), "--json"]) == 0
    assert [item["title"] for item in json.loads(capsys.readouterr().out)] == [
        "Rosa: 20 years in France, 10 in Spain"
    ] * 2


def test_an_expectation_that_is_not_met_ends_with_1_and_is_named(
    rosa: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rosa.write_bytes(ROSA.replace(b"own         = 240", b"own         = 239"))
    assert status(["case", str(rosa)]) == 1
    assert "expected FR.own = 239, the result is 240" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((b"2004-12-31", b"1984-12-31"), "period[1].end"),
        ((b"1985-01-01", b"1985-02-31"), "start"),
        ((b'type         = "11"', b'type         = "99"'), "period[1].type"),
        ((b'"800.00 EUR"', b'"800.00 USD"'), "scheme.FR."),
        ((b"years = 20", b"years = -20"), "declared"),
        ((b'"eu-883-2004"', b'"nowhere"'), "agreement"),
        ((b"award_date", b"award_dat"), "award_date"),
    ],
)
def test_a_file_that_cannot_be_settled_is_refused_in_one_sentence(
    rosa: Path,
    change: tuple[bytes, bytes],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rosa.write_bytes(ROSA.replace(*change, 1))
    assert status(["case", str(rosa), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert str(rosa) in err
    assert told in err


def test_one_bad_file_of_two_gives_no_result_at_all(
    rosa: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("title =")
    assert status(["case", str(rosa), str(bad)]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("what", ["absent", "folder", "binary", "huge"])
def test_what_is_no_case_file_is_refused_in_one_sentence(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / what
    if what == "folder":
        path.mkdir()
    elif what == "binary":
        path.write_bytes(bytes(range(256)))
    elif what == "huge":
        path.write_bytes(b"#" * 5_000_000)
    assert status(["case", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert str(path) in err


def test_every_number_stands_beside_an_article() -> None:
    for code in ("FR", "ES"):
        for row in rows(settled(ROSA), code):
            assert row.number
            assert ARTICLE.search(row.rests_on), row


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_screen_is_no_wider_than_the_terminal_and_says_what_is_paid(width: int) -> None:
    text = shown(ROSA, width)
    assert max(len(line) for line in text.split("\n")) <= width
    assert "payable together: 1400.00 EUR" in text
    assert "no discrepancies" in text


def test_characters_that_steer_a_terminal_are_not_passed_on() -> None:
    text = shown(ROSA.replace(b'"Rosa: ', b'"\\u001b]0;gotcha\\u0007 [bold]Rosa[/bold] '))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]Rosa[/bold]" in text


OVERLAP = ROSA.replace(b"start        = 2005-01-01", b"start        = 2003-01-01").split(
    b"[expect.FR]"
)[0]


def test_a_period_that_another_displaces_in_part_says_so_and_the_discrepancy_says_what_to_do() -> (
    None
):
    text = shown(OVERLAP, 200)
    assert "partly displaced by period 1" in text
    assert "overlap 2003-01-01 to 2004-12-31" in text
    assert "what to do: " in text


def test_the_counted_length_of_a_period_is_in_words() -> None:
    assert [item.number for item in counted_periods(settled(ROSA))] == ["240 months", "120 months"]
    assert amount(1, "months") == "1 month"
    assert amount(951, "days-6") == "951 days (6-day week)"


def test_articles_of_one_act_name_it_once() -> None:
    articles = ("987/2009 Art 13(1)(a)", "987/2009 Art 13(2)", "883/2004 Art 6")
    assert cited(articles) == "987/2009 Art 13(1)(a), 13(2), 883/2004 Art 6"
    assert cited(()) == "national law"


def test_explain_unfolds_each_number_to_its_records_and_articles(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rosa = str(PROJECT_ROOT / "portability" / "examples" / "rosa.toml")
    assert status(["case", rosa, "--explain"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "1500.00 EUR × 240/360 = 1000.00 EUR" in shown
    assert "record period 1, declared 20 years" in shown


def test_explain_adds_the_same_tree_to_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    rosa = str(PROJECT_ROOT / "portability" / "examples" / "rosa.toml")
    assert status(["case", rosa, "--explain", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["value"] for one in told["explanation"]] == ["1000.00 EUR", "400.00 EUR"]
    assert all(one["parts"] and one["articles"] for one in told["explanation"])


def test_family_benefits_have_bounds_while_a_state_is_silent() -> None:
    given, _, _ = example_source("family-half-refund.toml").partition(b"[expect")
    missing = b'\n[[missing]]\njurisdiction = "FI"\nat_most = { years = 0 }\n'
    lines = [one for one in shown(given + missing, width=140).splitlines() if "FI answers" in one]
    assert "at least" in lines[0]
    assert " 0.00 EUR" in lines[0]
    assert "at most" in lines[1]
    assert "299.86 EUR" in lines[1]
    assert "FI answers" not in shown(given, width=140)
