"""What a compromised key has signed: picked out of a log, and judged entry by entry."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agents.auditor.main import status
from agents.auditor.review import Reader
from tests.unit.agents.test_watching import INSTITUTION, NODE, NOW, by, entry, with_key

CUTOFF = NOW - timedelta(minutes=10)


def reader(quorum: int = 1) -> Reader:
    key = with_key(cutoff=CUTOFF).key(INSTITUTION.key_id)
    assert key is not None
    return Reader("fr.example/log", {key.key_id: key}, quorum)


def test_everything_of_the_key_is_listed_and_nothing_of_another() -> None:
    one = reader()
    one.check(0, entry(0), CUTOFF - timedelta(seconds=1))
    one.check(1, entry(1, kind="closure", signer=NODE), NOW)
    one.check(2, entry(2), CUTOFF)
    assert [(found.index, bool(found.why)) for found in one.found] == [(0, False), (2, True)]
    assert "is compromised" in one.found[1].why
    assert one.found[1].to_json()["statement"] == (2).to_bytes(32, "big").hex()


def test_what_no_witness_saw_stays_open() -> None:
    one = reader()
    one.check(0, entry(0), None)
    assert one.found[0].why == "no quorum of witnesses has seen it"
    assert one.found[0].to_json()["witnessed"] == ""


def test_without_witnesses_the_logs_own_hour_decides() -> None:
    one = replace(reader(quorum=0))
    one.check(0, by(-1), None)
    one.check(1, by(1), None)
    assert [bool(found.why) for found in one.found] == [False, True]


@pytest.mark.parametrize("key_id", ["00" * 32, "xyz"])
def test_a_key_that_is_none_is_told_before_any_log_is_read(
    key_id: str, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.integration.node.whole import make_layout  # noqa: PLC0415  # needs real files

    layout = make_layout(tmp_path_factory.mktemp("review") / "federation")
    profile = str(layout.profiles["es-auditor"])
    assert status(["review", "--key-id", key_id, "--profile", profile]) == 2
    assert capsys.readouterr().err.count("\n") == 1
