import os
import re
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portability.cli.main import status
from portability.custody.passphrases import Secrets
from portability.federation.directory import DirectoryFile
from portability.node.config import load_config, load_keys
from portability.node.keys import Mode

DEPLOY = Path(__file__).parents[3] / "deploy"
pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None or shutil.which("od") is None,
    reason="openssl and od make the secrets, and are not installed here",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    prepare(folder)
    return folder


PASSPHRASES = {
    f"PORTABILITY_PASSPHRASE_{code}": f"passphrase of {code} alone" for code in ("FR", "ES")
}


def run_prepare(folder: Path, passphrases: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", str(DEPLOY / "prepare"), str(folder), "FR", "ES"],
        capture_output=True,
        check=False,
        text=True,
        env=os.environ | passphrases,
    )


def prepare(folder: Path) -> None:
    ended = run_prepare(folder, PASSPHRASES)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("passphrase", ["", "short"])
def test_no_key_is_made_without_a_passphrase_to_encrypt_it(tmp_path: Path, passphrase: str) -> None:
    ended = run_prepare(tmp_path, {"PORTABILITY_PASSPHRASE_FR": passphrase})
    assert ended.returncode == 2
    assert "PORTABILITY_PASSPHRASE_FR" in ended.stderr
    assert not list(tmp_path.rglob("*.pem"))


def test_every_key_of_a_node_is_encrypted(home: Path) -> None:
    keys = [*home.glob("*/keys/*.pem"), *home.glob("*/keys/*.key")]
    assert len(keys) == 10
    assert all(b"ENCRYPTED" in path.read_bytes() for path in keys)


def test_every_secret_is_made_and_can_be_read_by_its_owner_alone(home: Path) -> None:
    secrets = [*home.glob("*/keys/*.pem"), *home.glob("*/keys/*.key"), *home.glob("*/passfile")]
    secrets += [*home.glob("postgres/*"), *home.glob("*/tls/key.pem")]
    assert len(secrets) == 2 * (5 + 1 + 1) + 3
    for path in secrets:
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path
    assert len({path.read_bytes() for path in secrets}) == len(secrets)


def test_making_secrets_again_overwrites_none(home: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    prepare(home)
    assert before == {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_the_certificate_request_names_the_role(home: Path) -> None:
    shown = subprocess.run(
        ["openssl", "req", "-in", str(home / "FR/tls/request.pem"), "-noout", "-text"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert "URI:portability://FR/node" in shown
    assert "DNS:fr.node.portability.internal" in shown


def test_the_production_configuration_is_accepted_with_the_keys_made_for_it(home: Path) -> None:
    root = (home / "FR/keys/node.public").read_text()
    text = (home / "FR/node.toml").read_text(encoding="utf-8")
    text = text.replace("/run/secrets/fr_tls_key", str(home / "FR/tls/key.pem"))
    for path in (*home.glob("FR/keys/*.pem"), *home.glob("FR/keys/*.key")):
        text = text.replace(f"/run/secrets/fr_{path.stem}_key", str(path))
    assert 'passphrase = "env:PORTABILITY_PASSPHRASE"' in text
    words = {"ROOT_KEYS": f'"{root}"', "THRESHOLD": "1"}
    text = re.sub(r"@([A-Z_]+)@", lambda found: words.get(found[1], "https://example.org"), text)
    file = home / "complete.toml"
    file.write_text(text, encoding="utf-8")
    config = load_config(file)
    assert config.mode is Mode.PRODUCTION
    assert config.database == "postgresql+asyncpg://portability_fr@postgres:5432/portability_fr"
    secrets = Secrets({"PORTABILITY_PASSPHRASE": PASSPHRASES["PORTABILITY_PASSPHRASE_FR"]})
    keys, storage = load_keys(config, secrets)
    assert keys.node.public.hex() == root
    assert keys.witness is not None
    nonce = bytes(12)
    wrapped = storage.wrapping.wrap(nonce, b"k" * 32, b"")
    assert storage.wrapping.unwrap(nonce, wrapped, b"") == b"k" * 32


def test_each_password_is_the_same_for_node_and_server(home: Path) -> None:
    password = (home / "postgres/fr").read_text().strip()
    line = f"postgres:5432:portability_fr:portability_fr:{password}\n"
    assert (home / "FR/passfile").read_text() == line


def test_a_directory_is_signed_by_one_root_key_holder_after_another(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = [home / f"{code}/keys/log.pem" for code in ("FR", "ES")]
    publics = [path.with_suffix(".public").read_text() for path in keys]
    source = tmp_path / "directory.toml"
    source.write_text(
        'schema = "directory/1"\nversion = 1\nvalid_from = 2025-01-01T00:00:00Z\n'
        "valid_to = 2125-01-01T00:00:00Z\nthreshold = 2\n"
        + "".join(f'[[root]]\nkey = "{public}"\n' for public in publics)
    )
    out = tmp_path / "directory.json"
    sign = ["directory", "sign", str(source), "--out", str(out), "--key"]
    monkeypatch.setenv("PASS_FR", PASSPHRASES["PORTABILITY_PASSPHRASE_FR"])
    monkeypatch.setenv("PASS_ES", PASSPHRASES["PORTABILITY_PASSPHRASE_ES"])
    assert status([*sign, str(keys[0]), "--passphrase", "env:PASS_FR"]) == 0
    assert "needs 2 signatures" in capsys.readouterr().out
    assert status([*sign, str(keys[0]), "--passphrase", "env:PASS_FR"]) == 0
    assert "needs 2 signatures" in capsys.readouterr().out
    assert status([*sign, str(keys[1]), "--passphrase", "env:PASS_ES"]) == 0
    assert "in force until" in capsys.readouterr().out
    opened = DirectoryFile(
        out,
        root_keys=[bytes.fromhex(public) for public in publics],
        threshold=2,
        clock=lambda: datetime(2025, 6, 1, tzinfo=UTC),
    )
    assert opened().version == 1


def test_a_key_that_is_no_root_key_signs_no_directory(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "directory.toml"
    public = (home / "FR/keys/log.public").read_text()
    source.write_text(
        'schema = "directory/1"\nversion = 1\nvalid_from = 2025-01-01T00:00:00Z\n'
        f'valid_to = 2125-01-01T00:00:00Z\nthreshold = 1\n[[root]]\nkey = "{public}"\n'
    )
    out = tmp_path / "directory.json"
    other = home / "ES/keys/node.pem"
    assert status(["directory", "sign", str(source), "--key", str(other), "--out", str(out)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not out.exists()
