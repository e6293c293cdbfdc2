"""The bench of whole cases: what it prints adds up, on the smallest cases that there are."""

import pytest

from portability.cli.bench_recognition import Floor, per_record_growth, read_counts
from portability.cli.main import status
from portability.errors import InvalidInputError
from tests.bench.documented import the_document
from tests.databases import PostgresServer

SMALL = ["bench", "recognition", "--countries", "2", "--cases", "1", "--concurrency", "2"]


def test_whole_cases_are_measured_beside_their_signatures_on_databases_made_for_it(
    capsys: pytest.CaptureFixture[str], postgres_server: PostgresServer, postgres_url: str
) -> None:
    before = postgres_server.names()

    assert status([*SMALL, "--rows", "3", "--database", postgres_url, "--json"]) == 0

    found = the_document("recognition", capsys.readouterr().out)
    assert postgres_server.names() == before
    assert found["parameters"]["database"] == "postgresql"
    assert found["parameters"]["records"] == 6
    assert found["ratio"] == pytest.approx(found["limit"] / found["rate"], rel=0.05)
    assert found["throughput_ratio"] == found["at_once"]["ratio"]

    (one,) = found["one_at_a_time"]
    until = one["seconds_until"]
    assert 0 < until["asked"] <= until["answered"] <= until["agreed"] == one["median_seconds"]
    assert one["ratio"] == pytest.approx(one["median_seconds"] / one["floor_seconds"], rel=0.2)
    steps = one["seconds_of_steps"]
    assert steps["ES"].keys() >= {"prove", "deliver", "verify", "take", "reconcile"}
    assert steps["FR"].keys() >= {"consent-status", "answer-history", "countersign", "deliver"}
    assert 0 < steps["FR"]["answer-history"] < until["answered"]
    assert found["at_once"]["cases"] == 2
    assert found["parameters"]["rows"] == 3


def test_the_floor_verifies_each_record_once_at_each_other_party() -> None:
    free = Floor(verify=1.0, sign=0.0)

    growth = {
        parties: free.of_case(parties, 540) - free.of_case(parties, 539) for parties in (2, 3, 5)
    }

    assert growth == {2: 2.0, 3: 6.0, 5: 20.0}


@pytest.mark.parametrize(
    ("microseconds", "growth"),
    [({2: 400.0}, None), ({2: 400.0, 3: 500.0, 5: 440.0}, 1.1), ({5: 300.0, 2: 400.0}, 0.75)],
)
def test_growth_is_of_the_time_for_a_record_between_the_most_countries_and_the_fewest(
    microseconds: dict[int, float], growth: float | None
) -> None:
    assert per_record_growth(microseconds) == growth


@pytest.mark.parametrize("text", ["", "1", "6", "2,", "two"])
def test_numbers_of_countries_that_cannot_be_measured_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="takes numbers from 2 to 5"):
        read_counts(text)
