"""
Rows that repeat what a statement says, or what another row says, and whether they do.

Whom a row is about and when it was written follow from its statement; who is erased, from the
erasures; which reference a peer knows somebody by, from the requests in which it was used.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from portability.consent.acts import read_pause
from portability.consent.payload_types import CONSENT_END_TYPE, CONSENT_TYPE, PAUSE_TYPE
from portability.errors import InvalidInputError, PortabilityError, ProofError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import Directory, parse_directory
from portability.ledger.envelope import envelope_from_json, verify_envelope
from portability.ledger.note import parse_note, verify_note
from portability.ledger.trust import KeyPurpose
from portability.node.consents.standing import (
    INVALIDATED,
    SUPERSEDED_BY,
    TERMINATED,
    WITHDRAWN_WITHOUT_KEY,
)
from portability.recognition.arrivals import heard_of
from portability.store import log
from portability.store import scan_tables as tables
from portability.store.engine import Connection
from portability.store.erasure_rows import DECIDED
from portability.store.vault import Vault
from portability.wire.consent import consent_request_from_payload
from portability.wire.envelope import envelope_from_bytes
from portability.wire.statement import statement_from_payload

ENDS: Final = frozenset({INVALIDATED, TERMINATED, WITHDRAWN_WITHOUT_KEY})
IDENTITY_LEVELS: Final = frozenset({"low", "substantial", "high"})


async def check_links(
    connection: Connection, vault: Vault, directory: Directory, jurisdiction: str
) -> None:
    """Raise ProofError naming the first row that is not what something else says."""
    wrong = await tables.find_mismatch(connection)
    if wrong is not None:
        raise ProofError(
            f"{wrong.table}: {wrong.column} of the row for leaf {wrong.leaf_index} is not that of "
            "its statement"
        )
    size = await tables.find_checkpoint_time(connection)
    if size is not None:
        raise ProofError(f"checkpoints: that of size {size} is not of its last entry's time")
    await _check_persons(connection, vault)
    await _check_consents(connection, vault)
    await _check_revocations(connection)
    await _check_references(connection, vault)
    await _check_streams(connection)
    await _check_notes(connection, directory, jurisdiction)
    await _check_directories(connection)
    await _check_acknowledgements(connection, directory)


async def _check_persons(connection: Connection, vault: Vault) -> None:
    """Who is erased or being erased is so in every column, and by an erasure."""
    decided = {
        row["owner"]
        async for row in tables.scan_table(connection, "erasures")
        if row["stage"] in DECIDED
    }
    async for row in tables.scan_table(connection, "persons"):
        erased, fenced = row["erase_time"] is not None, row["fence_time"] is not None
        is_fenced = row["name"] in decided or vault.is_fenced(row["name"])
        if erased != (row["wrapped_key"] is None):
            raise _row("persons", row["id"], "erase_time and the key do not say the same")
        if fenced and not is_fenced:
            raise _row("persons", row["id"], "fence_time is set, and no erasure was decided")
        if row["name"] in decided and not fenced:
            raise _row("persons", row["id"], "an erasure was decided, and fence_time is not set")
        if row["identity_level"] not in (IDENTITY_LEVELS if not erased else {""}):
            raise _row("persons", row["id"], "identity_level is none that there is")


async def _check_consents(connection: Connection, vault: Vault) -> None:
    """The version of a consent counts its acts; it begins with the request and the grant."""
    acts: dict[bytes, int] = {}
    async for row in tables.scan_table(connection, "consent_acts"):
        acts[row["consent"]] = acts.get(row["consent"], 0) + 1
        await _check_act(connection, vault, row)
    async for row in tables.scan_table(connection, "consents"):
        if row["status_version"] != 2 + acts.get(row["statement_id"], 0):
            raise ProofError(
                f"consents: status_version of {_short(row['statement_id'])} does not count its acts"
            )


async def _check_act(connection: Connection, vault: Vault, row: tables.Row) -> None:
    """An act is of the kind of its statement; a later consent supersedes, an end says how."""
    found = await log.read_statements(connection, vault, [row["statement_id"]])
    said = found.get(row["statement_id"])
    if said is None or said.envelope is None:
        return
    what = f"consent_acts: {_short(row['statement_id'])}"
    envelope = envelope_from_bytes(said.envelope)
    kinds = {CONSENT_TYPE: {SUPERSEDED_BY}, CONSENT_END_TYPE: ENDS}
    if row["kind"] not in kinds.get(envelope.payload_type, {said.kind}):
        raise ProofError(f"{what}: kind is not that of its statement")
    is_pause = envelope.payload_type == PAUSE_TYPE
    if row["until"] != (read_pause(envelope.payload).until if is_pause else None):
        raise ProofError(f"{what}: until is not what its statement says")


async def _check_revocations(connection: Connection) -> None:
    """A key has ended where a statement says so, and nowhere else."""
    async for row in tables.scan_table(connection, "subject_keys"):
        record = row["revoke_record"]
        if (record is None) != (row["revoke_time"] is None):
            raise ProofError(
                f"subject_keys: {_short(row['key_id'])}: revoke_time and revoke_record do not fit"
            )
        if record is not None and record not in await tables.known_ids(connection, [record]):
            raise ProofError(f"subject_keys: {_short(row['key_id'])}: nothing says that it ended")


async def _check_references(connection: Connection, vault: Vault) -> None:
    """Whoever is asked for a consent here is so under the reference that is theirs."""
    known = {
        (row["person"], row["peer"]): row["reference"]
        async for row in tables.scan_table(connection, "pairwise_references")
    }
    async for row in tables.scan_table(connection, "consent_requests"):
        found = await log.read_statements(connection, vault, [row["statement_id"]])
        said = found.get(row["statement_id"])
        if said is None or said.envelope is None:
            continue
        asked = consent_request_from_payload(envelope_from_bytes(said.envelope).payload)
        peer = asked.requester.jurisdiction
        if known.get((row["person"], peer)) != asked.person_reference:
            raise ProofError(
                f"pairwise_references: consent request {_short(row['statement_id'])} was made "
                f"under another reference of {peer} than its person has"
            )


async def _check_streams(connection: Connection) -> None:
    for find, what in _STREAMS.items():
        place = await find(connection)
        if place is not None:
            peer, position = place
            raise ProofError(what.format(peer=peer, position=position))
    leaf = await tables.find_unreceived(connection)
    if leaf is not None:
        raise ProofError(
            f"case_statements: leaf {leaf} came from a peer, and no inbox of that peer has it"
        )


_STREAMS: Final[Mapping[Callable[[Connection], Awaitable[tuple[str, int] | None]], str]] = {
    tables.find_unsettled: "outbox: position {position} of {peer} has an accept_time, and one "
    "before it has none",
    tables.find_unaccepted: "outbox: position {position} of {peer} has no accept_time, and the "
    "peer has signed for it",
    tables.find_misplaced: "set_aside: position {position} of {peer} is not what came there",
}


# --- what others signed --------------------------------------------------------------------------


async def _check_notes(connection: Connection, directory: Directory, jurisdiction: str) -> None:
    """Notes are signed by whom they must be; a pair of them is kept under its own digest."""
    async for row in tables.scan_table(connection, "witnessed"):
        if row["note"]:
            _check_note(f"witnessed: the note of {row['origin']}", row["note"], directory, None)
    async for row in tables.scan_table(connection, "published"):
        what = f"published: the checkpoint of size {row['size']}"
        _check_note(what, row["note"], directory, jurisdiction)
    async for row in tables.scan_table(connection, "evidence"):
        both = row["first_note"] + row["second_note"]
        what = f"evidence: {_short(row['digest'])}"
        if hashlib.sha256(both).digest() != row["digest"]:
            raise ProofError(f"{what} is not the digest of its two notes")
        for note in (row["first_note"], row["second_note"]):
            if _origin(what, note) != row["origin"]:
                raise ProofError(f"{what} holds a note of another log than it says")


def _check_note(what: str, note: bytes, directory: Directory, jurisdiction: str | None) -> None:
    """Every line of a key that the directory knows holds; a log's own is there."""
    origin = _origin(what, note)
    logs = directory.log_vkeys(origin, None)
    code = jurisdiction or directory.log_jurisdiction(origin)
    if not logs or code is None:
        return  # a log of whom the directory says nothing: a foreign client of our witness
    witnesses = [key for keys in directory.witness_vkeys(code, None).values() for key in keys]
    try:
        found = verify_note(parse_note(note), [*logs, *witnesses])
    except PortabilityError:
        raise ProofError(f"{what} is not signed by those whose names it bears") from None
    if not any(one.key in logs for one in found):
        raise ProofError(f"{what} is not signed by its log")


