"""The bench of the portal: what it prints, and that a long history stays small."""

import json

import pytest

from portability.cli.main import status


def test_the_pages_are_measured_beside_an_empty_one(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["bench", "portal", "--json", "--rounds", "1", "--visits", "16"]

    done = status(arguments)

    found = json.loads(capsys.readouterr().out)
    assert found["bench"] == "portal"
    assert found["parameters"]["records"] == 540
    assert found["limit"] == {"ratio": 4.0, "history_bytes": 200_000}
    pages = {one["page"]: one for one in found["pages"]}
    assert pages["/empty"]["ratio"] == 1
    assert min(found["read_ahead_ms"].values()) > 0
    for path in ("/", "/history", "/requests", "/permissions", "/claims", "/my-data", "/keys"):
        assert pages[path]["ms"] > 0
        assert pages[path]["first_ms"] > 0
        assert pages[path]["bytes"] < 200_000
    assert (done == 0) is found["held"]
