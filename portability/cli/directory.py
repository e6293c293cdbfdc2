"""`portability directory ...`: who is trusted, version after version, as root key holders sign."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.text import Text

from agents.auditor.witnesses import witnessed_at
from agents.exits import HELD
from agents.profile import said_of
from portability.cli.printing import console
from portability.core.jurisdictions import JURISDICTION_FORM, is_jurisdiction
from portability.custody.files import KeyRules, Mode
from portability.custody.loading import load_signer
from portability.custody.passphrases import SecretSource
from portability.custody.places import parse_place
from portability.errors import ConfigurationError, InvalidInputError, ProofError, SignatureError
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    KeyEntry,
    KeyPurpose,
    build_directory,
    parse_directory,
)
from portability.ledger.encoding import decode_hex, format_time, parse_time
from portability.ledger.enrolment import check_enrolled, open_proof, prove_possession
from portability.ledger.envelope import (
    Envelope,
    add_signature,
    envelope_from_json,
    envelope_to_json,
    sign_envelope,
    verify_envelope,
)
from portability.ledger.keys import KEY_BYTES, Signer
from portability.ledger.logs import open_log_checkpoint
from portability.ledger.merkle import EMPTY_ROOT
from portability.ledger.rotation import (
    check_next,
    cut_off,
    enrol_key,
    next_version,
    rotate_log,
    whole_hour,
)
from portability.ledger.tree_head import Checkpoint

STANDARD_OUTPUT: Final = "-"
NOTHING_KEPT: Final = Path("nothing")
"""In place of a checkpoint of what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """Where the next version is written, and from when (None: this hour) to when it is in force."""

    current: Path
    out: Path
    since: str | None = None
    days: int | None = None


def open_signer(place: str, passphrase: str | None) -> Signer:
    """The key at a place of the command line. Development keys count: the roots decide, not us."""
    rules = KeyRules(Mode.DEVELOPMENT, None if passphrase is None else SecretSource(passphrase))
    return load_signer(parse_place(place, Path()), rules)


def sign_directory(
    source: Path,
    keys: Sequence[str],
    out: Path,
    *,
    passphrase: str | None = None,
    previous: Path | None = None,
    proofs: Sequence[Path] = (),
) -> int:
    """
    Sign a directory (TOML), or add signatures to one that ``out`` already holds signed.

    Root key holders can so sign one after the other, each on their own machine. Raises
    InvalidInputError for a document that is none or that changes what was, SignatureError for a key
    that nobody has proven to hold, ConfigurationError for files and keys.
    """
    payload = _read(source)
    with said_of(source):
        directory = parse_directory(payload)
    before = None if previous is None else read_current(previous)
    if before is not None:
        check_next(before, directory)
    elif directory.version != 1:
        raise ConfigurationError(
            f"{source} is version {directory.version}; name the one before it with --previous",
            file=str(source),
        )
    check_enrolled(directory, before, map(_envelope, proofs))
    signers = [open_signer(place, passphrase) for place in keys]
    known = {**directory.roots, **({} if before is None else before.roots)}
    for place, signer in zip(keys, signers, strict=True):
        if signer.key_id not in known:
            raise ConfigurationError(
                f"{place} is not one of the root keys that {source} names; sign with one of those, "
                "or name it as a root key in the version after this one",
                file=place,
            )
    envelope = _signed(payload, signers, out)
    _write(out, envelope_to_json(envelope))
    console().print(Text(_standing(envelope, directory, before)))
    return HELD


def prove(
    place: str,
    out: Path,
    *,
    jurisdiction: str,
    institution: str,
    purpose: KeyPurpose,
    passphrase: str | None,
) -> int:
    """Prove to hold a key, for one name and purpose, so that it can be enrolled for them."""
    if not is_jurisdiction(jurisdiction):
        raise InvalidInputError(f"--jurisdiction {JURISDICTION_FORM}", field="--jurisdiction")
    if str(out) != STANDARD_OUTPUT and out.exists():
        raise ConfigurationError(f"{out} is there already; name a new file", file=str(out))
    envelope = prove_possession(
        open_signer(place, passphrase),
        jurisdiction=jurisdiction,
        institution=institution,
        purpose=purpose,
    )
    if str(out) == STANDARD_OUTPUT:
        sys.stdout.write(envelope_to_json(envelope).decode("utf-8"))
        return HELD
    _write(out, envelope_to_json(envelope))
    console().print(Text(f"{out} proves possession of {open_proof(envelope)}"))
    return HELD


