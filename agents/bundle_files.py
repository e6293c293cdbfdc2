"""
Offline bundles as files: read from a directory or an archive, written to a directory, and named.

What a bundle claims is computed from what it holds, by whoever writes it and again by whoever reads
it, so that the claim itself cannot be changed unnoticed.
"""

import re
import stat
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from portability.errors import ConfigurationError, InvalidInputError, PortabilityError
from portability.ledger.bundle import MANIFEST, build_manifest
from portability.ledger.envelope import envelope_from_json, kind_of

MAX_FILES: Final = 200_000
MAX_BYTES: Final = 2_000_000_000
MAX_FILE_BYTES: Final = 64_000_000

STATEMENTS: Final = "statements"
PROOFS: Final = "proofs"
LEAVES: Final = "leaves"
DIRECTORIES: Final = "directory"
AGREEMENTS: Final = "agreements"
DISCLOSURES: Final = "disclosures"
ERASURES: Final = "erasures"
EVIDENCE: Final = "evidence"
POLICY: Final = "policy"

_STATEMENT: Final = re.compile(r"statements/[0-9a-f]{64}\.json")

Files = Mapping[str, bytes]


def read_bundle(path: Path) -> dict[str, bytes]:
    """
    Every file of a bundle by its path in it, from a directory, a .tar(.gz) or a .zip.

    Raises ConfigurationError for what cannot be read, and InvalidInputError for links, devices and
    sizes that no bundle has.
    """
    try:
        files = _limited(_entries(path))
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError):
        raise ConfigurationError(f"{path} cannot be read as a bundle", file=str(path)) from None
    if MANIFEST not in files:
        raise ConfigurationError(f"{path} is no bundle: it has no {MANIFEST}", file=str(path))
    return files


def write_bundle(files: Files, directory: Path) -> None:
    """
    Write the files and their list to a new directory.

    Raises ConfigurationError if it exists and is not empty, or cannot be written, InvalidInputError
    for a path that no bundle may hold.
    """
    whole = {path: content for path, content in files.items() if path != MANIFEST}
    manifest = build_manifest(claim_of(whole), whole)  # refuses paths that leave the directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise ConfigurationError(
                f"{directory} is not empty; name a new directory", file=str(directory)
            )
        for path, content in sorted({**whole, MANIFEST: manifest}.items()):
            target = directory.joinpath(*path.split("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except OSError:
        raise ConfigurationError(
            f"the bundle cannot be written to {directory}", file=str(directory)
        ) from None


def claim_of(files: Files) -> str:
    """What the bundle holds, in one sentence. Statements that do not parse are counted as such."""
    kinds = Counter(_kind(files[path]) for path in files if _STATEMENT.fullmatch(path))
    held = ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds)) or "none"
    return f"One case of mutual recognition with {kinds.total()} signed statements: {held}."


def statement_ids(files: Files) -> list[str]:
    """Ids (hex) for which the bundle holds a statement, a proof or a leaf, in order."""
    found = set()
    for path in files:
        folder, _, name = path.partition("/")
        if folder in (STATEMENTS, PROOFS, LEAVES):
            found.add(name.partition(".")[0])
    return sorted(found)


def under(files: Files, folder: str) -> list[str]:
    """The paths in one folder, in order."""
    return sorted(path for path in files if path.startswith(f"{folder}/"))


def _kind(data: bytes) -> str:
    try:
        return kind_of(envelope_from_json(data).payload_type)
    except PortabilityError:
        return "unreadable"


def _limited(entries: Iterator[tuple[str, bytes]]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    for path, content in entries:
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
            raise InvalidInputError(f"{name!r} in the bundle is a link or device", file=name)
        _check_size(name, path.stat().st_size)
        yield name, path.read_bytes()


def _from_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            _check_size(entry.filename, entry.file_size)
            yield entry.filename, archive.read(entry)


def _from_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for entry in archive:
            if entry.isdir():
                continue
            content = archive.extractfile(entry) if entry.isreg() else None
            if content is None:
                raise InvalidInputError(
                    f"{entry.name!r} in the bundle is a link or device", file=entry.name
                )
            _check_size(entry.name, entry.size)
            yield entry.name.removeprefix("./"), content.read()


def _check_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise InvalidInputError(f"{name!r} in the bundle is over {MAX_FILE_BYTES} bytes", file=name)
