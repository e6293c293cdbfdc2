"""
What a permission rests on, as this node holds it: in its own log, or as exhibits of a case.

Finding believes nothing: the gate verifies every envelope again before it counts.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from portability.consent.consent_reader import read_consent
from portability.consent.payload_types import CONSENT_TYPE, SUBJECT_KEY_TYPE
from portability.consent.permission import ConsentPermission, Logged
from portability.errors import ConsentError, PortabilityError
from portability.ledger.envelope import Envelope
from portability.node.consents.standing import consent_exhibits
from portability.store import exhibits as store_exhibits
from portability.store import log
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.v1 import envelope_pb2
from portability.wire.envelope import envelope_from_bytes
from portability.wire.log_entry import SECONDS_PER_HOUR, log_entry_from_bytes
from portability.wire.proven import Proven, proven_from_pb
from portability.wire.subject_key import subject_key_from_payload


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPermission:
    """A consent and what it rests on, without word of where it stands now."""

    home_node: str
    consent: Logged
    key_record: Logged
    template: Logged

    def with_status(self, status: Envelope | None) -> ConsentPermission:
        return ConsentPermission(
            home_node=self.home_node,
            consent=self.consent,
            key_record=self.key_record,
            template=self.template,
            status=status,
        )


async def find_permission(
    connection: Connection, vault: Vault, *, own: str, case_id: str, permission: bytes
) -> FoundPermission | None:
    """The permission of that id, from our own log or from what came with a case; None for none."""
    if not permission:
        return None
    try:
        ids = await consent_exhibits(connection, vault, permission)
    except ConsentError:
        return _among(await read_exhibits(connection, vault, case_id), permission)
    rows = await log.read_statements(connection, vault, ids)
    kept = [_logged_row(rows[one]) for one in ids[:3] if one in rows]
    if len(kept) != len(ids[:3]) or None in kept:
        return None
    consent, key_record, template = (one for one in kept if one is not None)
    return FoundPermission(home_node=own, consent=consent, key_record=key_record, template=template)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldExhibit:
    """A statement of another log, whose proof was verified when it came."""

    origin: str
    proven: Proven


async def read_exhibits(
    connection: Connection, vault: Vault, case_id: str, ids: Collection[bytes] | None = None
) -> dict[bytes, HeldExhibit]:
    """
    What came with the statements of a case, by statement id; without what was erased.

    All of it, or what has one of these ids.
    """
    found = (
        await store_exhibits.list_exhibits(connection, vault, case_id)
        if ids is None
        else await store_exhibits.read_exhibits(connection, vault, case_id, ids)
    )
    return {
        one.statement_id: HeldExhibit(
            origin=one.origin,
            proven=proven_from_pb(envelope_pb2.ProvenStatement.FromString(one.proven)),
        )
        for one in found
        if one.proven is not None
    }


def _among(exhibits: Mapping[bytes, HeldExhibit], permission: bytes) -> FoundPermission | None:
    held = exhibits.get(permission)
    if held is None or held.proven.envelope.payload_type != CONSENT_TYPE:
        return None
    signed_by = log_entry_from_bytes(held.proven.log_entry).key_id
    key_records = [one for one in exhibits.values() if signed_by in _keys_in(one.proven.envelope)]
    try:
        document = read_consent(held.proven.envelope.payload)
    except PortabilityError:
        return None
    template = exhibits.get(document.purpose.template)
    if not key_records or template is None:
        return None
    return FoundPermission(
        home_node=held.origin,
        consent=_logged(held.proven.envelope, held.proven.log_entry),
        key_record=_logged(key_records[0].proven.envelope, key_records[0].proven.log_entry),
        template=_logged(template.proven.envelope, template.proven.log_entry),
    )


def _keys_in(envelope: Envelope) -> Iterator[bytes]:
    """The id of the key that a subject key record is about."""
    if envelope.payload_type == SUBJECT_KEY_TYPE:
        try:
            yield subject_key_from_payload(envelope.payload).key_id
        except PortabilityError:
            return


def _logged_row(row: log.StoredStatement) -> Logged | None:
    if row.envelope is None:
        return None
    return _logged(envelope_from_bytes(row.envelope), row.log_entry)


def _logged(envelope: Envelope, log_entry: bytes) -> Logged:
    hour = log_entry_from_bytes(log_entry).accepted_hour
    return Logged(
        envelope=envelope, accepted_at=datetime.fromtimestamp(hour * SECONDS_PER_HOUR, UTC)
    )
