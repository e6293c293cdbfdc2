"""
What a person signed in a case, held to the record of their key before it is believed.

A log shows that a node took a document in, and under which key; whose key that is, the home node
says in a record of it, under its own signature. Source: formats.md, §7.
"""

from collections.abc import Iterable
from typing import Final

from portability.consent.payload_types import SUBJECT_KEY_TYPE
from portability.consent.signature import verify_person
from portability.consent.statements import SubjectKey
from portability.errors import PortabilityError, SignatureError
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.envelope import Envelope, Verified, kind_of
from portability.wire.log_entry import LogEntry
from portability.wire.proven import Proven, verify_logged, verify_proven
from portability.wire.record import subject_commitment
from portability.wire.subject_key import subject_key_from_payload

_KEY: Final = "the key that signed the {kind}"


def verify_under(envelope: Envelope, leaf: LogEntry, key: SubjectKey) -> Verified:
    """
    What the person signed with this key, if that is the one which the leaf of it names.

    Raises SignatureError. Leaf and key record are verified by the caller.
    """
    verified = verify_person(envelope, {envelope.payload_type}, key)
    if leaf.key_id not in verified.key_ids:
        raise SignatureError("the log entry names another key than the one that signed")
    return verified


def verify_by_person(
    proven: Proven,
    key_records: Iterable[Proven],
    directory: Directory,
    *,
    log_jurisdiction: str,
    home: str,
    person: str = "",
) -> SubjectKey:
    """
    The key of a person with which this was signed, by a record that the node of ``home`` logged.

    ``person`` is their name at that node, where the caller knows it: the record commits to it, so
    that nobody else signs in their place. Raises SignatureError where nothing shows all of this,
    and ProofError if the log of ``log_jurisdiction`` does not hold what was signed.
    """
    kind = kind_of(proven.envelope.payload_type)
    leaf = verify_logged(proven, directory, log_jurisdiction)
    for record in key_records:
        key = _read(record)
        if key is None or key.key_id != leaf.key_id:
            continue
        verify_proven(
            record,
            directory,
            log_jurisdiction=home,
            expected_types={SUBJECT_KEY_TYPE},
            signer=(home, NODE_LEVEL, KeyPurpose.NODE),
        )
        if person and key.subject_commitment != subject_commitment(key.salt, person):
            raise SignatureError(f"{_KEY.format(kind=kind)} is of another person")
        verify_under(proven.envelope, leaf, key)
        return key
    raise SignatureError(f"no record of {_KEY.format(kind=kind)} is here")


def is_by_person(
    proven: Proven,
    key_records: Iterable[Proven],
    directory: Directory,
    *,
    log_jurisdiction: str,
    home: str,
    person: str = "",
) -> bool:
    """Whether ``verify_by_person`` holds: who shows a claim says so, and shows it all the same."""
    try:
        verify_by_person(
            proven,
            key_records,
            directory,
            log_jurisdiction=log_jurisdiction,
            home=home,
            person=person,
        )
    except PortabilityError:
        return False
    return True


def _read(record: Proven) -> SubjectKey | None:
    """The record, unverified; None for one that is none."""
    if record.envelope.payload_type != SUBJECT_KEY_TYPE:
        return None
    try:
        return subject_key_from_payload(record.envelope.payload)
    except PortabilityError:
        return None
