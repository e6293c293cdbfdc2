"""
Whom a verifier trusts, and who said so. Never the bundle itself.

The pinned root keys open the directory. The logs and the quorum come from the verifier's own policy
file, or, where there is none, from the directory that the pinned root keys signed.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.profile import PROFILE_VARIABLE, load_profile, read_file, read_root_key
from portability.errors import ConfigurationError, InvalidInputError
from portability.ledger.directory import Directory
from portability.ledger.policy import Log, Policy, parse_policy

NOBODY: Final = "nobody's: no root key was given or is pinned here"
PINNED_NAME: Final = "*-auditor.toml"
PINNED_FOLDERS: Final = ("profiles", ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRoot:
    """``policy`` is None where the directory's own logs are trusted; ``words`` say whose it is."""

    root_keys: tuple[bytes, ...]
    threshold: int
    policy: Policy | None
    words: str


def find_trust(
    bundle: Path,
    *,
    policy: Path | None,
    root_keys: Sequence[str],
    threshold: int,
    profile: Path | None,
) -> TrustRoot:
    """
    The verifier's own trust: given on the command line, or pinned on this machine.

    Pinned is the profile that was named, else the one in the environment, else an auditor's profile
    in a folder ``profiles`` of the working folder, or beside or above the bundle, never in it.
    Where there is none nothing can verify, and the words say so. Raises ConfigurationError for a
    file or key that is unusable.
    """
    given = None if policy is None else _read_policy(policy)
    logs = f"logs and quorum of the policy {policy}" if policy else "logs named in the directory"
    if root_keys:
        keys = tuple(dict.fromkeys(_root_key(text) for text in root_keys))
        if not 1 <= threshold <= len(keys):
            raise ConfigurationError(
                "--threshold must be between 1 and the number of root keys", field="threshold"
            )
        words = f"{len(keys)} root keys given on the command line, {threshold} needed; {logs}"
        return TrustRoot(root_keys=keys, threshold=threshold, policy=given, words=words)
    pinned = profile or _pinned_in_environment() or _pinned_beside(bundle)
    if pinned is None:
        return TrustRoot(root_keys=(), threshold=1, policy=given, words=f"{NOBODY}; {logs}")
    trust = load_profile(pinned).directory
    words = f"{len(trust.root_keys)} root keys pinned in {pinned}, {trust.threshold} needed; {logs}"
    return TrustRoot(
        root_keys=trust.root_keys, threshold=trust.threshold, policy=given, words=words
    )


def policy_from(directory: Directory) -> Policy:
    """The policy of whoever has none: the logs that the directory names, and no quorum."""
    logs = [
        Log(key=key)
        for member in directory.members
        for origin in directory.log_origins(member.jurisdiction)
        for key in directory.log_vkeys(origin, None)
    ]
    if not logs:
        raise InvalidInputError("the directory names no log", field="directory")
    return Policy(logs=tuple(logs))


def _pinned_in_environment() -> Path | None:
    named = os.environ.get(PROFILE_VARIABLE)
    return Path(named) if named else None


def _pinned_beside(bundle: Path) -> Path | None:
    """An auditor's profile: in the working folder, else in the nearest folder above the bundle."""
    for folder in (Path.cwd(), *bundle.resolve().parents):
        for name in PINNED_FOLDERS:
            found = sorted((folder / name).glob(PINNED_NAME))
            if found:
                return found[0]
    return None


def _read_policy(path: Path) -> Policy:
    try:
        return parse_policy(read_file(path, "policy"))
    except InvalidInputError as error:
        raise ConfigurationError(f"{path}: {error.message}", file=str(path)) from None


def _root_key(text: str) -> bytes:
    try:
        return read_root_key(text)
    except InvalidInputError as error:
        raise ConfigurationError(
            f"--root-key: {error.message}; take it from what the federation publishes",
            field="root-key",
        ) from None
