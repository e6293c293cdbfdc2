"""
Offline bundles on disk: a directory, or one file (.zip, .tar, .tar.gz).

What is read came from somebody who may mean harm. Nothing is ever unpacked to disk, links and paths
that lead out of the bundle are refused, and no archive is expanded beyond fixed bounds. What is
written is the same to the byte for the same content, so that two exports can be compared; it can be
read by its owner alone, and is whole or not there.
"""

import gzip
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from agents.bundle_files import Files, Scope, list_files
from agents.new_files import OWNER_ONLY, OWNER_ONLY_FOLDER, create_for_owner
from portability.errors import ConfigurationError, InvalidInputError, PortabilityError
from portability.ledger.bundle import MANIFEST

MAX_FILES: Final = 200_000
MAX_BYTES: Final = 1_000_000_000
MAX_FILE_BYTES: Final = 64_000_000
MAX_RATIO: Final = 200
"""How many times its own size an archive may hold; digests hardly shrink, so ours hold twice it."""

SLACK_BYTES: Final = 1_000_000
"""What a very small archive may hold all the same."""

ARCHIVE: Final = ".zip"
_GZIP: Final = b"\x1f\x8b"
_PIECE: Final = 1 << 20
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED: Final = 1


def read_bundle(path: Path) -> dict[str, bytes]:
    """
    Every file of a bundle by its path in it, from a directory, a .tar(.gz) or a .zip.

    Raises ConfigurationError for what cannot be read, and InvalidInputError for links, devices,
    paths and sizes that no bundle has.
    """
    if not path.exists():
        raise ConfigurationError(f"there is no {path}; check the path", file=str(path))
    try:
        files = _collected(_entries(path))
    except PortabilityError:
        raise
    except Exception:  # noqa: BLE001  # over hostile input archive libraries raise what they like
        raise ConfigurationError(
            f"{path} cannot be read as a bundle, which is a directory, .tar, .tar.gz or .zip; "
            "ask whoever exported it for another copy",
            file=str(path),
        ) from None
    if MANIFEST not in files:
        raise ConfigurationError(
            f"{path} is no bundle: it has no {MANIFEST}; name the folder or archive itself that an "
            "export made",
            file=str(path),
        )
    return files


