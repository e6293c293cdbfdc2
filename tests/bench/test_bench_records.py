"""The benches of records, the smallest that there are, beside a file that is named to them."""

from pathlib import Path

import pytest

from portability.cli.main import status
from tests.bench.documented import the_document

SMALL = ["--records", "20", "--rounds", "1", "--json", "--database"]


@pytest.mark.parametrize("bench", ["append", "ingest"])
def test_records_are_measured_beside_their_limit_and_the_named_file_stays_as_it_is(
    bench: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.db"
    kept.write_text("of somebody else")

    assert status(["bench", bench, *SMALL, f"sqlite+aiosqlite:///{kept}"]) == 0

    found = the_document(bench, capsys.readouterr().out)
    assert found["ratio"] == pytest.approx(found["rate"] / found["limit"], abs=0.001)
    assert found["parameters"]["database"] == "sqlite"
    assert found["parameters"]["records"] == 20
    assert list(tmp_path.iterdir()) == [kept]
    assert kept.read_text() == "of somebody else"


@pytest.mark.parametrize(
    ("url", "expected", "told"),
    [
        ("nonsense", 2, "names no database that this node can use"),
        ("sqlite+aiosqlite:///file:here.db?uri=true", 2, "beside a plain file alone"),
        ("postgresql+asyncpg://nobody@localhost:1/none", 69, "(unreachable): check that its"),
    ],
)
def test_a_place_where_no_database_can_be_made_is_one_sentence(
    url: str, expected: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(["bench", "append", "--database", url]) == expected

    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.count("\n") == 1
