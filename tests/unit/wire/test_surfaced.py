"""The place of a record in a log, as it is shown without the record."""

import pytest

from portability.errors import PortabilityError, SignatureError
from portability.wire.proven import proven_from_pb
from portability.wire.surfaced import place_of, verify_place
from tests.integration.recognition.world import AT_CNAV, AT_INSS, FEDERATION
from tests.unit.consent.world import INSS
from tests.unit.node.test_exhibit_batch import MIDDLE, STRANGER, Message, logged


def place(messages: list[Message]) -> Message:
    return place_of(proven_from_pb(messages[MIDDLE]))


def test_a_place_shows_that_the_log_holds_a_record_and_nothing_of_it() -> None:
    shown = place(logged())
    assert not shown.HasField("envelope")
    assert verify_place(shown, FEDERATION, AT_CNAV).statement_id in shown.log_entry


def test_a_place_of_another_statement_of_the_institution_is_none_of_a_record() -> None:
    with pytest.raises(SignatureError, match="not that of a record"):
        verify_place(place(logged(kind="determination")), FEDERATION, AT_CNAV)


def test_a_place_of_another_issuers_record_accuses_nobody() -> None:
    with pytest.raises(SignatureError, match="not that of a record"):
        verify_place(place(logged(signer=INSS, named=INSS)), FEDERATION, AT_CNAV)


def test_a_place_in_another_log_or_elsewhere_in_it_is_refused() -> None:
    moved = place(logged())
    moved.leaf_index += 1
    for shown, issuer in (
        (place(logged()), AT_INSS),
        (place(logged(log=STRANGER)), AT_CNAV),
        (moved, AT_CNAV),
    ):
        with pytest.raises(PortabilityError):
            verify_place(shown, FEDERATION, issuer)