def check_place(path: Path) -> None:
    """
    See that a bundle could be written there, before a node is asked for what will be in it.

    What a node gives leaves a receipt with the person, also where nothing came of it. Raises as
    ``write_bundle``.
    """
    if path.suffix == ARCHIVE and path.exists():
        raise _exists(path)
    if path.is_dir() and any(path.iterdir()):
        raise _not_empty(path)
    if path.exists() and not path.is_dir():
        raise _exists(path)
    above = next(one for one in (path, *path.absolute().parents) if one.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise _not_writable(path)


def write_bundle(files: Files, path: Path, scope: Scope = Scope.CASE) -> None:
    """
    Write the files and their list: to one file if ``path`` ends in .zip, else to a new directory.

    Raises ConfigurationError if it exists (a directory: and is not empty) or cannot be written,
    InvalidInputError for a path that no bundle may hold.
    """
    listed = list_files(files, scope)  # refuses paths that lead out of the bundle
    try:
        if path.suffix == ARCHIVE:
            _write_archive(listed, path)
        else:
            _write_directory(listed, path)
    except OSError:
        raise _not_writable(path) from None


def _write_directory(files: Files, directory: Path) -> None:
    directory.mkdir(OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise _not_empty(directory)
    try:
        for path, content in sorted(files.items()):
            target = directory.joinpath(*path.split("/"))
            target.parent.mkdir(OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            with create_for_owner(target) as file:
                file.write(content)
    except BaseException:  # half a bundle would be in the way of the next attempt
        _empty(directory)
        raise


def _empty(directory: Path) -> None:
    """Take away what was written into a directory that was empty."""
    for one in directory.iterdir():
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)


def _write_archive(files: Files, path: Path) -> None:
    """Sorted, stored, undated: compressors differ from machine to machine, these bytes do not."""
    if path.exists():
        raise _exists(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with create_for_owner(path) as target:
        try:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
                for name, content in sorted(files.items()):
                    archive.writestr(_entry(name), content)
            target.flush()
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_OLDEST)
    entry.create_system = 3  # so that the mode below is read on every system
    entry.external_attr = (stat.S_IFREG | OWNER_ONLY) << 16
    return entry


def _collected(entries: Iterator[tuple[str, bytes]]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    for path, content in entries:
        _check_name(path)
        if path in files:
            raise InvalidInputError(f"the archive holds {path!r} twice", file=path)
        files[path] = content
        total += len(content)
        if len(files) > MAX_FILES or total > MAX_BYTES:
            raise InvalidInputError(
                f"the bundle has more than {MAX_FILES} files or {MAX_BYTES} bytes", file=path
            )
    return files


def _entries(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        return _from_directory(path)
    if not path.is_file():  # out of a device comes no end, and out of a pipe perhaps nothing
        raise ConfigurationError(
            f"{path} is neither a file nor a folder; name the folder or archive itself that an "
            "export made",
            file=str(path),
        )
    if zipfile.is_zipfile(path):
        return _from_zip(path)
    return _from_tar(path)


def _from_directory(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        name = path.relative_to(root).as_posix()
        if not stat.S_ISREG(mode):
            raise _not_a_file(name)
        with path.open("rb") as source:
            yield name, _read(source, name)


def _from_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    allowed = _allowance(path)
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            mode = entry.external_attr >> 16
            if entry.flag_bits & _ENCRYPTED:
                raise InvalidInputError(
                    f"{entry.filename!r} in the bundle is encrypted", file=entry.filename
                )
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _not_a_file(entry.filename)
            if entry.is_dir():
                continue
            with archive.open(entry) as source:
                content = _read(cast("BinaryIO", source), entry.filename)
            allowed -= len(content)
            if allowed < 0:
                raise _too_dense(path)
            yield entry.filename, content


def _from_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as raw:
        is_packed = raw.read(len(_GZIP)) == _GZIP
        raw.seek(0)
        source = gzip.GzipFile(fileobj=raw) if is_packed else raw
        bounded = _Bounded(cast("BinaryIO", source), path)
        with tarfile.open(fileobj=cast("BinaryIO", bounded), mode="r|") as archive:
            for entry in archive:
                if entry.isdir():
                    continue
                is_plain = entry.isreg() and entry.sparse is None
                content = archive.extractfile(entry) if is_plain else None
                if content is None:
                    raise _not_a_file(entry.name)
                name = entry.name.removeprefix("./")
                yield name, _read(cast("BinaryIO", content), name)


class _Bounded:
    """A stream out of which no more comes than an archive of that size may hold."""

    def __init__(self, source: BinaryIO, path: Path) -> None:
        self._source = source
        self._path = path
        self._left = _allowance(path)

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise _too_dense(self._path)
        return data


def _allowance(path: Path) -> int:
    return min(MAX_BYTES, path.stat().st_size * MAX_RATIO + SLACK_BYTES)


def _read(source: BinaryIO, name: str) -> bytes:
    """One file in pieces, so that what its archive says of its size need not be true."""
    data = bytearray()
    while piece := source.read(_PIECE):
        data += piece
        if len(data) > MAX_FILE_BYTES:
            raise InvalidInputError(
                f"{name!r} in the bundle is over {MAX_FILE_BYTES} bytes", file=name
            )
    return bytes(data)


def _check_name(path: str) -> None:
    """Nothing here is unpacked, but others unpack what we have called good."""
    parts = path.split("/")
    if "\\" in path or ":" in path or any(part in {"", ".", ".."} for part in parts):
        raise InvalidInputError(f"{path!r} leads out of the bundle", file=path)


def _exists(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path} exists already; name a new one", file=str(path))


def _not_empty(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path} is not empty; name a new directory", file=str(path))


def _not_writable(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"the bundle cannot be written to {path}; name a place in a folder that is yours to write "
        "in and has room",
        file=str(path),
    )


def _not_a_file(name: str) -> InvalidInputError:
    return InvalidInputError(f"{name!r} in the bundle is a link or device", file=name)


def _too_dense(path: Path) -> InvalidInputError:
    return InvalidInputError(
        f"{path} would expand to more than {MAX_RATIO} times its size, or over {MAX_BYTES} bytes",
        file=str(path),
    )
