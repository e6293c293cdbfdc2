"""
A secret that can forget: one key gives a share for every name, until a name is taken out of it.

The key is a binary tree of hashes (Goldreich, Goldwasser and Micali 1986): each node's value gives
those of its two children, and a leaf's value is a name's share. To forget a name, the values on the
path to its leaf are replaced by those of the siblings along the path: every other share can still
be derived, that one no longer, by whoever holds only the new key. Nothing needs to be written when
a name is used for the first time.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from portability.errors import ErasedError, InvalidInputError

SEED_BYTES: Final = 32
DEPTH: Final = 80
"""Names are spread over 2^80 leaves: among a hundred million, two share one once in 10^8 times."""

_INDEX_BYTES: Final = DEPTH // 8
_ENTRY_BYTES: Final = 1 + _INDEX_BYTES + SEED_BYTES
_CHECK_BYTES: Final = 32
_HEADER: Final = b"portability-forgetting-key/1\n"


@dataclass(frozen=True, slots=True)
class PuncturableKey:
    """
    What is left of the tree: values by (depth, index at that depth). Never printed.

    Each forgotten name costs up to ``DEPTH`` values, about three kilobytes.
    """

    _values: dict[tuple[int, int], bytes] = field(repr=False)

    @classmethod
    def new(cls, seed: bytes) -> "PuncturableKey":
        """A key that has forgotten nothing. InvalidInputError for a seed that is not 32 bytes."""
        if len(seed) != SEED_BYTES:
            raise InvalidInputError("the seed is not 32 bytes", field="seed")
        return cls({(0, 0): seed})

    def share(self, name: str) -> bytes:
        """The 32 bytes of a name. Raises ErasedError for one that was forgotten."""
        leaf = _leaf(name)
        place = self._cover(leaf)
        if place is None:
            raise ErasedError
        value = self._values[place]
        for depth in range(place[0], DEPTH):
            value = _child(value, _bit(leaf, depth))
        return value

    def knows(self, name: str) -> bool:
        """Whether the name was not forgotten."""
        return self._cover(_leaf(name)) is not None

    def without(self, name: str) -> "PuncturableKey":
        """The key that gives every share but that of ``name``; itself if it was forgotten."""
        leaf = _leaf(name)
        place = self._cover(leaf)
        if place is None:
            return self
        values = dict(self._values)
        value = values.pop(place)
        for depth in range(place[0], DEPTH):
            bit = _bit(leaf, depth)
            index = leaf >> (DEPTH - depth - 1)
            values[depth + 1, index ^ 1] = _child(value, 1 - bit)
            value = _child(value, bit)
        return PuncturableKey(values)

    def to_bytes(self) -> bytes:
        """With a digest at the end, so that a torn file is no key."""
        entries = b"".join(
            bytes([depth]) + index.to_bytes(_INDEX_BYTES, "big") + value
            for (depth, index), value in sorted(self._values.items())
        )
        content = _HEADER + entries
        return content + hashlib.sha256(content).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> "PuncturableKey":
        """Raises InvalidInputError for anything that ``to_bytes`` did not make."""
        content, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
        entries = content[len(_HEADER) :]
        if (
            not content.startswith(_HEADER)
            or len(entries) % _ENTRY_BYTES
            or hashlib.sha256(content).digest() != check
        ):
            raise InvalidInputError("these bytes are no forgetting key", field="key")
        return cls(dict(_read(entries)))

    def _cover(self, leaf: int) -> tuple[int, int] | None:
        """The place of the one value that the leaf can be derived from."""
        for depth in range(DEPTH + 1):
            place = depth, leaf >> (DEPTH - depth)
            if place in self._values:
                return place
        return None


def _read(entries: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    for at in range(0, len(entries), _ENTRY_BYTES):
        entry = entries[at : at + _ENTRY_BYTES]
        index = int.from_bytes(entry[1 : 1 + _INDEX_BYTES], "big")
        yield (entry[0], index), entry[1 + _INDEX_BYTES :]


def _leaf(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:_INDEX_BYTES], "big")


def _bit(leaf: int, depth: int) -> int:
    """Which child of a node at that depth leads to the leaf."""
    return leaf >> (DEPTH - depth - 1) & 1


def _child(value: bytes, bit: int) -> bytes:
    return hashlib.sha256(b"portability-forgetting-key/1" + bytes([bit]) + value).digest()
