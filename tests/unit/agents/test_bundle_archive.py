"""Bundles as one file, and what hostile archives try."""

import contextlib
import gzip
import io
import os
import resource
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.agency import main as agency
from agents.auditor import main
from agents.bundle_archive import (
    MAX_RATIO,
    SLACK_BYTES,
    check_place,
    read_bundle,
    write_bundle,
)
from agents.migrant import main as migrant
from portability.errors import ConfigurationError, InvalidInputError, PortabilityError
from portability.ledger.bundle import MANIFEST
from tests.unit.agents.rosa_case import ROOT, bundle_of, settled

WHOLE = bundle_of(settled().files())


def zipped(path: Path, *entries: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ((MANIFEST, b""), *entries):
            archive.writestr(name, content)
    return path


def tarred(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for entry, content in entries:
            entry.size = entry.size or len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def named(name: str, **attributes: object) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    for attribute, value in attributes.items():
        setattr(entry, attribute, value)
    return entry


def test_one_file_holds_the_same_bundle_and_verifies(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    write_bundle(WHOLE, path)
    assert read_bundle(path) == WHOLE
    assert main.status(["verify", str(path), "--root-key", ROOT.public.hex()]) == 0


def test_two_exports_of_the_same_content_are_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    write_bundle(WHOLE, first)
    write_bundle(dict(reversed(WHOLE.items())), second)
    assert first.read_bytes() == second.read_bytes()


def test_a_file_that_exists_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.zip"
    path.write_text("keep")
    with pytest.raises(ConfigurationError, match="exists already"):
        write_bundle(WHOLE, path)
    assert path.read_text() == "keep"


def test_a_place_that_is_taken_is_told_before_anything_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An auditor's export leaves a receipt with the person, also one that could not be written."""
    taken, full = tmp_path / "taken.zip", tmp_path / "full"
    taken.touch()
    (full / "inner").mkdir(parents=True)
    for place, why in (
        (taken, "exists already"),
        (full, "is not empty"),
        (taken / "below", "cannot be written"),
    ):
        with pytest.raises(ConfigurationError, match=why):
            check_place(place)
        for of_whom, command in (("a case", agency), ("a case", main), ("me", migrant)):
            what = [f"cases/{'0' * 32}"] if of_whom == "a case" else ["--key", "absent.pem"]
            assert command.status(["export", *what, str(place), "--profile", "absent.toml"]) == 2
            assert why in capsys.readouterr().err
    check_place(tmp_path / "new" / "bundle")
    assert not (tmp_path / "new").exists()


@contextlib.contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """As on a full disk: what goes beyond is refused."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_nothing_is_left_of_a_bundle_that_could_not_be_written_whole(
    tmp_path: Path, name: str
) -> None:
    """Half of one would be in the way of the next attempt."""
    path, largest = tmp_path / name, max(map(len, WHOLE.values()))
    with no_file_over(largest - 1), pytest.raises(ConfigurationError, match="cannot be written"):
        write_bundle(WHOLE, path)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []
    check_place(path)
    write_bundle(WHOLE, path)
    assert read_bundle(path) == WHOLE


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_bundle_can_be_read_by_its_owner_alone_whatever_the_umask(
    tmp_path: Path, name: str
) -> None:
    """It holds the data of a person; the folder above is often open to all."""
    path, before = tmp_path / name, os.umask(0)
    try:
        write_bundle(WHOLE, path)
    finally:
        os.umask(before)
    made = [path, *path.rglob("*")]
    assert {stat.S_IMODE(one.stat().st_mode) & 0o077 for one in made} == {0}
    if path.is_file():
        with zipfile.ZipFile(path) as archive:  # nor once it is unpacked
            assert {one.external_attr >> 16 & 0o077 for one in archive.infolist()} == {0}


@pytest.mark.parametrize(
    "name", ["../outside", "/absolute", "a/../../b", "a//b", "./a", "C:/a", "a\\..\\b"]
)
def test_a_path_that_leads_out_of_the_bundle_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "bundle.zip", (zipfile.ZipInfo(name), b"x"))
    with pytest.raises(InvalidInputError, match="leads out of the bundle"):
        read_bundle(path)
    other = tarred(tmp_path / "bundle.tar", (named(f"./{name}"), b"x"))
    with pytest.raises(InvalidInputError, match="leads out of the bundle"):
        read_bundle(other)


def test_links_and_devices_are_refused_in_every_archive(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("statements/link")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(InvalidInputError, match="is a link or device"):
        read_bundle(zipped(tmp_path / "bundle.zip", (link, b"/etc/hostname")))
    for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE)):
        entry = named("statements/link", type=kind, linkname="/etc/hostname")
        with pytest.raises(InvalidInputError, match="is a link or device"):
            read_bundle(tarred(tmp_path / f"{number}.tar", (entry, b"")))


def test_a_pipe_in_the_place_of_a_bundle_is_not_read(tmp_path: Path) -> None:
    """Nor is a device: it would be read until there is no memory left, or for ever."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)  # or opening it to read, as before, would wait for ever
    try:
        os.write(writer, b"\0" * 1024)
        with pytest.raises(ConfigurationError, match="neither a file nor a folder"):
            read_bundle(pipe)
    finally:
        os.close(writer)


def test_a_name_twice_in_a_tar_is_refused(tmp_path: Path) -> None:
    path = tarred(tmp_path / "twice.tar", (named("a"), b"1"), (named("./a"), b"2"))
    with pytest.raises(InvalidInputError, match="twice"):
        read_bundle(path)


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bundle.zip", (zipfile.ZipInfo("a"), b"secret"))
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    path.write_bytes(bytes(data))
    with pytest.raises(InvalidInputError, match="is encrypted"):
        read_bundle(path)


def test_a_zip_bomb_is_not_expanded(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", ("a", bytes(8_000_000)), ("b", bytes(8_000_000)))
    assert path.stat().st_size * MAX_RATIO + SLACK_BYTES < 16_000_000
    with pytest.raises(InvalidInputError, match="would expand"):
        read_bundle(path)


def test_one_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = zipped(tmp_path / "huge.zip", ("a", bytes(70_000_000)))
    with pytest.raises(InvalidInputError, match="is over 64000000 bytes"):
        read_bundle(path)


def test_a_packed_tar_that_expands_without_end_is_refused(tmp_path: Path) -> None:
    plain = tarred(tmp_path / "plain.tar", (named("a"), bytes(20_000_000)))
    packed = tmp_path / "bomb.tar.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    with pytest.raises(InvalidInputError, match="would expand"):
        read_bundle(packed)


def test_a_header_that_claims_gigabytes_costs_nothing(tmp_path: Path) -> None:
    header = named("././@PaxHeader", type=tarfile.XHDTYPE, size=8_000_000_000).tobuf()
    packed = tmp_path / "header.tar.gz"
    packed.write_bytes(gzip.compress(header + bytes(30_000_000)))
    with pytest.raises(InvalidInputError, match="would expand"):
        read_bundle(packed)


def test_a_sparse_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sparse.tar"
    entry = named("a", type=tarfile.GNUTYPE_SPARSE)
    path.write_bytes(entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(InvalidInputError, match="is a link or device"):
        read_bundle(path)


ARCHIVES: tuple[Callable[[Path], Path], ...] = (
    lambda folder: zipped(folder / "x.zip", ("a", b"text " * 50)),
    lambda folder: tarred(folder / "x.tar", (named("a"), b"text " * 50), (named(MANIFEST), b"")),
)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_becomes_of_an_archive_only_our_own_errors_come_out(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("archives")
    path = data.draw(st.sampled_from(ARCHIVES))(folder)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))] or content))
    try:
        read_bundle(path)
    except PortabilityError:
        return
