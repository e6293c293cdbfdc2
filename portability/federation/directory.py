"""
The directory of this installation: a signed file, verified by pinned root keys, read again while
the node runs.

The file holds one DSSE envelope in JSON. A newer version counts only if it follows the one in use;
in doubt the one in use stays, and the reload says why.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from portability.errors import ConfigurationError, PortabilityError
from portability.ledger.directory import Directory, open_directory, succeed_directory
from portability.ledger.envelope import Envelope, envelope_from_json


class DirectoryFile:
    """
    The directory in force, as a callable: ``directory()`` is what services are given.

    ``root_keys`` are raw Ed25519 public keys that the configuration pins; ``threshold`` of them
    must have signed the file with which the node starts.
    """

    def __init__(
        self,
        path: Path,
        *,
        root_keys: Sequence[bytes],
        threshold: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._path = path
        self._clock = clock
        envelope = self._read()
        try:
            self._directory = open_directory(envelope, root_keys, threshold, clock())
        except PortabilityError as error:
            raise ConfigurationError(
                f"the directory {path} is not usable: {error.message}", file=str(path)
            ) from None
        self._envelope = envelope

    def __call__(self) -> Directory:
        """The directory in use. Raises PreconditionError once it has expired: trust ends there."""
        self._directory.check_in_force(self._clock())
        return self._directory

    def envelope(self) -> Envelope:
        """The directory in use as it was signed, for bundles. Raises PreconditionError likewise."""
        self._directory.check_in_force(self._clock())
        return self._envelope

    def reload(self) -> bool:
        """
        Take over the version in the file if it follows the one in use; whether it was taken over.

        Raises ConfigurationError for a file that cannot be read, and the errors of
        ``succeed_directory`` and PreconditionError for one that does not count; the directory in
        use then stays.
        """
        envelope = self._read()
        following = succeed_directory(self._directory, self._envelope.payload, envelope)
        if following is self._directory:
            return False
        following.check_in_force(self._clock())
        self._directory, self._envelope = following, envelope
        return True

    def _read(self) -> Envelope:
        return read_envelope_file(self._path)


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
