"""A key that forgets names: what it forgot is gone, and everything else is as it was."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.errors import ErasedError, InvalidInputError
from portability.ledger import puncturable
from portability.ledger.puncturable import DEPTH, SEED_BYTES, PuncturableKey

SEED = bytes(range(32))
NAMES = st.lists(st.text(max_size=8), unique=True, max_size=12)


def test_a_share_is_the_value_at_the_leaf_of_its_name() -> None:
    leaf = int.from_bytes(hashlib.sha256(b"persons/a").digest()[: DEPTH // 8], "big")
    value = SEED
    for bit in f"{leaf:0{DEPTH}b}":
        value = hashlib.sha256(b"portability-forgetting-key/1" + bytes([int(bit)]) + value).digest()
    assert PuncturableKey.new(SEED).share("persons/a") == value


@given(NAMES, NAMES)
def test_what_is_forgotten_is_gone_and_all_other_shares_stay(
    gone: list[str], others: list[str]
) -> None:
    whole = key = PuncturableKey.new(SEED)
    for name in gone:
        key = key.without(name)
    for name in gone:
        assert not key.knows(name)
        with pytest.raises(ErasedError):
            key.share(name)
    for name in set(others) - set(gone):
        assert key.share(name) == whole.share(name)


@given(NAMES)
def test_the_order_of_forgetting_makes_no_difference(gone: list[str]) -> None:
    one = other = PuncturableKey.new(SEED)
    for name in gone:
        one = one.without(name)
    for name in reversed(gone):
        other = other.without(name)
    assert one == other
    assert one.to_bytes() == other.to_bytes()


@given(NAMES)
def test_a_key_comes_back_from_its_bytes(gone: list[str]) -> None:
    key = PuncturableKey.new(SEED)
    for name in gone:
        key = key.without(name)
    assert PuncturableKey.from_bytes(key.to_bytes()) == key


def test_the_bytes_hold_nothing_from_which_a_forgotten_share_can_be_derived() -> None:
    whole = PuncturableKey.new(SEED)
    leaf = int.from_bytes(hashlib.sha256(b"persons/a").digest()[: DEPTH // 8], "big")
    path, value = [SEED], SEED
    for depth in range(DEPTH):
        bit = leaf >> (DEPTH - depth - 1) & 1
        value = hashlib.sha256(b"portability-forgetting-key/1" + bytes([bit]) + value).digest()
        path.append(value)
    after = whole.without("persons/a").to_bytes()
    assert len(path) == DEPTH + 1
    assert not any(one in after for one in path)


def test_forgetting_again_changes_nothing() -> None:
    key = PuncturableKey.new(SEED).without("persons/a")
    assert key.without("persons/a") is key


def test_a_key_is_never_printed() -> None:
    assert SEED.hex() not in repr(PuncturableKey.new(SEED))
    assert repr(SEED) not in repr(PuncturableKey.new(SEED))


@pytest.mark.parametrize("size", [0, SEED_BYTES - 1, SEED_BYTES + 1])
def test_a_seed_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(InvalidInputError):
        PuncturableKey.new(bytes(size))


@given(st.binary(max_size=200))
def test_other_bytes_are_no_key(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        PuncturableKey.from_bytes(data)


def test_a_torn_or_altered_file_is_no_key() -> None:
    whole = PuncturableKey.new(SEED).without("persons/a").to_bytes()
    for changed in (whole[:-1], whole + b"\0", whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]):
        with pytest.raises(InvalidInputError):
            PuncturableKey.from_bytes(changed)


def test_the_leaf_beside_the_one_that_is_forgotten_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puncturable, "_leaf", int)  # no two names that lie so are known
    whole = PuncturableKey.new(SEED)
    left = whole.without("6")
    assert left.share("7") == whole.share("7")
    assert not left.knows("6")
    assert not left.without("7").knows("7")
    assert left.without("7").share("8") == whole.share("8")
