"""Keys in files: owner-only, encrypted, of the right kind, never for development in production."""

import os
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portability.custody.files import (
    DEVELOPMENT_MARKER,
    FileWrappingKey,
    KeyRules,
    Mode,
    read_signer,
    read_storage_key,
    read_tls_key,
    signer_pem,
    write_secret_file,
)
from portability.custody.passphrases import Secrets, SecretSource
from portability.errors import ConfigurationError
from portability.ledger.keys import Ed25519Signer
from portability.node.keys import StorageKeys

SEED = bytes(range(32))
PASSPHRASE = b"correct horse battery staple"
DEVELOPMENT = KeyRules(Mode.DEVELOPMENT)
PRODUCTION = KeyRules(Mode.PRODUCTION)
BOTH = [DEVELOPMENT, PRODUCTION]


def rules(mode: Mode = Mode.PRODUCTION, passphrase: bytes = PASSPHRASE) -> KeyRules:
    secrets = Secrets({"PASSPHRASE": passphrase.decode()})
    return KeyRules(mode, SecretSource("env:PASSPHRASE"), secrets)


def secret(path: Path, data: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", list(Mode))
def test_an_encrypted_signing_key_is_read_in_both_modes(tmp_path: Path, mode: Mode) -> None:
    path = tmp_path / "node.pem"
    write_secret_file(path, signer_pem(SEED, PASSPHRASE), is_development=False)
    assert b"ENCRYPTED" in path.read_bytes()
    assert read_signer(path, rules(mode)).public == Ed25519Signer(SEED).public


def test_production_refuses_a_signing_key_that_is_not_encrypted(tmp_path: Path) -> None:
    path = secret(tmp_path / "node.pem", signer_pem(SEED))
    assert read_signer(path, DEVELOPMENT).public == Ed25519Signer(SEED).public
    for strict in (PRODUCTION, rules()):
        with pytest.raises(ConfigurationError, match="portability keys protect"):
            read_signer(path, strict)


def test_production_refuses_a_storage_key_that_is_not_encrypted(tmp_path: Path) -> None:
    path = secret(tmp_path / "wrapping.key", b"ab" * 32 + b"\n")
    assert read_storage_key(path, DEVELOPMENT) == b"\xab" * 32
    with pytest.raises(ConfigurationError, match="not encrypted"):
        read_storage_key(path, rules())


def test_a_storage_key_is_the_seed_of_an_encrypted_file(tmp_path: Path) -> None:
    path = secret(tmp_path / "wrapping.pem", signer_pem(SEED, PASSPHRASE))
    assert read_storage_key(path, rules()) == SEED


@pytest.mark.parametrize("read", [read_signer, read_storage_key])
def test_a_wrong_passphrase_is_told_from_a_broken_file(tmp_path: Path, read: object) -> None:
    path = secret(tmp_path / "key.pem", signer_pem(SEED, PASSPHRASE))
    assert callable(read)
    with pytest.raises(ConfigurationError, match="does not open with its passphrase"):
        read(path, rules(passphrase=b"another horse altogether"))


def test_an_encrypted_key_without_a_named_passphrase_says_how_to_name_one(tmp_path: Path) -> None:
    path = secret(tmp_path / "key.pem", signer_pem(SEED, PASSPHRASE))
    with pytest.raises(ConfigurationError, match="env:NAME or fd:NUMBER"):
        read_signer(path, PRODUCTION)


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    path = secret(tmp_path / "key.pem", signer_pem(SEED, b"hunter2"))
    with pytest.raises(ConfigurationError, match="fewer than 16") as refusal:
        read_signer(path, rules(passphrase=b"hunter2"))
    assert "hunter2" not in refusal.value.message


def test_a_development_key_is_read_in_development_and_refused_in_production(
    tmp_path: Path,
) -> None:
    path = tmp_path / "node.pem"
    write_secret_file(path, signer_pem(SEED), is_development=True)
    assert read_signer(path, DEVELOPMENT).public == Ed25519Signer(SEED).public
    with pytest.raises(ConfigurationError, match="development key"):
        read_signer(path, rules())


def test_an_encrypted_development_key_is_refused_in_production_too(tmp_path: Path) -> None:
    path = tmp_path / "node.pem"
    write_secret_file(path, signer_pem(SEED, PASSPHRASE), is_development=True)
    assert read_signer(path, rules(Mode.DEVELOPMENT)).public == Ed25519Signer(SEED).public
    with pytest.raises(ConfigurationError, match="development key"):
        read_signer(path, rules())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o660, 0o644, 0o666, 0o610])
