"""Offline bundles: every file is what was listed, and nothing else is there."""

import hashlib

import pytest

from portability.errors import InvalidInputError, ProofError, UnsupportedVersionError
from portability.ledger.bundle import MANIFEST, build_manifest, open_bundle, parse_manifest

CLAIM = 'Rosa\'s "pension":\n1,400.00 EUR \\ a month \x7f ë'
FILES = {"policy": b"quorum none\n", "statements/ab12.json": b"{}", "proofs/ab12.tlog-proof": b""}


def bundle() -> dict[str, bytes]:
    return {**FILES, MANIFEST: build_manifest(CLAIM, FILES)}


def test_a_bundle_opens_with_its_claim_and_digests() -> None:
    manifest = open_bundle(bundle())
    assert manifest.claim == CLAIM
    assert {path: hashlib.sha256(FILES[path]).digest() for path in FILES} == manifest.digests


def test_the_list_does_not_depend_on_the_order_of_the_files() -> None:
    backwards = dict(reversed(FILES.items()))
    assert build_manifest(CLAIM, FILES) == build_manifest(CLAIM, backwards)


def test_a_changed_missing_or_unlisted_file_is_named() -> None:
    changed = bundle() | {"policy": b"quorum nona\n"}
    missing = bundle()
    del missing["policy"]
    more = bundle() | {"evil\n": b""}
    for files, name in ((changed, "policy"), (missing, "policy"), (more, "evil\n")):
        with pytest.raises(ProofError) as caught:
            open_bundle(files)
        assert {"file": name} == caught.value.context
        assert name.strip() in caught.value.message
        assert "\n" not in caught.value.message


def test_a_bundle_without_its_list_is_refused() -> None:
    with pytest.raises(ProofError, match=MANIFEST):
        open_bundle(FILES)


@pytest.mark.parametrize(
    "path",
    [
        "../policy",
        "/etc/passwd",
        "a/../b",
        "a//b",
        "./a",
        "a/",
        "a\\b",
        "C:a",
        ".hidden",
        "-rf",
        "",
        "a\nb",
        "é",
        "a" * 241,
        MANIFEST,
    ],
)
def test_a_path_that_could_leave_the_bundle_is_neither_written_nor_read(path: str) -> None:
    with pytest.raises(InvalidInputError, match="path"):
        build_manifest(CLAIM, {path: b""})
    quoted = path.replace("\\", "\\\\").replace("\n", "\\n")
    good = build_manifest(CLAIM, {"policy": b""}).decode()
    with pytest.raises(InvalidInputError, match="path"):
        parse_manifest(good.replace('"policy"', f'"{quoted}"').encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('claim = "c"', ""),
        ('claim = "c"', "claim = 5"),
        ('claim = "c"', 'claim = "c"\nmore = 1'),
        ("[files]", "[fields]"),
        ("[files]\n", "files = 5\n[more]\n"),
        ("[files]", "[files]\npolicy = 5\n[other]"),
        ('"e3b0c442', '5 # "'),
        ("e3b0c442", "E3B0C442"),
        ("e3b0c442", "e3b0"),
        ("[files]", "[files"),
    ],
)
def test_a_malformed_list_is_refused(old: str, new: str) -> None:
    good = build_manifest("c", {"policy": b""}).decode()
    assert old in good
    with pytest.raises(InvalidInputError):
        parse_manifest(good.replace(old, new).encode())


def test_a_list_whose_files_are_no_table_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no table"):
        parse_manifest(b'format = "portability-bundle/1"\nclaim = "c"\nfiles = 5\n')


def test_another_format_asks_for_another_version() -> None:
    other = build_manifest(CLAIM, FILES).replace(b"bundle/1", b"bundle/2")
    with pytest.raises(UnsupportedVersionError, match="portability-bundle/1"):
        parse_manifest(other)


def test_a_path_has_at_most_240_characters() -> None:
    longest = "a" * 120 + "/" + "b" * 119
    assert len(longest) == 240
    assert parse_manifest(build_manifest(CLAIM, {longest: b""})).digests.keys() == {longest}
    with pytest.raises(InvalidInputError, match="path"):
        build_manifest(CLAIM, {longest + "b": b""})
