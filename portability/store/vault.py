"""
Keys and ciphertexts: one random 256-bit key per person, wrapped under the key of the node, which
itself is in no database. Destroying the wrapped key is what erases a person.

A database cannot promise to forget it: a page, a log of changes or an old backup may hold a copy.
So a person's key is hidden by a share before it is wrapped, which only a key outside of the
database gives, and which that key can forget (``ledger.puncturable``).

AES-256-GCM does not commit to its key, so a commitment is stored beside each wrapped key and is
compared whenever one is opened (formats.md, The log leaf, and erasure). Nonces are 96 random bits:
far fewer than 2^32 values are ever encrypted under one key (NIST SP 800-38D, 8.3).
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portability.errors import ConfigurationError, ErasedError, StorageError
from portability.store.kept import Kept

Randomness = Callable[[int], bytes]
Shares = Callable[[str], bytes]
"""The share of an owner's name; raises ErasedError for one that was forgotten."""

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
NODE: Final = "node"
"""The owner of the key for what belongs to no person."""

SHARED: Final = b"\x02"
"""Before what is wrapped together with a share."""

SHARED_BYTES: Final = len(SHARED) + NONCE_BYTES + KEY_BYTES + 16  # and the tag
_CACHED_KEYS: Final = 8192


class WrappingKey(Protocol):
    """
    Wraps data keys: a key in memory, or one in a token, which does it there.

    Both are AES-256-GCM; ``nonce`` has 12 bytes and is no part of what is wrapped.
    """

    def wrap(self, nonce: bytes, key: bytes, aad: bytes) -> bytes:
        """Ciphertext and tag. Raises KeyUnavailableError for a token out of reach."""

    def unwrap(self, nonce: bytes, wrapped: bytes, aad: bytes) -> bytes:
        """InvalidTag for what this key did not wrap with that ``aad``. KeyUnavailableError."""


