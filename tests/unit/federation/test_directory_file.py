"""The directory file of a running node: verified, followed, and never trusted past its end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portability.errors import ConfigurationError, PreconditionError, SignatureError
from portability.federation.directory import DirectoryFile
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    Member,
    build_directory,
)
from portability.ledger.envelope import add_signature, envelope_to_json, sign_envelope
from portability.ledger.keys import Ed25519Signer

START = datetime(2025, 1, 1, tzinfo=UTC)
ROOTS = [Ed25519Signer(bytes([number]) * 32) for number in (1, 2)]


def directory(version: int = 1, days: int = 30) -> Directory:
    return Directory(
        version=version,
        valid_from=START,
        valid_to=START + timedelta(days=days),
        threshold=2,
        roots={root.key_id: root.public for root in ROOTS},
        members=(
            Member(
                jurisdiction="FR",
                endpoint="127.0.0.1:7001",
                log_origin="fr.example/log",
                server_name="fr.example",
            ),
        ),
        institutions=(),
        entries=(),
    )


def write(path: Path, value: Directory, signers: list[Ed25519Signer] | None = None) -> None:
    envelope = sign_envelope(DIRECTORY_TYPE, build_directory(value), (signers or ROOTS)[0])
    for signer in (signers or ROOTS)[1:]:
        envelope = add_signature(envelope, signer)
    path.write_bytes(envelope_to_json(envelope))


def opened(path: Path, clock: Callable[[], datetime] = lambda: START) -> DirectoryFile:
    return DirectoryFile(path, root_keys=[root.public for root in ROOTS], threshold=2, clock=clock)


def test_a_directory_signed_by_the_pinned_roots_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "directory.json"
    write(path, directory())
    assert opened(path)() == directory()


def test_a_directory_of_one_signature_is_refused_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "directory.json"
    write(path, directory(), ROOTS[:1])
    with pytest.raises(ConfigurationError) as refusal:
        opened(path)
    assert str(path) in refusal.value.message


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b"\xff"])
def test_a_file_that_is_no_envelope_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "directory.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError):
        opened(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        opened(tmp_path / "nowhere.json")
    assert "nowhere.json" in refusal.value.message


def test_trust_ends_when_the_directory_does(tmp_path: Path) -> None:
    path = tmp_path / "directory.json"
    write(path, directory(days=1))
    now = [START]
    held = opened(path, lambda: now[0])
    assert held().version == 1
    now[0] = START + timedelta(days=1)
    with pytest.raises(PreconditionError):
        held()


def test_the_next_version_is_taken_over_while_running(tmp_path: Path) -> None:
    path = tmp_path / "directory.json"
    write(path, directory())
    held = opened(path)
    assert held.reload() is False
    write(path, directory(version=2))
    assert held.reload() is True
    assert held().version == 2


@pytest.mark.parametrize("version", [1, 3])
def test_another_version_one_and_a_skipped_one_change_nothing(tmp_path: Path, version: int) -> None:
    path = tmp_path / "directory.json"
    write(path, directory())
    held = opened(path)
    write(path, replace(directory(version=version), valid_to=START + timedelta(days=99)))
    with pytest.raises(SignatureError):
        held.reload()
    assert held() == directory()


def test_an_expired_successor_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "directory.json"
    write(path, directory())
    held = opened(path, lambda: START + timedelta(days=5))
    write(path, directory(version=2, days=2))
    with pytest.raises(PreconditionError):
        held.reload()
    assert held().version == 1
