"""The demo's last step: a bundle that verifies without any node, until one bit of it is changed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.agency.exports import export_case
from agents.auditor.trust import TrustRoot, find_trust
from agents.auditor.verification import verify_bundle
from agents.bundle_archive import read_bundle, write_bundle
from portability.cli.stage import Stage
from portability.cli.telling import Told

_AUDITOR_SECONDS = 60
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What `portability-auditor verify` said of a bundle, and with what status it ended."""

    status: int
    document: Mapping[str, object]

    @property
    def witnessed(self) -> str:
        """How many statements peers have witnessed, as one sentence; empty without a quorum."""
        notes = self.document.get("notes")
        told = map(str, notes) if isinstance(notes, list) else ()
        return next((note for note in told if "witnessed" in note), "")

    @property
    def cause(self) -> str:
        """The first thing that does not hold, as one sentence; empty if all does."""
        faults = self.document.get("faults")
        if isinstance(faults, list) and faults:
            return str(faults[0].get("cause"))
        statements = self.document.get("statements")
        for one in statements if isinstance(statements, list) else ():
            if "cause" in one:
                return str(one["cause"])
        return ""


def export(stage: Stage, case: str) -> Path:
    """Fetch everything that proves the case and write it as a bundle beside the nodes."""
    bundle = stage.layout.root / "bundle"
    files, _ = export_case(stage.inss, case)
    write_bundle(files, bundle)
    return bundle


def audit(stage: Stage, bundle: Path, payable_total: Mapping[str, str]) -> Told:
    """Verify in a process of its own, with no node left; then with one bit flipped in each file."""
    stage.nodes.stop()
    profile = stage.layout.profiles["es-auditor"]
    verdict = verify(bundle, profile)
    spoilt = _spoil(bundle, stage.layout.root / "bundle-with-one-flipped-bit")
    caught = verify(spoilt, profile)
    files = read_bundle(bundle)
    missed = _unnoticed(stage, bundle, files, profile)
    statements = verdict.document.get("statements")
    count = len(statements) if isinstance(statements, list) else 0
    return Told(
        title="An auditor verifies the case offline; then one bit is flipped",
        lines=(
            f"the bundle: {bundle}, {len(files)} files, {count} signed statements",
            "both nodes are stopped; `portability-auditor verify` has bundle and pinned keys",
            verdict.witnessed or "no witness has vouched for any of them",
            f"one bit flipped, and it says: {caught.cause}",
        ),
        facts={
            "bundle": str(bundle),
            "witnessed": verdict.witnessed,
            "auditor": {"verified": verdict.document.get("verified"), "statements": count},
            "flipped": {"bundle": str(spoilt), "cause": caught.cause, "files_tried": len(files)},
        },
        checks={
            "the bundle verifies, and comes to the same amounts": (
                verdict.status == 0
                and verdict.document.get("verified") is True
                and verdict.document.get("payable_total") == dict(payable_total)
            ),
            "with one flipped bit it does not verify, and says what does not hold": (
                caught.status == 1 and bool(caught.cause)
            ),
            f"one flipped bit is noticed in each of the {len(files)} files": not missed,
        },
    )


def verify(bundle: Path, profile: Path) -> Verdict:
    """Run `portability-auditor verify` as its own process, without network addresses or keys."""
    command = [sys.executable, "-m", "agents.auditor.main", "verify", str(bundle)]
    ended = subprocess.run(  # noqa: S603  # our own interpreter and module
        [*command, "--profile", str(profile), "--json"],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=_AUDITOR_SECONDS,
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
    )
    document = json.loads(ended.stdout) if ended.stdout else {}
    return Verdict(status=ended.returncode, document=document)


def _spoil(bundle: Path, target: Path) -> Path:
    """A copy of the bundle in which one bit of one signed statement is flipped."""
    files = dict(read_bundle(bundle))
    chosen = max(path for path in files if path.startswith("statements/"))
    files[chosen] = flip_bit(files[chosen])
    for path, content in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(content)
    return target


def flip_bit(content: bytes) -> bytes:
    """The content with the lowest bit of its middle byte flipped."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _unnoticed(stage: Stage, bundle: Path, files: Mapping[str, bytes], profile: Path) -> list[str]:
    """The files in which a flipped bit goes unnoticed; there must be none."""
    trust: TrustRoot = find_trust(bundle, policy=None, root_keys=(), threshold=1, profile=profile)
    return [
        path
        for path, content in files.items()
        if verify_bundle({**files, path: flip_bit(content)}, trust, stage.outside.now()).verified
    ]
