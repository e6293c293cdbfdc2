"""A refusal of what a file says names the file, wherever it is read."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

import portability.examples
from agents.agency.imported import require_whole
from agents.agency.importing import read_periods
from agents.agency.main import status as agency
from agents.agency.record_files import read_record_file
from agents.auditor.main import status as auditor
from agents.profile import load_profile, said_of
from portability.cli.federation import make_federation
from portability.errors import InvalidInputError
from tests.unit.agents.test_profile import GOOD


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Those of a federation that does not run: nothing here gets as far as to a node."""
    return make_federation(tmp_path_factory.mktemp("federation") / "new").profiles


TODAY = date(2025, 1, 15)

HEADER = (
    "type,start,end,years,months,quarters,weeks,days,day_type,communicated,scheme,relevance,"
    "calculation,refunded"
)


@pytest.mark.parametrize("name", ["form.json", "rows.csv"])
@pytest.mark.parametrize("content", ["", "\n \n", "\ufeff"])
def test_an_empty_file_is_told_as_such(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=f"^{name} is empty; ask for it again$"):
        read_periods(path, None, "FR", TODAY)


def test_a_bad_row_is_told_with_its_file_and_how_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{HEADER}\n11,2000-02-31,2000-12-31,,12,,,,,aggregate,01,111,111,no\n")
    with pytest.raises(
        InvalidInputError, match=r"^rows\.csv, row 2, start: .*--on-error keep-good"
    ):
        require_whole(read_periods(path, None, "FR", TODAY))


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ("11,2020-01-01,2025-01-15,,,,,,,aggregate,01,111,111,no", []),
        ("11,2020-01-01,2025-01-16,,,,,,,aggregate,01,111,111,no", ["in-future"]),
        ("11,2991-01-01,,,,,,,,aggregate,01,111,111,no", ["undated", "in-future"]),
        ("52,2020-01-01,2045-01-16,,,,,,,aggregate,01,111,111,no", ["fictive-after-risk"]),
    ],
)
def test_days_to_come_are_taken_as_communicated_and_told(
    tmp_path: Path, row: str, codes: list[str]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{HEADER}\n{row}\n")
    found = read_periods(path, None, "FR", TODAY)
    assert [one.code for one in found.findings] == codes
    assert len(found.rows) == 1


def test_a_form_of_another_country_is_named(
    capsys: pytest.CaptureFixture[str], profiles: Mapping[str, Path]
) -> None:
    profile = profiles["fr-agency-cnav"]
    form = Path(next(iter(portability.examples.__path__))) / "rosa/rosa-es.p5000.json"
    assert agency(["find-person", "--from", str(form), "--profile", str(profile)]) == 2
    assert "rosa-es.p5000.json holds 0 numbers" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "kind = 1", "kind = ", '{"kind": "a"}'])
def test_a_record_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "award.toml"
    path.write_text(content)
    with pytest.raises(InvalidInputError, match=r"award\.toml") as raised:
        read_record_file(path)
    assert raised.value.message.count("award.toml") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('declared = "4 years"', r"declared is not .*; write a table of years, months, quarters"),
        ("declared = { years = 4 }", r"declared\.years is not .*; write text in quotes"),
        ('declared = { year = "4" }', r"declared is not .*; write a table of years"),
        ("by_year = 4", r"by_year is not .*; write a list"),
        ('kind = "awarded-entitlement"\ngross_amount = "1,00 EUR"', r'such as "800\.00 EUR"'),
    ],
)
def test_a_field_of_a_record_says_how_it_is_written(
    tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / "record.toml"
    path.write_text(content if "kind" in content else f'kind = "contribution-period"\n{content}')
    with pytest.raises(InvalidInputError, match=words):
        read_record_file(path).content(bytes(16), "FR", "cnav")


def test_what_is_no_case_and_no_record_is_told_before_a_node_is_asked(
    capsys: pytest.CaptureFixture[str], profiles: Mapping[str, Path]
) -> None:
    profile = ["--profile", str(profiles["fr-agency-cnav"])]
    for name in ("28a96d", "records/28a96d", "cases/" + "0" * 64):
        assert agency(["notices", name, *profile]) == 2
        assert "must be cases/ and 32, or records/ and 64" in capsys.readouterr().err


def test_a_purpose_template_is_named_by_whoever_registers_or_uses_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], profiles: Mapping[str, Path]
) -> None:
    profile, path = profiles["es-agency-inss"], tmp_path / "purpose.toml"
    path.touch()
    assert agency(["register-template", str(path), "--profile", str(profile)]) == 2
    assert "purpose.toml: schema is missing" in capsys.readouterr().err
    asked = ["--reference", "ab" * 32, "--provider", "FR/cnav", "--branch", "old-age"]
    days = ["--from", "1980-01-01", "--to", "2025-01-01"]
    assert agency(["request-consent", "--template", str(path), *asked, *days]) == 2
    assert "purpose.toml: schema is missing" in capsys.readouterr().err


def test_a_checkpoint_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], profiles: Mapping[str, Path]
) -> None:
    profile, path = profiles["es-auditor"], tmp_path / "kept.txt"
    path.touch()
    assert auditor(["consistency", str(path), "--profile", str(profile)]) == 2
    assert "kept.txt: the note has no empty line" in capsys.readouterr().err


def test_a_directory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(GOOD)
    (tmp_path / "directory.json").write_text("[]")
    with pytest.raises(InvalidInputError, match=r"directory\.json"):
        load_profile(path).directory.envelopes()


def test_a_name_that_is_there_is_not_said_twice(tmp_path: Path) -> None:
    for said in (f"{tmp_path}: is odd", f"{tmp_path.name}, line 1: is odd"):
        with pytest.raises(InvalidInputError) as raised, said_of(tmp_path):
            raise InvalidInputError(said, field="x")
        assert raised.value.message == said
