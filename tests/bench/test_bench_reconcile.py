"""The measurements themselves: what they print, and ratios; never how fast a machine is."""

from datetime import date, timedelta

import pytest

from portability.cli.bench_reconcile import AS_OF, fit_exponent, monthly_rows
from portability.cli.main import status
from tests.bench.documented import the_document

GENEROUS = 0.3
"""How far the fitted exponent may lie above the greater of that of the limit, and of n log n."""


def test_reconciling_prints_medians_limit_and_growth_no_faster_than_n_log_n(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["bench", "reconcile", "--json", "--rounds", "5", "--largest", "16000"]

    assert status(arguments) == 0

    found = the_document("reconcile", capsys.readouterr().out)
    assert found["unit"] == "rows/s"
    assert found["ratio"] == pytest.approx(found["rate"] / found["limit"], rel=0.05)
    for medians in (found["median_ms"], found["median_ms_dates_only"]):
        assert list(medians) == ["2", "3", "5"]
        assert all(value > 0 for value in medians.values())
    assert found["parameters"]["rows"] == {"2": 1080, "3": 1620, "5": 2700}
    assert found["parameters"]["cores"] == 1
    assert max(map(int, found["growth_ms"])) == 16000
    allowed = max(found["exponent_limit"], found["exponent_n_log_n"])
    assert 0.5 < found["exponent"] < allowed + GENEROUS


def test_reconciling_prints_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["bench", "reconcile", "--rounds", "1", "--largest", "2000", "--database"]

    assert status([*arguments, "postgresql"]) == 0

    out, err = capsys.readouterr()
    assert "--database changes nothing here: histories are reconciled in memory" in err
    assert "2 countries, 1,080 rows: " in out
    assert "exponent" in out
    assert "2 countries, 1,080 rows with sums: " in err


def test_the_histories_are_whole_months_that_end_before_the_day_asked_for() -> None:
    rows = monthly_rows(2, 540, sums=True)

    assert len({row.id for row in rows}) == 1080
    assert max(row.end or date.max for row in rows) == AS_OF - timedelta(days=1)
    assert all(row.regular_months == 1 for row in rows)
    assert min(row.start or date.max for row in rows) == date(1975, 1, 1)


def test_the_exponent_of_a_power_is_fitted_exactly() -> None:
    assert fit_exponent({size: 3 * size**1.5 for size in (10, 100, 1000)}) == 1.5
    assert fit_exponent({size: 7.0 * size for size in (10, 100, 1000)}) == 1.0