def _origin(what: str, note: bytes) -> str:
    try:
        return unverified_checkpoint(note).origin
    except InvalidInputError:
        raise ProofError(f"{what} cannot be read") from None


async def _check_directories(connection: Connection) -> None:
    """Each version is what it says, is signed by its own roots, and none between is gone."""
    expected = None
    async for row in tables.scan_table(connection, "directories"):
        what = f"directories: version {row['version']}"
        if hashlib.sha256(row["envelope"]).digest() != row["digest"]:
            raise ProofError(f"{what} is not what its digest says")
        try:
            envelope = envelope_from_json(row["envelope"])
            said = parse_directory(envelope.payload)
            verify_envelope(envelope, {envelope.payload_type}, said.roots, said.threshold)
        except PortabilityError:
            raise ProofError(f"{what} cannot be read") from None
        if said.version != row["version"] or expected not in (None, row["version"]):
            raise ProofError(f"{what} stands where another must")
        expected = row["version"] + 1


async def _check_acknowledgements(connection: Connection, directory: Directory) -> None:
    """A peer's signature is over what it stands for, and says when, or later than can be."""
    async for row in tables.scan_table(connection, "acknowledgements"):
        what = f"acknowledgements: that of {row['peer']} for {_short(row['statement_id'])}"
        keys = {
            entry.key_id: entry.public
            for entry in directory.entries
            if (entry.jurisdiction, entry.purpose) == (row["peer"], KeyPurpose.NODE)
        }
        try:
            envelope = envelope_from_bytes(row["envelope"])
            verified = verify_envelope(envelope, {envelope.payload_type}, keys)
            said = statement_from_payload(envelope.payload_type, envelope.payload)
        except PortabilityError:
            raise ProofError(f"{what} is not signed by that node") from None
        header = said.header
        is_said = row["statement_id"] in header.predecessors
        if not is_said or heard_of(header.created, heard := row["acknowledge_time"]) != heard:
            raise ProofError(f"{what} says something else")
        hints = {one.key_id_hint for one in envelope.signatures}
        if not hints <= {"", *(one.hex() for one in verified.key_ids)}:
            raise ProofError(f"{what} names another key than it is signed with")


def _row(table: str, number: object, what: str) -> ProofError:
    return ProofError(f"{table}: row {number}: {what}")


def _short(name: bytes) -> str:
    return name.hex()[:16]
