"""What a witness signs, byte by byte, and the limits of its time and name."""

from collections.abc import Callable

import pytest

from portability.errors import InvalidInputError, SignatureError
from portability.ledger.checkpoint import Checkpoint, checkpoint_text
from portability.ledger.cosignature import cosign, cosign_mldsa, verify_cosignature
from portability.ledger.mldsa import MldsaSigner
from tests.unit.ledger.keys import TEST_2

LATEST = 2**63 - 1
HEAD = Checkpoint(origin="node-a.example/log", size=0x0102030405060708, root=bytes(range(32)))
TEXT = checkpoint_text(HEAD)


class Witnessing(MldsaSigner):
    """Gives back what it was to sign, so that it can be read; needs no ML-DSA to be installed."""

    def __init__(self) -> None:
        pass

    def sign(self, message: bytes) -> bytes:
        return message


def test_the_largest_time_is_signed_and_read_and_the_next_is_not() -> None:
    stamped = cosign(TEXT, LATEST, TEST_2)
    assert stamped[:8] == b"\x7f" + b"\xff" * 7
    assert verify_cosignature(TEXT, stamped, TEST_2.public) == LATEST
    assert verify_cosignature(TEXT, cosign(TEXT, 0, TEST_2), TEST_2.public) == 0
    for sign in (lambda time: cosign(TEXT, time, TEST_2), by_mldsa):
        with pytest.raises(InvalidInputError, match="out of range"):
            sign(LATEST + 1)


def test_a_time_past_the_largest_is_refused_though_its_signature_holds() -> None:
    late = LATEST + 1
    signature = TEST_2.sign(b"cosignature/v1\ntime %d\n%b" % (late, TEXT))
    with pytest.raises(SignatureError, match="out of range"):
        verify_cosignature(TEXT, late.to_bytes(8, "big") + signature, TEST_2.public)


def by_mldsa(time: int, name: str = "w", text: bytes = TEXT) -> bytes:
    return cosign_mldsa(text, name, time, Witnessing())


def test_the_post_quantum_statement_is_laid_out_as_the_specification_says() -> None:
    time = 0x1112131415161718
    assert by_mldsa(time, "node-b.example/witness") == (
        b"\x11\x12\x13\x14\x15\x16\x17\x18"  # before what is signed
        b"subtree/v1\n\0"
        b"\x16node-b.example/witness"
        b"\x11\x12\x13\x14\x15\x16\x17\x18"
        b"\x12node-a.example/log"
        b"\0\0\0\0\0\0\0\0"  # the subtree begins with the first leaf
        b"\x01\x02\x03\x04\x05\x06\x07\x08" + bytes(range(32))
    )


def test_the_post_quantum_statement_does_not_cover_extension_lines() -> None:
    assert by_mldsa(5, text=TEXT + b"extension\n") == by_mldsa(5)


def by_name(name: str) -> bytes:
    return by_mldsa(5, name)


def by_origin(origin: str) -> bytes:
    return by_mldsa(5, text=TEXT.replace(HEAD.origin.encode(), origin.encode()))


@pytest.mark.parametrize("statement", [by_name, by_origin])
def test_a_name_or_origin_of_255_bytes_is_signed_and_no_longer_one(
    statement: Callable[[str], bytes],
) -> None:
    longest = "é" + "n" * 253
    assert b"\xff" + longest.encode() in statement(longest)
    with pytest.raises(InvalidInputError, match="over 255 bytes"):
        statement(longest + "n")
