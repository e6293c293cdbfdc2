"""Bundles as directories and archives, and whose trust a verifier takes."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from agents.auditor import main
from agents.auditor.trust import find_trust
from agents.bundle_archive import read_bundle, write_bundle
from portability.errors import ConfigurationError, InvalidInputError
from portability.ledger.bundle import MANIFEST
from tests.unit.agents.rosa_case import ROOT, bundle_of, settled

WHOLE = bundle_of(settled().files())


def as_tar(folder: Path, mode: str) -> Path:
    path = folder / "bundle.tar.gz"
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in WHOLE.items():
            entry = tarfile.TarInfo(f"./{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def as_zip(folder: Path) -> Path:
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in WHOLE.items():
            archive.writestr(name, content)
    return path


def as_directory(folder: Path) -> Path:
    path = folder / "bundle"
    write_bundle(WHOLE, path)
    return path


def test_directory_and_archives_hold_the_same_bundle(tmp_path: Path) -> None:
    for path in (as_directory(tmp_path), as_tar(tmp_path, "w:gz"), as_zip(tmp_path)):
        assert read_bundle(path) == WHOLE


def test_a_directory_in_use_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(ConfigurationError, match="is not empty"):
        write_bundle(WHOLE, tmp_path)


@pytest.mark.parametrize("path", ["../outside", "/absolute", "a//b", "statements/.hidden"])
def test_a_path_that_leaves_the_bundle_is_never_written(tmp_path: Path, path: str) -> None:
    with pytest.raises(InvalidInputError, match="not a path that a bundle may list"):
        write_bundle({path: b"x"}, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_link_in_a_bundle_is_refused(tmp_path: Path) -> None:
    path = as_directory(tmp_path)
    (path / "statements" / "link").symlink_to("/etc/hostname")
    with pytest.raises(InvalidInputError, match="is a link or device"):
        read_bundle(path)


def test_an_archive_that_holds_a_file_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MANIFEST, b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(MANIFEST, b"2")
    with pytest.raises(InvalidInputError, match="twice"):
        read_bundle(path)


def test_a_bundle_that_is_not_there_is_missed_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.zip"
    with pytest.raises(ConfigurationError, match=r"there is no .*nowhere\.zip; check the path"):
        read_bundle(path)
    assert main.status(["verify", str(path)]) == 2


@pytest.mark.parametrize("content", [b"", b"no archive at all"])
def test_what_is_no_bundle_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be read as a bundle"):
        read_bundle(path)
    assert main.status(["verify", str(path)]) == 2


def test_a_bundle_without_pinned_trust_never_verifies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = as_directory(tmp_path)
    assert main.status(["verify", str(path)]) == 1
    assert "no root key is pinned" in capsys.readouterr().out


def test_a_root_key_on_the_command_line_is_said_to_be_the_verifiers_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = as_directory(tmp_path)
    assert main.status(["verify", str(path), "--root-key", ROOT.public.hex()]) == 0
    assert "1 root keys given on the command line, 1 needed" in capsys.readouterr().out
    assert main.status(["verify", str(path), "--root-key", "00"]) == 2
    assert main.status(["verify", str(path), "--root-key", "00" * 32]) == 2


def test_a_policy_of_ones_own_is_named_in_the_words(tmp_path: Path) -> None:
    policy = tmp_path / "my-policy"
    policy.write_bytes(WHOLE["policy"])
    found = find_trust(
        tmp_path / "bundle",
        policy=policy,
        root_keys=[ROOT.public.hex()],
        threshold=1,
        profile=None,
    )
    assert found.policy is not None
    assert len(found.policy.logs) == 2
    assert str(policy) in found.words


def test_a_profile_inside_of_a_bundle_pins_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = as_directory(tmp_path)
    (path / "profiles").mkdir()
    (path / "profiles" / "xx-auditor.toml").write_text("anything")
    found = find_trust(path, policy=None, root_keys=[], threshold=1, profile=None)
    assert found.root_keys == ()
