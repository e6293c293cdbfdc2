"""Secrets in files: owner-only, of the right kind, and never a development key in production."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portability.errors import ConfigurationError
from portability.ledger.keys import Ed25519Signer
from portability.node.keys import (
    DEVELOPMENT_MARKER,
    Mode,
    StorageKeys,
    load_signer,
    load_storage_key,
    signer_pem,
    write_secret_file,
)

SEED = bytes(range(32))
BOTH = [Mode.DEVELOPMENT, Mode.PRODUCTION]


def secret(path: Path, data: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", BOTH)
def test_a_signing_key_without_the_marker_is_read_in_both_modes(tmp_path: Path, mode: Mode) -> None:
    path = tmp_path / "node.pem"
    write_secret_file(path, signer_pem(SEED), is_development=False)
    assert load_signer(path, mode).public == Ed25519Signer(SEED).public


def test_a_development_key_is_read_in_development_and_refused_in_production(
    tmp_path: Path,
) -> None:
    path = tmp_path / "node.pem"
    write_secret_file(path, signer_pem(SEED), is_development=True)
    assert load_signer(path, Mode.DEVELOPMENT).public == Ed25519Signer(SEED).public
    with pytest.raises(ConfigurationError) as refusal:
        load_signer(path, Mode.PRODUCTION)
    assert "development key" in refusal.value.message


def test_a_development_storage_key_is_refused_in_production(tmp_path: Path) -> None:
    path = tmp_path / "wrapping.key"
    write_secret_file(path, b"ab" * 32 + b"\n", is_development=True)
    assert load_storage_key(path, Mode.DEVELOPMENT) == b"\xab" * 32
    with pytest.raises(ConfigurationError):
        load_storage_key(path, Mode.PRODUCTION)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o660, 0o644, 0o666, 0o610])
def test_a_key_that_others_can_use_is_refused_with_the_command_that_helps(
    tmp_path: Path, mode: int
) -> None:
    path = secret(tmp_path / "node.pem", signer_pem(SEED), mode)
    with pytest.raises(ConfigurationError) as refusal:
        load_signer(path, Mode.PRODUCTION)
    assert f"chmod 600 {path}" in refusal.value.message


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_of_its_owner_alone_is_read(tmp_path: Path, mode: int) -> None:
    path = secret(tmp_path / "node.pem", signer_pem(SEED), mode)
    assert load_signer(path, Mode.PRODUCTION).public == Ed25519Signer(SEED).public


def test_written_secrets_are_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_secret_file(tmp_path / "node.pem", b"x", is_development=True)
    finally:
        os.umask(before)
    assert (tmp_path / "node.pem").stat().st_mode & 0o777 == 0o600


def test_a_secret_is_never_written_over_another(tmp_path: Path) -> None:
    path = secret(tmp_path / "node.pem", b"first")
    with pytest.raises(ConfigurationError):
        write_secret_file(path, b"second", is_development=True)
    assert path.read_bytes() == b"first"


def other_pem() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 32, other_pem(), signer_pem(SEED)[:60], DEVELOPMENT_MARKER]
)
def test_what_is_no_signing_key_is_refused_with_its_file(tmp_path: Path, content: bytes) -> None:
    path = secret(tmp_path / "node.pem", content)
    with pytest.raises(ConfigurationError) as refusal:
        load_signer(path, Mode.DEVELOPMENT)
    assert refusal.value.context == {"file": str(path)}


@pytest.mark.parametrize(
    "content", [b"", b"ab" * 31, b"AB" * 32, b"ab" * 32 + b"\n\n", b" " + b"ab" * 32, b"\xff" * 32]
)
def test_what_is_no_storage_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = secret(tmp_path / "wrapping.key", content)
    with pytest.raises(ConfigurationError):
        load_storage_key(path, Mode.DEVELOPMENT)


def test_a_missing_key_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.pem", tmp_path):
        with pytest.raises(ConfigurationError):
            load_signer(path, Mode.DEVELOPMENT)


def test_storage_keys_do_not_show_themselves() -> None:
    assert "abab" not in repr(StorageKeys(wrapping=b"\xab" * 32, index=b"\xab" * 32))
    assert "\\xab" not in repr(StorageKeys(wrapping=b"\xab" * 32, index=b"\xab" * 32))
