from dataclasses import replace

import pytest

from portability.errors import InvalidInputError, NoAgreementError
from portability.recognition.adoption import AgreementAdoption, Standing, text_between
from portability.wire.adoption import MAX_PAYLOAD_BYTES, adoption_from_payload, adoption_to_payload
from tests.unit.settlement.books import SPAIN, header, id_of

OLD, NEW = id_of("old text"), id_of("new text")
BOTH = Standing(
    agreement="eu-883-2004",
    own="ES",
    shipped=NEW,
    texts=frozenset({OLD, NEW}),
    signed={"ES": NEW, "FR": NEW},
    required=True,
)


def test_the_text_that_both_have_signed_holds_also_if_it_is_not_the_newest() -> None:
    assert text_between(BOTH, ["FR"]) == NEW
    assert text_between(replace(BOTH, signed={"ES": OLD, "FR": OLD}), ["FR"]) == OLD


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        ({"ES": NEW}, "FR has not signed the agreement eu-883-2004; ask its operator to run `port"),
        ({"FR": NEW}, "ES has not signed the agreement eu-883-2004 yet; its operator runs `portab"),
        ({"ES": NEW, "FR": OLD}, "FR has signed another text of the agreement eu-883-2004"),
    ],
    ids=["not the peer", "not this node", "another text"],
)
def test_a_text_that_one_side_has_not_signed_is_refused(
    signed: dict[str, bytes], words: str
) -> None:
    with pytest.raises(NoAgreementError, match=words):
        text_between(replace(BOTH, signed=signed), ["FR"])


def test_every_peer_must_have_signed() -> None:
    with pytest.raises(NoAgreementError, match="IT has not signed"):
        text_between(BOTH, ["FR", "IT"])


def test_without_the_duty_to_sign_only_texts_that_differ_are_refused() -> None:
    lenient = replace(BOTH, required=False)
    assert text_between(replace(lenient, signed={}), ["FR"]) == NEW
    assert text_between(replace(lenient, signed={"FR": NEW}), ["FR"]) == NEW
    with pytest.raises(NoAgreementError, match="FR has signed another text"):
        text_between(replace(lenient, signed={"FR": OLD}), ["FR"])


def test_a_text_that_was_signed_and_is_not_here_is_named() -> None:
    with pytest.raises(NoAgreementError, match="is not at this node; install it, or run"):
        text_between(replace(BOTH, signed={"ES": OLD, "FR": OLD}, texts=frozenset({NEW})), ["FR"])


def test_an_adoption_reads_back_as_it_was_written() -> None:
    said = AgreementAdoption(
        header=header(SPAIN.node), agreement="eu-883-2004", agreement_version="1", digest=NEW
    )
    payload = adoption_to_payload(said)
    assert adoption_from_payload(payload) == said
    for bad in (payload[:-1], payload + b"\x00", b"\x00" * (MAX_PAYLOAD_BYTES + 1)):
        with pytest.raises(InvalidInputError):
            adoption_from_payload(bad)
