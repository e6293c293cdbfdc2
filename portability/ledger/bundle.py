"""
The file list of an offline bundle: every file by digest, no file unlisted.

Files come as a mapping from path to bytes; reading them from a directory or archive is the
caller's. Source: formats.md, Offline bundle, step 1.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portability.errors import InvalidInputError, ProofError, UnsupportedVersionError
from portability.ledger.documents import load_toml
from portability.ledger.encoding import HASH_BYTES, decode_hex

MANIFEST: Final = "bundle.toml"
FORMAT: Final = "portability-bundle/1"
EVIDENCE_KINDS: Final = frozenset({"passkey-registration", "act-evidence", "assisted-evidence"})
"""Statements that lie in the folder ``evidence``: given to auditors and the person alone."""

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_MAX_PATH: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a bundle claims, in words, and the SHA-256 of each of its other files by path."""

    claim: str
    digests: Mapping[str, bytes]


def build_manifest(claim: str, files: Mapping[str, bytes]) -> bytes:
    """``bundle.toml`` for these files. Raises InvalidInputError for a path that is not allowed."""
    lines = [f"format = {_quote(FORMAT)}", f"claim = {_quote(claim)}", "", "[files]"]
    for path in sorted(files):
        _check_path(path)
        lines.append(f"{_quote(path)} = {_quote(hashlib.sha256(files[path]).hexdigest())}")
    return "\n".join(lines).encode("utf-8") + b"\n"


def parse_manifest(data: bytes) -> Manifest:
    """Read ``bundle.toml``. InvalidInputError, or UnsupportedVersionError for another format."""
    members = load_toml(data, what=MANIFEST)
    if members.get("format") != FORMAT:
        raise UnsupportedVersionError(
            f"the bundle is not in the format {FORMAT}; use the version of this program that "
            "wrote it",
            expected=FORMAT,
        )
    claim, files = members.get("claim"), members.get("files")
    if set(members) != {"format", "claim", "files"} or not isinstance(claim, str):
        raise InvalidInputError(
            f"{MANIFEST} does not have exactly format, claim and files", field=MANIFEST
        )
    if not isinstance(files, dict):
        raise InvalidInputError(f"{MANIFEST} has no table of files", field=MANIFEST)
    return Manifest(claim=claim, digests={path: _digest(path, files[path]) for path in files})


def open_bundle(files: Mapping[str, bytes]) -> Manifest:
    """
    Check all files, ``bundle.toml`` among them, against the list.

    Raises ProofError naming the first file that is missing, not listed or not what was listed,
    InvalidInputError or UnsupportedVersionError for the list itself.
    """
    if MANIFEST not in files:
        raise ProofError(f"the bundle has no {MANIFEST}", file=MANIFEST)
    manifest = parse_manifest(files[MANIFEST])
    for path in sorted(files):
        if path != MANIFEST and path not in manifest.digests:
            raise ProofError(f"{path!r} is in the bundle but not in its list of files", file=path)
    for path, digest in sorted(manifest.digests.items()):
        if path not in files:
            raise ProofError(f"{path} is in the list of files but not in the bundle", file=path)
        if hashlib.sha256(files[path]).digest() != digest:
            raise ProofError(f"{path} is not the file that was listed: it was changed", file=path)
    return manifest


def _digest(path: str, value: object) -> bytes:
    _check_path(path)
    if not isinstance(value, str):
        raise InvalidInputError(f"the digest of {path} is not text", field=MANIFEST)
    return decode_hex(value, what=f"digest of {path}", length=HASH_BYTES)


def _check_path(path: str) -> None:
    """Relative, forward slashes, plain names: nothing that could leave a directory."""
    fit = len(path) <= _MAX_PATH and all(map(_SEGMENT.fullmatch, path.split("/")))
    if not fit or path == MANIFEST:
        raise InvalidInputError(
            f"{path[:_MAX_PATH]!r} is not a path that a bundle may list", field=MANIFEST
        )


def _quote(text: str) -> str:
    """A TOML basic string. JSON's escapes are a subset of TOML's but for DEL, which JSON leaves."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