def test_a_key_that_others_can_use_is_refused_with_the_command_that_helps(
    tmp_path: Path, mode: int
) -> None:
    path = secret(tmp_path / "node.pem", signer_pem(SEED, PASSPHRASE), mode)
    with pytest.raises(ConfigurationError) as refusal:
        read_signer(path, rules())
    assert f"chmod 600 {path}" in refusal.value.message


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_of_its_owner_alone_is_read(tmp_path: Path, mode: int) -> None:
    path = secret(tmp_path / "node.pem", signer_pem(SEED, PASSPHRASE), mode)
    assert read_signer(path, rules()).public == Ed25519Signer(SEED).public


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


def other_pem(passphrase: bytes | None = None) -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 32,
        other_pem(),
        other_pem(PASSPHRASE),
        signer_pem(SEED)[:60],
        signer_pem(SEED, PASSPHRASE)[:90],
        DEVELOPMENT_MARKER,
    ],
    ids=["empty", "bare bytes", "other", "other encrypted", "cut", "cut encrypted", "marker"],
)
def test_what_is_no_signing_key_is_refused_with_its_file(tmp_path: Path, content: bytes) -> None:
    path = secret(tmp_path / "node.pem", content)
    with pytest.raises(ConfigurationError) as refusal:
        read_signer(path, rules(Mode.DEVELOPMENT))
    assert refusal.value.context == {"file": str(path)}


@pytest.mark.parametrize(
    "content", [b"", b"ab" * 31, b"AB" * 32, b"ab" * 32 + b"\n\n", b" " + b"ab" * 32, b"\xff" * 32]
)
def test_what_is_no_storage_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = secret(tmp_path / "wrapping.key", content)
    with pytest.raises(ConfigurationError):
        read_storage_key(path, DEVELOPMENT)


@pytest.mark.parametrize("one", BOTH)
def test_a_missing_key_and_a_folder_are_refused(tmp_path: Path, one: KeyRules) -> None:
    for path in (tmp_path / "nowhere.pem", tmp_path):
        with pytest.raises(ConfigurationError):
            read_signer(path, one)


def test_a_tls_key_may_be_encrypted_and_need_not_be(tmp_path: Path) -> None:
    plain = secret(tmp_path / "plain.pem", other_pem())
    assert read_tls_key(plain, PRODUCTION) == plain.read_bytes()
    sealed = secret(tmp_path / "sealed.pem", other_pem(PASSPHRASE))
    opened = read_tls_key(sealed, rules())
    assert serialization.load_pem_private_key(opened, None)
    with pytest.raises(ConfigurationError, match="does not open"):
        read_tls_key(sealed, rules(passphrase=b"another horse altogether"))


def test_a_wrapping_key_opens_what_it_wrapped_for_that_place_alone() -> None:
    key, nonce = FileWrappingKey(SEED), bytes(12)
    wrapped = key.wrap(nonce, b"k" * 32, b"place")
    assert key.unwrap(nonce, wrapped, b"place") == b"k" * 32
    for other, aad in ((key, b"elsewhere"), (FileWrappingKey(b"x" * 32), b"place")):
        with pytest.raises(InvalidTag):
            other.unwrap(nonce, wrapped, aad)


def test_storage_keys_do_not_show_themselves() -> None:
    shown = repr(StorageKeys(wrapping=FileWrappingKey(b"\xab" * 32), index=b"\xab" * 32))
    assert "abab" not in shown
    assert "\\xab" not in shown


def test_keys_in_rules_are_shown_by_their_place_alone() -> None:
    assert PASSPHRASE.decode() not in repr(rules())
