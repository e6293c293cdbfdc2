"""What an operator reads of signatures that a peer has not."""

import pytest

from portability.cli.agreements import tell_agreements
from portability.v1 import agreements_service_pb2 as pb
from portability.v1 import recognition_service_pb2


def test_a_signature_that_a_peer_refused_is_not_said_to_be_on_its_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lost = recognition_service_pb2.UndeliveredStatement
    tell_agreements(
        pb.ListAgreementsResponse(
            undelivered=[
                lost(peer="DE", state="withheld", message="it speaks version 1"),
                lost(peer="FR", state="refused", message="it has another text"),
            ]
        )
    )
    text = capsys.readouterr().out
    assert "kept back from DE: it speaks version 1" in text
    assert "refused by FR: it has another text" in text
