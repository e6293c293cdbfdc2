"""Step 3 of formats.md, Offline bundle: the directory, from the pinned root keys on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from agents.auditor.logged import LoggedLeaf
from agents.auditor.report import NotHeldError, Step, at_step
from agents.auditor.steps import check_hints
from agents.auditor.trust import TrustRoot
from agents.bundle_files import DIRECTORIES, Files, under
from portability.errors import PortabilityError
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    parse_directory,
    succeed_directory,
)
from portability.ledger.encoding import decode_decimal
from portability.ledger.envelope import envelope_from_json, verify_envelope
from portability.ledger.keys import key_id


def open_directories(files: Files, trust: TrustRoot) -> Directory:
    """
    The last version in the bundle: the first by the pinned keys, each next by the one before.

    Versions before the first that the pinned keys have signed prove nothing and are passed over.
    When it is in force does not matter: its entries say when each key was valid. Raises
    NotHeldError, or what parsing and verifying raise.
    """
    if not trust.root_keys:
        raise NotHeldError(
            Step.DIRECTORY,
            "no root key is pinned, and a bundle cannot vouch for itself; give --root-key KEY (got "
            "from the federation by another way than the bundle) or --profile FILE",
        )
    versions = sorted((_version(path), path) for path in under(files, DIRECTORIES))
    if not versions:
        raise NotHeldError(Step.DIRECTORY, "the bundle holds no directory")
    pinned = {key_id(public): public for public in trust.root_keys}
    versions = versions[_first(files, [path for _, path in versions], pinned, trust.threshold) :]
    first = envelope_from_json(files[versions[0][1]])
    verified = at_step(
        Step.DIRECTORY,
        lambda: verify_envelope(first, {DIRECTORY_TYPE}, pinned, trust.threshold),
    )
    directory, payload = parse_directory(verified.payload), verified.payload
    verify_envelope(first, {DIRECTORY_TYPE}, directory.roots, directory.threshold)
    for number, path in versions:
        envelope = envelope_from_json(files[path])
        directory = succeed_directory(directory, payload, envelope)
        payload = envelope.payload
        check_hints(envelope, directory.roots, directory.threshold, Step.DIRECTORY)
        if directory.version != number:
            raise NotHeldError(
                Step.DIRECTORY, f"{path} holds version {directory.version} of the directory"
            )
    return directory


def directory_notes(directory: Directory, logged: Iterable[LoggedLeaf]) -> Iterator[str]:
    """
    That a later version must have been there: something was logged after the end of the last here.

    Whoever makes a bundle can leave the newest versions out, and so what they say of keys that were
    cut off. That it is so before the end of the one here nothing in a bundle shows.
    """
    latest = max((one.judged for one in logged), default=None)
    if latest is not None and latest >= directory.valid_to:
        yield (
            f"version {directory.version} is the newest of the directory here and ended on "
            f"{directory.valid_to:%Y-%m-%d}, while statements were logged until {latest:%Y-%m-%d}: "
            "a later version that may cut keys off is left out, or the log went on without one in "
            "force; ask the federation for the newest"
        )


def _first(
    files: Files, paths: Sequence[str], pinned: Mapping[bytes, bytes], threshold: int
) -> int:
    """Where the versions begin that the pinned keys have signed; 0 where there is none."""
    for place, path in enumerate(paths):
        with suppress(PortabilityError):
            verify_envelope(envelope_from_json(files[path]), {DIRECTORY_TYPE}, pinned, threshold)
            return place
    return 0


def _version(path: str) -> int:
    name = path.removeprefix(f"{DIRECTORIES}/").removesuffix(".json")
    return decode_decimal(name, what=f"version in the name of {path}")
