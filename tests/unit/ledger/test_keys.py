"""Keys: their ids, and those under which anyone can sign."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portability.errors import InvalidInputError, SignatureError
from portability.ledger.keys import (
    Ed25519Signer,
    check_public_key,
    generate_seed,
    key_id,
    load_public_key,
    verify_signature,
)
from tests.unit.ledger.keys import TEST_1

SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]


def with_top_bit(point: bytes) -> bytes:
    return point[:31] + bytes([point[31] | 0x80])


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_keys_of_small_order_are_refused_with_either_sign(point: str) -> None:
    key = bytes.fromhex(point)
    for raw in (key, with_top_bit(key)):
        with pytest.raises(InvalidInputError, match="small order"):
            check_public_key(raw)


@pytest.mark.parametrize("excess", range(19))
def test_keys_that_are_not_canonical_are_refused(excess: int) -> None:
    raw = (2**255 - 19 + excess).to_bytes(32, "little")
    for key in (raw, with_top_bit(raw)):
        with pytest.raises(InvalidInputError, match="canonical"):
            check_public_key(key)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_keys_of_another_length_are_refused(length: int) -> None:
    with pytest.raises(InvalidInputError, match="32 bytes"):
        check_public_key(TEST_1.public.ljust(64, b"\x00")[:length])


def test_a_forgery_that_the_library_accepts_is_refused() -> None:
    key = b"\x01" + bytes(31)
    forged = key + bytes(32)
    Ed25519PublicKey.from_public_bytes(key).verify(forged, b"any message")
    with pytest.raises(SignatureError):
        verify_signature(key, b"any message", forged)
    with pytest.raises(InvalidInputError):
        load_public_key(key)


def test_a_key_id_is_the_whole_digest_of_the_tagged_key() -> None:
    assert hashlib.sha256(b"\x01" + TEST_1.public).digest() == key_id(TEST_1.public)
    assert key_id(TEST_1.public) == TEST_1.key_id


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65)])
def test_a_wrong_signature_of_any_length_is_refused(signature: bytes) -> None:
    verify_signature(TEST_1.public, b"message", TEST_1.sign(b"message"))
    with pytest.raises(SignatureError):
        verify_signature(TEST_1.public, b"message", signature)


def test_a_seed_comes_from_the_randomness_that_was_passed_in() -> None:
    seed = generate_seed(lambda count: bytes(range(count)))
    assert bytes(range(32)) == seed
    with pytest.raises(RuntimeError):
        generate_seed(lambda count: bytes(count - 1))


def test_a_signer_needs_a_seed_of_32_bytes_and_does_not_show_it() -> None:
    with pytest.raises(InvalidInputError):
        Ed25519Signer(bytes(31))
    assert f"Ed25519Signer(key_id={TEST_1.key_id.hex()})" == repr(TEST_1)
