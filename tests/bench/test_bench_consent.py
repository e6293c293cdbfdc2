"""The bench of consents: what it prints, each consent in force and proved."""

import json

import pytest

from portability.cli.main import status


def test_consents_by_passkey_are_measured_beside_an_echo(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["bench", "consent", "--json", "--rounds", "1", "--consents", "12"]

    assert status([*arguments, "--concurrency", "4"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["bench"], found["unit"]) == ("consent", "consents/s")
    assert found["parameters"]["consents"] == 12
    assert found["rate"] > 0
    assert found["limit"] > 0
    assert found["ratio"] == pytest.approx(found["rate"] / found["limit"], abs=0.01)
