"""The bench of the audit runs on processes of its own and says what it verified."""

import pytest

from portability.cli.main import status
from tests.bench.documented import the_document


def test_the_result_has_the_figures_that_every_bench_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["bench", "audit", "--entries", "600", "--rounds", "1", "--json", "--database"]
    assert status([*arguments, "postgresql"]) == 0
    out, err = capsys.readouterr()
    result = the_document("audit", out)
    assert result["unit"] == "records/s"
    assert result["rate"] > 0
    assert result["limit"] > 0
    assert result["ratio"] == pytest.approx(result["rate"] / result["limit"], abs=0.001)
    assert result["peak_rss_mib"] > 0
    asked = result["parameters"]
    assert (asked["entries"], asked["signatures"], asked["proofs"]) == (600, 600, 100)
    assert "making a log of 600 signed records" in err
    assert "--database changes nothing here: an audit reads exported files alone" in err