def rotate(step: Next, proofs: Sequence[Path], overlap_days: int | None) -> int:
    """The next version with new keys; the old ones end after the overlap (None: they go on)."""

    def change(following: Directory) -> Directory:
        until = (
            None if overlap_days is None else following.valid_from + timedelta(days=overlap_days)
        )
        for path in proofs:
            claim = open_proof(_envelope(path))
            following = enrol_key(following, claim, old_until=until)
        return following

    return _write_next(step, change)


def end_log(step: Next, proof: Path, final: Path, origin: str, kept: Path | None = None) -> int:
    """
    The next version, in which a log goes on under another key from its final checkpoint.

    With ``kept``, a checkpoint of what a node still has that lost its newest entries, it goes on
    from there, and the version says which entries are lost; ``NOTHING_KEPT`` for all of them.
    """
    claim = open_proof(_envelope(proof))
    now = datetime.now(UTC)

    def change(following: Directory) -> Directory:
        note = _read(final)
        current = read_current(step.current)
        head = open_log_checkpoint(note, current, claim.jurisdiction, now)
        # of a log that is lost one witness may have seen more than the others: that counts as well
        quorum = current.quorum if kept is None else min(1, current.quorum)
        seen = replace(current, quorum=quorum)
        if quorum and witnessed_at(note, seen, claim.jurisdiction, now) is None:
            raise ProofError(
                f"{final} is not cosigned by {quorum} witnesses; take the checkpoint that the "
                "stopped log has published",
                file=str(final),
            )
        left = None if kept is None else _kept(kept, current, claim.jurisdiction, now)
        return rotate_log(following, claim, origin=origin, final=head, kept=left)

    status = _write_next(step, change)
    if kept is not None:
        (*_, ended) = parse_directory(_read(step.out)).ended_logs
        console().print(
            Text(
                f"it says for ever that entries {ended.lost.start} to {ended.lost.stop - 1} of "
                f"{ended.origin} are lost; nobody who signs it can say later not to have known",
                style="bold yellow",
            )
        )
    return status


def _kept(path: Path, current: Directory, jurisdiction: str, now: datetime) -> Checkpoint:
    """What is left, as the log signed it itself."""
    if path == NOTHING_KEPT:
        origin = current.member(jurisdiction).log_origin
        return Checkpoint(origin=origin, size=0, root=EMPTY_ROOT)
    return open_log_checkpoint(_read(path), current, jurisdiction, now)


def compromise(step: Next, key_id: str, at: str) -> int:
    """The next version, in which a key counts for nothing that was not witnessed before a time."""
    identifier = decode_hex(key_id, what="key id", length=KEY_BYTES)
    cutoff = parse_time(at)
    status = _write_next(step, lambda following: cut_off(following, identifier, cutoff))
    console().print(
        Text(f"list what is refused from then on: portability-auditor review --key-id {key_id}")
    )
    return status


def show(path: Path) -> int:
    """Every key with what it is for and when it counts."""
    directory = read_current(path)
    now = datetime.now(UTC)
    screen = console()
    screen.print(
        Text(
            f"version {directory.version}, {format_time(directory.valid_from)} to "
            f"{format_time(directory.valid_to)}, {directory.threshold} of "
            f"{len(directory.roots)} root keys, quorum {directory.quorum}"
        )
    )
    for entry in directory.entries:
        screen.print(Text(f"\n{_told(entry, directory, now)}"))
    for log in directory.ended_logs:
        screen.print(Text(f"\nthe log {log.origin} ended with {log.size} entries"))
        if log.lost:
            screen.print(
                Text(
                    f"  its entries {log.lost.start} to {log.lost.stop - 1} are LOST: the next log "
                    f"begins with the first {log.lost.start}",
                    style="bold yellow",
                )
            )
    return HELD


