"""The accounts of institutions, as the store holds what was said in them."""

from collections.abc import Mapping

from portability.node.cases.loading import Pending
from portability.node.erasure.signing import party_of
from portability.node.settlement.grounds import NO_PENDING
from portability.settlement.account import Account, AccountKey
from portability.settlement.statements import SettlementStatement
from portability.store import log
from portability.store import settlement as stored
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes
from portability.wire.settlement import settlement_statement_from_payload


async def load_account(
    connection: Connection, vault: Vault, key: AccountKey, *, pending: Pending = NO_PENDING
) -> Account:
    """The account as its statements make it; empty if there are none."""
    rows = await stored.list_statements(connection, place_of(key))
    ids = [row.statement_id for row in rows]
    held = await log.read_statements(connection, vault, [one for one in ids if one not in pending])
    accepted = {one: _read(one, held, pending) for one in ids}
    return Account(key=key, accepted=accepted)


def _read(
    statement_id: bytes, held: Mapping[bytes, log.StoredStatement], pending: Pending
) -> SettlementStatement:
    if statement_id in pending:
        envelope = pending[statement_id][2]
    else:
        envelope = envelope_from_bytes(held[statement_id].envelope or b"")
    return settlement_statement_from_payload(envelope.payload_type, envelope.payload)


def place_of(key: AccountKey) -> stored.AccountPlace:
    """An account as the store keeps it."""
    return stored.AccountPlace(first=str(key.first), second=str(key.second), currency=key.currency)


def key_of(place: stored.AccountPlace) -> AccountKey:
    """The account of a stored row."""
    return AccountKey(
        first=party_of(place.first), second=party_of(place.second), currency=place.currency
    )