class _InMemory:
    """A wrapping key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        cipher = AESGCM(key)
        self.wrap = cipher.encrypt
        self.unwrap = cipher.decrypt


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A data key as it is stored."""

    wrapped: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A data key ready for use; never printed."""

    owner: str
    cipher: AESGCM = field(repr=False)


class Vault:
    """Makes, wraps, opens and uses data keys. Holds the wrapping key and the index key."""

    def __init__(
        self,
        *,
        wrapping_key: bytes | WrappingKey,
        index_key: bytes,
        randomness: Randomness,
        shares: Shares | None = None,
    ) -> None:
        """
        ConfigurationError for a key that is not 32 bytes.

        Without ``shares`` a person's key is wrapped under the wrapping key alone.
        """
        keys = [key for key in (wrapping_key, index_key) if isinstance(key, bytes)]
        if len(set(keys)) != len(keys) or any(len(key) != KEY_BYTES for key in keys):
            raise ConfigurationError(
                "the wrapping key and the index key must be two different keys of 32 bytes: "
                "check `wrapping` and `index` under [keys]"
            )
        self._wrapping: WrappingKey = (
            _InMemory(wrapping_key) if isinstance(wrapping_key, bytes) else wrapping_key
        )
        self._index_key = index_key
        self._randomness = randomness
        self._shares = shares
        self._fenced: set[str] = set()
        self._opened: OrderedDict[tuple[str, bytes], DataKey] = OrderedDict()
        self.kept: Final = Kept(fenced=self._fenced)
        self._node_key: DataKey

    def keyed_digest(self, purpose: str, *parts: bytes) -> bytes:
        """
        HMAC-SHA256 under the index key: finds a thing again without storing it.

        Each part is preceded by its length, so that no two lists of parts give one input.
        """
        mac = hmac.new(self._index_key, digestmod=hashlib.sha256)
        for part in (purpose.encode(), *parts):
            mac.update(len(part).to_bytes(8, "big") + part)
        return mac.digest()

    def make_key(self, owner: str) -> WrappedKey:
        """A new data key for the owner of that name. ErasedError if that owner was fenced."""
        self._check_fence(owner)
        key = self._randomness(KEY_BYTES)
        nonce = self._randomness(NONCE_BYTES)
        mark, hidden = b"", key
        if self._shares is not None and owner != NODE:
            mark, hidden = SHARED, _xor(key, self._mask(owner, nonce))
        wrapped = mark + nonce + self._wrapping.wrap(nonce, hidden, row_aad("key", owner))
        return WrappedKey(wrapped=wrapped, commitment=_commitment(key))

    def open_key(self, owner: str, stored: WrappedKey) -> DataKey:
        """
        The key of that owner, from the few that were opened last or by unwrapping it.

        Raises StorageError if it does not open or is not the key that was committed to, ErasedError
        if that owner was fenced.
        """
        self._check_fence(owner)
        place = (owner, stored.commitment)
        known = self._opened.get(place)
        if known is not None:
            self._opened.move_to_end(place)
            return known
        try:
            opened = DataKey(owner=owner, cipher=AESGCM(self._unwrap(owner, stored)))
        except InvalidTag:
            raise _altered("a stored key does not open") from None
        self._opened[place] = opened
        if len(self._opened) > _CACHED_KEYS:
            self._opened.popitem(last=False)
        return opened

    def use_node_key(self, owner: str, stored: WrappedKey) -> None:
        """
        Open, and keep, the key for what belongs to no person.

        ConfigurationError if it was wrapped under another wrapping key.
        """
        try:
            self._unwrap(owner, stored)
        except InvalidTag:
            raise ConfigurationError(
                "the wrapping key does not open the keys in this database: check that `wrapping` "
                "under [keys] and `database` belong to the same node"
            ) from None
        self._node_key = self.open_key(owner, stored)

    @property
    def node_key(self) -> DataKey:
        """The key for what belongs to no person; there once the database is open."""
        return self._node_key

    def fence(self, owner: str) -> None:
        """From now on no key of that owner is made or opened, whatever a database says."""
        self._fenced.add(owner)
        self.kept.forget(owner)
        for place in [one for one in self._opened if one[0] == owner]:
            del self._opened[place]

    def is_fenced(self, owner: str) -> bool:
        return owner in self._fenced

    def forget_key(self, owner: str, commitment: bytes) -> None:
        """Drop a destroyed key from memory."""
        self._opened.pop((owner, commitment), None)
        self.kept.forget(owner)

    def encrypt(self, key: DataKey, plaintext: bytes, aad: bytes) -> bytes:
        """``aad`` says which row it is for, and must be given again to decrypt."""
        nonce = self._randomness(NONCE_BYTES)
        return nonce + key.cipher.encrypt(nonce, plaintext, aad)

    def encrypt_all(self, key: DataKey, each: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """As ``encrypt`` of each plaintext with its ``aad``; the nonces are drawn in one go."""
        nonces = self._randomness(NONCE_BYTES * len(each))
        seal = key.cipher.encrypt
        made = []
        for place, (plaintext, aad) in enumerate(each):
            nonce = nonces[place * NONCE_BYTES : (place + 1) * NONCE_BYTES]
            made.append(nonce + seal(nonce, plaintext, aad))
        return made

    def decrypt(self, key: DataKey, ciphertext: bytes, aad: bytes) -> bytes:
        """StorageError if it was altered, moved from another row or encrypted for somebody else."""
        try:
            return key.cipher.decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], aad)
        except (InvalidTag, ValueError):
            raise _altered("a stored payload does not decrypt") from None

    def _mask(self, owner: str, nonce: bytes) -> bytes:
        """What hides the key of that owner in what is wrapped, so that the share is needed, too."""
        if self._shares is None:
            raise ConfigurationError(
                "the keys in this database need the forgetting key of this node: name its folder "
                "as `folder` under [erasure]"
            )
        message = b"portability-wrapping/2\n" + nonce
        return hmac.digest(self._shares(owner), message, hashlib.sha256)

    def _check_fence(self, owner: str) -> None:
        if owner in self._fenced:
            raise ErasedError

    def _unwrap(self, owner: str, stored: WrappedKey) -> bytes:
        """InvalidTag if it is not wrapped under our key for that owner."""
        mark = SHARED if len(stored.wrapped) == SHARED_BYTES else b""
        sealed = stored.wrapped[len(mark) :]
        nonce, wrapped = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        if len(nonce) != NONCE_BYTES or not stored.wrapped.startswith(mark):
            raise InvalidTag
        key = self._wrapping.unwrap(nonce, wrapped, row_aad("key", owner))
        if mark:
            key = _xor(key, self._mask(owner, nonce))
        if not hmac.compare_digest(_commitment(key), stored.commitment):
            raise _altered("a stored key is not the one that was committed to")
        return key


def row_aad(table: str, row: bytes | str) -> bytes:
    """Binds a ciphertext to its row."""
    name = row.encode() if isinstance(row, str) else row
    return b"portability/1\n" + table.encode() + b"\n" + name


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _commitment(key: bytes) -> bytes:
    return hashlib.sha256(b"portability-key-commitment/1\n" + key).digest()


def _altered(what: str) -> StorageError:
    return StorageError(
        f"{what}, so the database was altered outside the node: stop the node, keep the database, "
        "and restore a backup",
        cause="altered",
    )
