"""
The evidence behind a person's acts, for auditors: what was shown and signed, and with which keys.

It stays at the home node otherwise. Source: formats.md, §6, §7 (Evidence) and §9.
"""

from collections.abc import AsyncIterator, Collection
from typing import Final

from portability.consent.act_evidence import read_act_evidence
from portability.consent.assisted import read_assisted_evidence
from portability.consent.payload_types import (
    ACT_EVIDENCE_TYPE,
    ASSISTED_EVIDENCE_TYPE,
    KEY_ADDITION_TYPE,
    KEY_REMOVAL_TYPE,
    PASSKEY_REGISTRATION_TYPE,
    SUBJECT_KEY_TYPE,
)
from portability.ledger.envelope import kind_of
from portability.store import log
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes
from portability.wire.subject_key import subject_key_from_payload

_KEYS: Final = (
    SUBJECT_KEY_TYPE,
    PASSKEY_REGISTRATION_TYPE,
    KEY_ADDITION_TYPE,
    KEY_REMOVAL_TYPE,
)
"""How the person's keys came to be and ended: each rests on the others."""

_PAGE: Final = 500


async def evidence_of(
    connection: Connection, vault: Vault, person: int, acts: Collection[bytes]
) -> list[bytes]:
    """Ids of the evidence of these acts, and of how the keys of the person came to be."""
    kept = [
        one.statement_id
        async for one in _of_kind(connection, vault, person, ACT_EVIDENCE_TYPE)
        if _act_of(one) in acts
    ]
    async for one in _of_kind(connection, vault, person, ASSISTED_EVIDENCE_TYPE):
        if _assisted_act_of(one) in acts:
            kept += [one.statement_id, *assistants_in(one)]
    if not kept:
        return []
    keys = [
        one.statement_id
        for name in _KEYS
        async for one in _of_kind(connection, vault, person, name)
    ]
    return [*keys, *kept]


def assistants_in(row: log.StoredStatement) -> tuple[bytes, ...]:
    """The records of those who signed for the person or helped, where a row names them."""
    if row.envelope is None:
        return ()
    if row.kind == kind_of(SUBJECT_KEY_TYPE):
        key = subject_key_from_payload(envelope_from_bytes(row.envelope).payload)
        return tuple(one.record for one in key.assistants)
    if row.kind != kind_of(ASSISTED_EVIDENCE_TYPE):
        return ()
    evidence = read_assisted_evidence(envelope_from_bytes(row.envelope).payload)
    return tuple(one for one in (evidence.worker, evidence.witness) if one)


async def _of_kind(
    connection: Connection, vault: Vault, person: int, payload_type: str
) -> AsyncIterator[log.StoredStatement]:
    after: int | None = None
    while True:
        rows = await log.list_person_statements(
            connection, vault, person=person, kind=kind_of(payload_type), after=after, limit=_PAGE
        )
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1].leaf_index


def _assisted_act_of(row: log.StoredStatement) -> bytes:
    if row.envelope is None:
        return b""
    return read_assisted_evidence(envelope_from_bytes(row.envelope).payload).act


def _act_of(row: log.StoredStatement) -> bytes:
    """The act that a piece of evidence is of; empty where it was erased."""
    if row.envelope is None:
        return b""
    return read_act_evidence(envelope_from_bytes(row.envelope).payload).act
