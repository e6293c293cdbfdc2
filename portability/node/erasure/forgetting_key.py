"""
The forgetting key in its file: outside of the database and its backups, replaced at every erasure.

A new key is on the disk before the file with the old one is overwritten and removed, so that at
every instant one of them is whole. Copies of the file elsewhere do not forget: see README.md
beside this file. It is not encrypted: alone it opens nothing, only together with the wrapping key.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from portability.custody.files import DEVELOPMENT_MARKER, Mode
from portability.errors import ConfigurationError, InvalidInputError, StorageError
from portability.ledger.puncturable import SEED_BYTES, PuncturableKey
from portability.node.erasure.journal import OWNER_ONLY, sync_folder

FORGETTING_KEY: Final = "forgetting.key"


class ForgettingKey:
    """An open key. Several processes may share its file."""

    def __init__(self, path: Path, mode: Mode = Mode.DEVELOPMENT) -> None:
        """Raises ConfigurationError for a file that is not there, not whole or not private."""
        self._path = path
        self._mode = mode
        self._marker = b""
        self._seen: tuple[int, int] | None = None
        self._key: PuncturableKey
        self._load()

    def share(self, name: str) -> bytes:
        """The share of a person's name. Raises ErasedError for one that was forgotten."""
        return self._key.share(name)

    def knows(self, name: str) -> bool:
        return self._key.knows(name)

    def clean(self) -> None:
        """Finish what a crash left half done, and take over what other processes forgot."""
        with self._locked():
            self._load()
            self._remove_old()

    def forget(self, name: str) -> None:
        """
        Forget a name for good: the file no longer has it when this returns. Again changes nothing.

        Raises StorageError if the file cannot be replaced; nothing is lost then.
        """
        with self._locked():
            self._load()
            key = self._key.without(name)
            try:
                if key is not self._key:
                    self._replace(key)
                self._remove_old()
            except OSError:
                raise StorageError(
                    "the forgetting key cannot be replaced, so the erasure is not complete: check "
                    "the disk that holds it; the erasure goes on when it can be written",
                    cause="unwritten",
                ) from None
            self._load()

    @property
    def _old(self) -> Path:
        return self._path.with_name(f"{self._path.name}.old")

    @property
    def _new(self) -> Path:
        return self._path.with_name(f"{self._path.name}.new")

    def _replace(self, key: PuncturableKey) -> None:
        self._remove_old()
        _write(self._new, self._marker + key.to_bytes())
        os.link(self._path, self._old)  # so that it can be overwritten once the new one is there
        self._new.replace(self._path)
        sync_folder(self._path.parent)

    def _remove_old(self) -> None:
        """Overwrite and remove the key from before, unless it is still the one in use."""
        for path in (self._old, self._new):
            if not path.exists():
                continue
            if not path.samefile(self._path):
                _overwrite(path)
            path.unlink()
            sync_folder(path.parent)

    def _load(self) -> None:
        """Read the file if it is another than the one that was read."""
        try:
            status = self._path.stat()
            place = status.st_ino, status.st_mtime_ns
            if place == self._seen:
                return
            data = self._path.read_bytes()
        except OSError as error:
            raise _unusable(
                self._path,
                f"cannot be read ({error.strerror}): bring back a copy; without it nothing that is "
                "stored about persons can be read",
            ) from None
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise _unusable(
                self._path, f"can be read by others than its owner; run `chmod 600 {self._path}`"
            )
        if data.startswith(DEVELOPMENT_MARKER):
            self._marker, data = DEVELOPMENT_MARKER, data.removeprefix(DEVELOPMENT_MARKER)
        if self._marker and self._mode is Mode.PRODUCTION:
            raise _unusable(self._path, "is a development key; make a new one for production")
        try:
            self._key = PuncturableKey.from_bytes(data)
        except InvalidInputError:
            raise _unusable(self._path, "is not whole: bring back a copy") from None
        self._seen = place

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Between processes: one of them replaces the file at a time."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def create_forgetting_key(path: Path, seed: bytes, *, is_development: bool) -> None:
    """Make a new one. Raises ConfigurationError if there is one or it cannot be made."""
    if len(seed) != SEED_BYTES:
        raise ConfigurationError("a forgetting key is made of 32 random bytes")
    passing = path.with_name(f"{path.name}.new")
    try:
        marker = DEVELOPMENT_MARKER if is_development else b""
        _write(passing, marker + PuncturableKey.new(seed).to_bytes())
        os.link(passing, path)  # never over another one
        passing.unlink()
        sync_folder(path.parent)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} is there already; nothing could be read without it", file=str(path)
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be made ({error.strerror}); check the folder", file=str(path)
        ) from None


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, OWNER_ONLY)
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overwrite(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        _write_all(descriptor, bytes(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _unusable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"the forgetting key {path} {why}", file=str(path))
