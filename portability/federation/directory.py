"""
The directory of this installation: signed files, verified by pinned root keys, read again while
the node runs.

The place is one file with a DSSE envelope in JSON, or a folder of versions named ``1.json``,
``2.json`` and so on. A newer version counts only if it follows the one in use; in doubt the one in
use stays, and the reload says why.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from portability.errors import ConfigurationError, PortabilityError
from portability.ledger.directory import (
    Directory,
    follow_directories,
    parse_directory,
    succeed_directory,
)
from portability.ledger.envelope import Envelope, envelope_from_json

_VERSION: Final = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the directory that was verified, and as it was signed."""

    directory: Directory
    envelope: Envelope


class DirectoryFile:
    """
    The directory in force, as a callable: ``directory()`` is what services are given.

    ``root_keys`` are raw Ed25519 public keys that the configuration pins; ``threshold`` of them
    must have signed the first version that counts, in the file or in ``history``, the versions that
    were taken over before. So a file that other root keys have signed since is followed to.
    """

    def __init__(
        self,
        path: Path,
        *,
        root_keys: Sequence[bytes],
        threshold: int,
        clock: Callable[[], datetime],
        history: Sequence[Envelope] = (),
    ) -> None:
        self._path = path
        self._clock = clock
        envelopes = with_history(history, read_versions(path))
        try:
            found = follow_directories(envelopes, root_keys, threshold)
            found[-1].check_in_force(clock())
        except PortabilityError as error:
            raise self._refused(error.message) from None
        by_version = {parse_directory(one.payload).version: one for one in envelopes}
        self._earlier: tuple[Envelope, ...] = ()
        self._versions = [Version(directory=one, envelope=by_version[one.version]) for one in found]

    def __call__(self) -> Directory:
        """The directory in use. Raises PreconditionError once it has expired: trust ends there."""
        return self._current().directory

    def history(self) -> tuple[Envelope, ...]:
        """Every version that is known here, in order, the one in use last. PreconditionError."""
        self._current()
        return (*self._earlier, *(one.envelope for one in self._versions))

    def recall(self, accepted: Sequence[Envelope]) -> None:
        """Know the versions again that were taken over before the first one in the file."""
        first = self._versions[0].directory.version
        self._earlier = tuple(
            one for one in accepted if parse_directory(one.payload).version < first
        )

    @property
    def versions(self) -> tuple[Version, ...]:
        """Those that were verified since the start, the one in use last."""
        return tuple(self._versions)

    def check_follows(self, accepted: Envelope) -> None:
        """
        Refuse to be older than a version that was taken over before, or another text of it.

        ``accepted`` may have been taken over by a process that is no more. Raises
        ConfigurationError with the next step.
        """
        before = parse_directory(accepted.payload)
        first, last = self._versions[0], self._versions[-1].directory
        if last.version < before.version:
            raise self._refused(
                f"it is version {last.version}, and this node has taken over version "
                f"{before.version} already; bring that version or the one after it"
            )
        same = [one for one in self._versions if one.directory.version == before.version]
        if same and same[0].envelope.payload != accepted.payload:
            raise self._refused(
                f"it is another text of version {before.version} than the one that this node has "
                "taken over; ask the holders of the root keys why there are two"
            )
        if not same:
            try:
                succeed_directory(before, accepted.payload, first.envelope)
            except PortabilityError as error:
                raise self._refused(error.message) from None

    def look(self) -> tuple[Version, ...]:
        """
        The versions in the file that follow the one in use, verified and not taken over yet.

        Raises ConfigurationError for a file that cannot be read, and the errors of
        ``succeed_directory`` and PreconditionError for one that does not count.
        """
        current = self._versions[-1]
        found: list[Version] = []
        for envelope in self._newer(read_versions(self._path)):
            following = succeed_directory(current.directory, current.envelope.payload, envelope)
            if following is not current.directory:
                current = Version(directory=following, envelope=envelope)
                found.append(current)
        if found:
            current.directory.check_in_force(self._clock())
        return tuple(found)

    def take_over(self, versions: Sequence[Version]) -> None:
        """Use the last of what ``look`` found from now on."""
        self._versions += versions

    def reload(self) -> bool:
        """Look and take over at once; whether there was anything. Raises as ``look``."""
        found = self.look()
        self.take_over(found)
        return bool(found)

    def _newer(self, envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
        """Of a folder those above the version in use; of a file the one that it holds."""
        if len(envelopes) == 1:
            return envelopes
        version = self._versions[-1].directory.version
        return [one for one in envelopes if parse_directory(one.payload).version > version]

    def _current(self) -> Version:
        current = self._versions[-1]
        current.directory.check_in_force(self._clock())
        return current

    def _refused(self, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"the directory {self._path} is not usable: {why}", file=str(self._path)
        )


def with_history(
    history: Sequence[Envelope], envelopes: Sequence[Envelope]
) -> tuple[Envelope, ...]:
    """The versions of a file, after those that were taken over before the first of them."""
    first = parse_directory(envelopes[0].payload).version
    return (
        *(one for one in history if parse_directory(one.payload).version < first),
        *envelopes,
    )


def read_versions(path: Path) -> tuple[Envelope, ...]:
    """
    The envelopes at a place, unverified: of one file, or of a folder in order of their names.

    Raises ConfigurationError for a folder that holds none, and as ``read_envelope_file``.
    """
    if not path.is_dir():
        return (read_envelope_file(path),)
    names = [one.stem for one in path.glob("*.json") if _VERSION.fullmatch(one.stem)]
    if not names:
        raise ConfigurationError(
            f"the folder {path} holds no version of the directory, such as 1.json", file=str(path)
        )
    return tuple(read_envelope_file(path / f"{name}.json") for name in sorted(names, key=int))


def read_envelope_file(path: Path) -> Envelope:
    """The envelope in a JSON file, unverified. Raises ConfigurationError naming the file."""
    try:
        return envelope_from_json(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"the file {path} cannot be read ({error.strerror}); check its place and permissions",
            file=str(path),
        ) from None
    except PortabilityError as error:
        raise ConfigurationError(
            f"the file {path} holds no signed envelope: {error.message}", file=str(path)
        ) from None
