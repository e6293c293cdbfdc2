"""`portability directory` and `portability keys`, as the holders of keys run them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portability.cli.main import status
from portability.federation.directory import DirectoryFile
from portability.ledger.checkpoint import sign_checkpoint
from portability.ledger.directory import Directory, KeyPurpose, parse_directory
from portability.ledger.encoding import format_time
from portability.ledger.envelope import envelope_from_json
from portability.ledger.keys import Ed25519Signer
from portability.ledger.tree_head import Checkpoint
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout, NodePorts, create_federation
from portability.node.keys import Mode, load_signer

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FederationLayout:
    monkeypatch.setenv("PASS", PASSPHRASE)
    return create_federation(
        tmp_path / "federation",
        {"FR": NodePorts(listen=1, observe=2), "ES": NodePorts(listen=3, observe=4)},
        now=datetime.now(UTC),
        randomness=os.urandom,
    )


def run(*arguments: object) -> int:
    return status([str(one) for one in arguments])


def roots(layout: FederationLayout) -> list[object]:
    paths = sorted((layout.root / "ca").glob("directory-root-*.pem"))[:2]
    return [part for path in paths for part in ("--key", path)]


def new_key(folder: Path, name: str) -> tuple[Path, bytes]:
    path = folder / f"{name}.pem"
    assert run("keys", "new", "--out", path, "--passphrase", "env:PASS") == 0
    return path, path.read_bytes()


def proof(folder: Path, name: str, *words: str) -> Path:
    path, _ = new_key(folder, name)
    out = folder / f"{name}.proof.json"
    proving = ["directory", "prove", "--key", path, "--passphrase", "env:PASS", "--out", out]
    assert run(*proving, *words) == 0
    return out


CNAV = ("--jurisdiction", "FR", "--institution", "cnav", "--purpose", "institution")


def read(path: Path) -> Directory:
    return parse_directory(path.read_bytes())


def keys_of(directory: Directory, at: datetime) -> int:
    return len(directory.keys("FR", "cnav", KeyPurpose.INSTITUTION, at))


def test_a_key_is_rotated_with_overlap_and_the_version_signed_by_both_thresholds(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim, second = proof(tmp_path, "cnav", *CNAV), tmp_path / "2.toml"
    step = ["directory", "rotate", layout.directory, "--proof", claim, "--out", second]
    assert run(*step, "--overlap-days", 3) == 0
    now, following = datetime.now(UTC), read(second)
    assert (following.version, keys_of(following, now)) == (2, 2)
    assert keys_of(following, now + timedelta(days=4)) == 1

    out, first = tmp_path / "2.json", roots(layout)[:2]
    sign = ["directory", "sign", second, "--out", out, "--previous", layout.directory]
    capsys.readouterr()
    assert run(*sign, *first) == 1
    assert "nobody has proven to hold" in capsys.readouterr().err
    assert not out.exists()
    assert run(*sign, "--proof", claim, *first) == 0
    assert "it needs 2 signatures" in capsys.readouterr().out
    assert run(*sign, "--proof", claim, *roots(layout)) == 0
    assert "version 2 is signed and in force" in capsys.readouterr().out

    settings = load_config(layout.nodes["FR"]).directory
    held = DirectoryFile(
        layout.directory,
        root_keys=settings.root_keys,
        threshold=settings.threshold,
        clock=lambda: datetime.now(UTC),
    )
    layout.directory.write_bytes(out.read_bytes())
    assert held.reload()
    assert held() == following
    assert run("directory", "show", out) == 0
    shown = capsys.readouterr().out
    assert "version 2" in shown
    assert shown.count("FR/cnav, institution key: trusted now") == 2


def test_an_old_key_may_be_kept_without_an_end(layout: FederationLayout, tmp_path: Path) -> None:
    claim, second = proof(tmp_path, "cnav", *CNAV), tmp_path / "2.toml"
    step = ["directory", "rotate", layout.directory, "--proof", claim, "--out", second]
    assert run(*step, "--keep-old") == 0
    assert keys_of(read(second), datetime.now(UTC) + timedelta(days=900)) == 2


def test_a_compromised_key_is_cut_off_and_the_review_is_named(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = parse_directory(envelope_from_json(layout.directory.read_bytes()).payload)
    (key_id,) = directory.keys("FR", "cnav", KeyPurpose.INSTITUTION, datetime.now(UTC))
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    out = tmp_path / "2.toml"
    step = ["directory", "cut-off", layout.directory, "--key-id", key_id.hex(), "--out", out]
    assert run(*step, "--at", format_time(at)) == 0
    assert f"portability-auditor review --key-id {key_id.hex()}" in " ".join(
        capsys.readouterr().out.split()
    )
    entry = read(out).key(key_id)
    assert entry is not None
    assert entry.cutoff == at
    assert run(*step, "--at", format_time(at)) == 2  # never over a file that is there
    assert "there already" in capsys.readouterr().err


def final_note(layout: FederationLayout, origin: str | None = None) -> bytes:
    signer = load_signer(layout.root / "FR/keys/log.pem", Mode.DEVELOPMENT)
    name = origin or "fr.node.portability.internal/log"
    return sign_checkpoint(Checkpoint(origin=name, size=7, root=b"\x07" * 32), signer)


def test_a_log_ends_only_with_a_checkpoint_that_witnesses_have_cosigned(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim = proof(tmp_path, "log", "--jurisdiction", "FR", "--purpose", "log")
    final, out = tmp_path / "final", tmp_path / "2.toml"
    step = ["directory", "rotate-log", layout.directory, "--proof", claim, "--final", final]
    step += ["--origin", "fr.node.portability.internal/log/2", "--out", out]
    final.write_bytes(final_note(layout))
    assert run(*step) == 1
    assert "not cosigned by 1 witnesses" in capsys.readouterr().err
    final.write_bytes(final_note(layout, "es.node.portability.internal/log"))
    assert run(*step) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    "wrong", [("--purpose", "node"), ("--institution", "", "--purpose", "institution")]
)
def test_a_proof_names_an_institution_for_its_key_and_for_no_other(
    layout: FederationLayout, tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    path, _ = new_key(tmp_path, "cnav")
    proving = ["directory", "prove", "--key", path, "--passphrase", "env:PASS"]
    proving += ["--out", tmp_path / "proof", "--jurisdiction", "FR"]
    words = wrong if "--institution" in wrong else ("--institution", "cnav", *wrong)
    assert run(*proving, *words) == 2
    assert not (tmp_path / "proof").exists()


def test_a_version_that_changes_what_was_is_signed_by_nobody(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim, second = proof(tmp_path, "cnav", *CNAV), tmp_path / "2.toml"
    assert run("directory", "rotate", layout.directory, "--proof", claim, "--out", second) == 0
    blocks = second.read_text().split("[[key]]")
    second.write_text("[[key]]".join([blocks[0], *blocks[2:]]))
    capsys.readouterr()
    sign = ["directory", "sign", second, "--proof", claim, "--previous", layout.directory]
    assert run(*sign, "--out", tmp_path / "2.json", *roots(layout)) == 2
    assert "for ever" in capsys.readouterr().err
    sign = ["directory", "sign", second, "--proof", claim]
    assert run(*sign, "--out", tmp_path / "2.json", *roots(layout)) == 2
    assert "--previous" in capsys.readouterr().err


# --- keys ----------------------------------------------------------------------------------------


def test_a_new_key_is_encrypted_and_its_public_half_is_printed(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, data = new_key(tmp_path, "node")
    assert b"ENCRYPTED" in data
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(capsys.readouterr().out.split()[-1])) == 32
    assert run("keys", "new", "--out", path, "--passphrase", "env:PASS") == 2
    assert path.read_bytes() == data


def test_a_bare_key_is_protected_and_stays_the_same_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PASS", PASSPHRASE)
    bare, out = tmp_path / "wrapping.key", tmp_path / "wrapping.pem"
    bare.write_text("ab" * 32 + "\n")
    bare.chmod(0o600)
    assert run("keys", "protect", bare, "--out", out, "--passphrase", "env:PASS") == 0
    assert capsys.readouterr().out.split()[-1] == Ed25519Signer(b"\xab" * 32).public.hex()
    assert b"ENCRYPTED" in out.read_bytes()


def test_a_development_key_is_not_made_into_another(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = layout.root / "FR/keys/node.pem"
    out = tmp_path / "node.pem"
    assert run("keys", "protect", source, "--out", out, "--passphrase", "env:PASS") == 2
    assert "development key" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["env:SHORT", "env:NOBODY", "hunter2"])
def test_no_key_is_made_under_a_weak_or_missing_passphrase(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    monkeypatch.setenv("SHORT", "hunter2")
    assert run("keys", "new", "--out", tmp_path / "key.pem", "--passphrase", place) == 2
    assert "hunter2" not in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_key_is_not_proven_for_a_country_that_has_no_such_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PASS", PASSPHRASE)
    key, _ = new_key(tmp_path, "node")
    out = tmp_path / "proof.json"
    proving = ["directory", "prove", "--key", key, "--passphrase", "env:PASS", "--out", out]
    assert run(*proving, "--jurisdiction", "FRA", "--purpose", "node") == 2
    assert "--jurisdiction must be a code of two capital letters" in capsys.readouterr().err
    assert not out.exists()
    assert run(*proving[:-1], key, "--jurisdiction", "FR", "--purpose", "node") == 2
    assert b"ENCRYPTED" in key.read_bytes(), "it is not lost under its own proof"


def test_a_directory_that_does_not_parse_is_named_by_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "next-directory.toml"
    source.write_text("version = [")
    assert run("directory", "sign", source, "--key", "none", "--out", tmp_path / "out") == 2
    assert f"{source}: " in capsys.readouterr().err


def test_a_version_that_would_outlast_the_calendar_is_refused(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    current = layout.root / "directory.json"
    proven = proof(tmp_path, "cnav", *CNAV)
    rotating = ["directory", "rotate", current, "--proof", proven, "--out", tmp_path / "next.toml"]
    assert run(*rotating, "--from", "9999-12-31T00:00:00Z") == 2
    assert "beyond the year 9999" in capsys.readouterr().err
