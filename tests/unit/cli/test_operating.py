"""What an operator reads of a node's streams."""

import json

import pytest

from portability.cli.operating import tell_state
from portability.v1 import operator_service_pb2 as pb

STATE = pb.GetNodeStateResponse(
    streams=[
        pb.PeerStream(peer="DE"),
        pb.PeerStream(
            peer="FR",
            withheld=2,
            undelivered=[
                pb.UndeliveredKind(kind="agreement-adoption", state="withheld", count=2),
                pb.UndeliveredKind(kind="reconciliation", state="alone", count=1),
            ],
        ),
    ]
)


def test_what_a_peer_was_not_given_is_told_by_kind_with_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tell_state(STATE, as_json=False) == 0
    text = capsys.readouterr().out
    rows = [line.split()[:3] for line in text.splitlines()]
    assert ["FR", "agreement-adoption", "2"] in rows
    assert ["FR", "reconciliation", "1"] in rows
    assert "not understood" in text
    assert "without its" in text


def test_the_same_stands_in_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    tell_state(STATE, as_json=True)
    told = {
        one["peer"]: one["undelivered"] for one in json.loads(capsys.readouterr().out)["streams"]
    }
    assert told["DE"] == []
    assert told["FR"][0] == {"kind": "agreement-adoption", "state": "withheld", "count": 2}
