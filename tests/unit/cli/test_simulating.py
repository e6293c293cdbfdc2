"""`portability simulate` tells what was run, and fails where a promise was broken."""

import pytest

from portability.cli.main import status
from tests.bench.documented import the_document


def test_every_promise_holds_and_the_faults_are_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status(["simulate", "--seeds", "5", "--json"]) == 0
    told = the_document("simulate", capsys.readouterr().out)
    assert (told["seeds"], told["failed"]) == (5, [])
    assert all(count > 0 for count in told["faults"].values())


def test_it_says_so_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["simulate", "--seeds", "2", "--first-seed", "7"]) == 0
    assert "every promise held" in capsys.readouterr().out


def test_no_seeds_are_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["simulate", "--seeds", "0"]) == 2
    assert "seeds" in capsys.readouterr().err
