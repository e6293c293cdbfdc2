"""The next versions of a development federation's directory, signed by its own root keys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    build_directory,
    parse_directory,
)
from portability.ledger.envelope import (
    add_signature,
    envelope_from_json,
    envelope_to_json,
    sign_envelope,
)
from portability.ledger.rotation import next_version, whole_hour
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer

YEAR = timedelta(days=365)


def current(layout: FederationLayout) -> Directory:
    return parse_directory(envelope_from_json(layout.directory.read_bytes()).payload)


def following(layout: FederationLayout, versions: int = 1) -> Directory:
    """So many versions on, with the same content."""
    found = current(layout)
    for _ in range(versions):
        found = next_version(found, whole_hour(datetime.now(UTC)), YEAR)
    return found


def put(layout: FederationLayout, directory: Directory) -> bytes:
    """Sign it by two root keys and lay it where the nodes read it; what was there before."""
    before = layout.directory.read_bytes()
    layout.directory.write_bytes(signed(layout, directory))
    return before


def signed(layout: FederationLayout, directory: Directory) -> bytes:
    paths = sorted((layout.root / "ca").glob("directory-root-*.pem"))
    roots = [load_signer(path, Mode.DEVELOPMENT) for path in paths]
    envelope = sign_envelope(DIRECTORY_TYPE, build_directory(directory), roots[0])
    return envelope_to_json(add_signature(envelope, roots[1]))


def change(
    layout: FederationLayout, how: Callable[[Directory], Directory] = lambda found: found
) -> bytes:
    """Put the next version with a change in force; what was there before."""
    return put(layout, how(following(layout)))