def read_current(path: Path) -> Directory:
    """A signed directory as its own root keys vouch for it. Raises SignatureError and others."""
    envelope = _envelope(path)
    directory = parse_directory(envelope.payload)
    verify_envelope(envelope, {DIRECTORY_TYPE}, directory.roots, directory.threshold)
    return directory


def _write_next(step: Next, change: Callable[[Directory], Directory]) -> int:
    current = read_current(step.current)
    since = whole_hour(datetime.now(UTC) if step.since is None else parse_time(step.since))
    lifetime = current.valid_to - current.valid_from
    lifetime = lifetime if step.days is None else timedelta(days=step.days)
    try:
        following = change(next_version(current, since, lifetime))
    except OverflowError:
        raise InvalidInputError(
            "the next version would last beyond the year 9999; name an earlier --from, or fewer "
            "--days",
            field="--from",
        ) from None
    check_next(current, following)
    if step.out.exists():
        raise ConfigurationError(
            f"{step.out} is there already; name a new file", file=str(step.out)
        )
    _write(step.out, build_directory(following))
    console().print(
        Text(
            f"{step.out} is version {following.version}, from {format_time(following.valid_from)} "
            f"on; read it, then let {current.threshold} holders of root keys of version "
            f"{current.version} and {following.threshold} of version {following.version} sign it: "
            "portability directory sign"
        )
    )
    return HELD


def _told(entry: KeyEntry, directory: Directory, now: datetime) -> str:
    who = "/".join(filter(None, (entry.jurisdiction, entry.institution)))
    ended = {log.public: f" of {log.origin}" for log in directory.ended_logs}
    state = "trusted now" if entry.is_valid(now) else "not trusted now"
    times = f"from {format_time(entry.valid_from)}"
    times += "" if entry.valid_to is None else f" until {format_time(entry.valid_to)}"
    times += (
        "" if entry.cutoff is None else f", compromised: cut off at {format_time(entry.cutoff)}"
    )
    return (
        f"{who}, {entry.purpose} key{ended.get(entry.public, '')}: {state}\n"
        f"  {times}\n  {entry.key_id.hex()}"
    )


def _signed(payload: bytes, signers: Sequence[Signer], out: Path) -> Envelope:
    if out.exists():
        envelope = envelope_from_json(_read(out))
        if envelope.payload != payload:
            raise ConfigurationError(
                f"{out} holds another version; move it away, or sign the same text", file=str(out)
            )
        rest = signers
    else:
        envelope, rest = sign_envelope(DIRECTORY_TYPE, payload, signers[0]), signers[1:]
    present = {signature.sig for signature in envelope.signatures}
    for signer in rest:  # Ed25519 is deterministic: signing again gives the same signature
        with_it = add_signature(envelope, signer)
        if with_it.signatures[-1].sig not in present:
            envelope = with_it
    return envelope


def _standing(envelope: Envelope, directory: Directory, before: Directory | None) -> str:
    for one in (directory, before):
        if one is None:
            continue
        try:
            verify_envelope(envelope, {DIRECTORY_TYPE}, one.roots, one.threshold)
        except SignatureError:
            return (
                f"signed; it needs {one.threshold} signatures of different root keys of version "
                f"{one.version} to be in force"
            )
    return (
        f"version {directory.version} is signed and in force until "
        f"{format_time(directory.valid_to)}"
    )


def _envelope(path: Path) -> Envelope:
    try:
        return envelope_from_json(_read(path))
    except InvalidInputError as error:
        raise ConfigurationError(
            f"{path}: {error.message}; give a signed file in JSON, such as directory.json",
            file=str(path),
        ) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}); check its place and owner", file=str(path)
        ) from None


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder that is there "
            "and yours to write in",
            file=str(path),
        ) from None
