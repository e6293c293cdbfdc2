"""The table of a quarter in words: what is withheld is said to be, and why."""

from datetime import timedelta

import pytest

from agents.held_summary import HeldCell, HeldSummary, tell_summary
from agents.printing import Printer

DAY = timedelta(days=1)
WITHHELD = HeldCell(jurisdiction="ES", step="", cases=None, median=None, percentile_90=None)
FEW = HeldCell(jurisdiction="", step="history", cases=7, median=2 * DAY, percentile_90=None)
MANY = HeldCell(
    jurisdiction="FR", step="history", cases=40, median=11 * DAY, percentile_90=30 * DAY
)


def test_the_table_says_what_is_withheld_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    summary = HeldSummary(quarter="2026-Q1", fewest=5, cells=(WITHHELD, FEW, MANY))
    tell_summary(Printer(as_json=False), summary)
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "ES all steps withheld" in said
    assert "all countries history 7 2.0 days too few cases" in said
    assert "FR history 40 11.0 days 30.0 days" in said
    assert said[-1].startswith("Withheld: what tells of fewer than 5 persons")
    tell_summary(Printer(as_json=False), HeldSummary(quarter="2026-Q1", fewest=5, cells=(MANY,)))
    assert "Withheld" not in capsys.readouterr().out
    tell_summary(Printer(as_json=False), HeldSummary(quarter="2026-Q1", fewest=5, cells=()))
    assert capsys.readouterr().out == "No case that you may see ended in 2026-Q1.\n"


def test_the_document_holds_no_figure_where_it_is_withheld() -> None:
    assert WITHHELD.to_json() == {
        "jurisdiction": "ES", "step": "", "withheld": True, "cases": None, "median_seconds": None,
        "percentile_90_seconds": None,
    }  # fmt: skip
    assert MANY.to_json()["percentile_90_seconds"] == 30 * 86_400
