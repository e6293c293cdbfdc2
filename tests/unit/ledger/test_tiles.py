"""Tile paths and entry bundles, as clients of the read side spell them."""

import pytest

from portability.errors import InvalidInputError
from portability.ledger.tiles import (
    BundleRef,
    TileRef,
    bundle_path,
    bundles_of,
    decode_bundle,
    encode_bundle,
    parse_tile_path,
    tile_path,
    tiles_of,
)


@pytest.mark.parametrize(
    ("path", "ref"),
    [
        ("tile/0/000", TileRef(level=0, index=0)),
        ("tile/1/000.p/1", TileRef(level=1, index=0, width=1)),
        ("tile/0/x001/x234/067.p/3", TileRef(level=0, index=1234067, width=3)),
        ("tile/63/999.p/255", TileRef(level=63, index=999, width=255)),
        ("tile/0/x001/000", TileRef(level=0, index=1000)),
        ("tile/entries/x001/x234/067", BundleRef(index=1234067)),
        ("tile/entries/000.p/15", BundleRef(index=0, width=15)),
        ("tile/0/x009/x223/x372/x036/x854/x775/807", TileRef(level=0, index=2**63 - 1)),
    ],
)
def test_a_path_and_what_it_names_are_one(path: str, ref: TileRef | BundleRef) -> None:
    assert ref == parse_tile_path(path)
    assert path == (tile_path(ref) if isinstance(ref, TileRef) else bundle_path(ref))


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/x000/001",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/999",
        "tile/0/001/000",
        "tile/0/x001",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/../000",
        "tile/0/٠٠٠",
        "tile/0/" + "x999/" * 7 + "999",
        "tile/0/x009/x223/x372/x036/x854/x775/808",
        "tile/8/0/000",
        "",
    ],
)
def test_any_other_path_names_no_tile(path: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_tile_path(path)


def test_size_256_has_a_full_tile_and_a_parent_of_width_one() -> None:
    assert [TileRef(level=0, index=0), TileRef(level=1, index=0, width=1)] == list(tiles_of(256))
    assert [BundleRef(index=0)] == list(bundles_of(256))
    assert [BundleRef(index=0), BundleRef(index=1, width=1)] == list(bundles_of(257))
    assert [] == list(tiles_of(0)) == list(bundles_of(0))


def test_the_last_bundle_is_as_wide_as_what_is_left() -> None:
    whole = [BundleRef(index=index) for index in range(273)]
    assert [*whole, BundleRef(index=273, width=112)] == list(bundles_of(70_000))


def test_a_full_bundle_gives_back_its_256_entries() -> None:
    entries = [bytes([number]) for number in range(256)]
    assert decode_bundle(encode_bundle(entries), 256) == entries
    assert decode_bundle(encode_bundle(entries), 255) == entries[:255]


def test_a_bundle_gives_back_its_entries() -> None:
    entries = [b"", b"one", b"x" * 65_535]
    data = encode_bundle(entries)
    assert data[:9] == b"\x00\x00\x00\x03one\xff\xff"
    assert entries == decode_bundle(data, 3)
    assert entries[:1] == decode_bundle(data, 1)
    assert decode_bundle(b"", 0) == []


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"\x00", 0),
        (b"\x00\x01", 1),
        (b"\x00\x01a\x00", 1),
        (b"\x00\x05one", 1),
        (b"\x00\x03one", 2),
        (b"\x00\x00" * 257, 256),
    ],
)
def test_a_cut_or_overfull_bundle_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(InvalidInputError):
        decode_bundle(data, width)


def test_an_entry_over_the_limit_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="65535"):
        encode_bundle([b"x" * 65_536])
