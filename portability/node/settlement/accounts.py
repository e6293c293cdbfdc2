"""
The accounts of institutions, as the store holds what was said in them.

An account outlasts whoever it is about, and each statement in it is judged by all that were said
before. None of these ever changes or goes, so a process reads each once and remembers it.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

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

KEPT_STATEMENTS: Final = 50_000
"""How many a process remembers, of the accounts last read; some 100 MB."""


async def load_account(
    connection: Connection, vault: Vault, key: AccountKey, *, pending: Pending = NO_PENDING
) -> Account:
    """The account as its statements make it; empty if there are none."""
    return await Accounts(limit=0).load(connection, vault, key, pending=pending)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What was read of an account: all that is committed up to its place in the log, ``last``."""

    last: int
    accepted: dict[bytes, SettlementStatement]


class Accounts:
    """Reads accounts, and of what it remembers only what has come since."""

    def __init__(self, *, limit: int = KEPT_STATEMENTS) -> None:
        self._limit = limit
        self._kept: OrderedDict[AccountKey, _Kept] = OrderedDict()

    async def load(
        self,
        connection: Connection,
        vault: Vault,
        key: AccountKey,
        *,
        pending: Pending = NO_PENDING,
    ) -> Account:
        """As ``load_account``; ``pending`` is what the transaction itself has logged."""
        known = self._kept.get(key, _NOTHING)
        rows = await stored.list_statements(connection, place_of(key), after=known.last - 1)
        if known.accepted and not _goes_on(known, rows):  # an older copy was put back
            known = _NOTHING
            rows = await stored.list_statements(connection, place_of(key))
        new = [row for row in rows if row.leaf_index > known.last]
        ids = [row.statement_id for row in new if row.statement_id not in pending]
        held = await log.read_statements(connection, vault, ids)
        said = {row.statement_id: _read(row.statement_id, held, pending) for row in new}
        committed = [row for row in new if row.statement_id not in pending]
        if committed:
            self._keep(key, known, {i: said[i] for i in ids}, committed[-1].leaf_index)
        elif key in self._kept:
            self._kept.move_to_end(key)
        return Account(key=key, accepted=MappingProxyType({**known.accepted, **said}))

    def _keep(
        self, key: AccountKey, known: _Kept, said: Mapping[bytes, SettlementStatement], last: int
    ) -> None:
        """Of what a transaction has logged itself nothing: it may yet be undone."""
        self._kept[key] = _Kept(last=last, accepted={**known.accepted, **said})
        self._kept.move_to_end(key)
        held = sum(len(one.accepted) for one in self._kept.values())
        while held > self._limit:
            held -= len(self._kept.popitem(last=False)[1].accepted)


_NOTHING: Final = _Kept(last=-1, accepted={})


def _goes_on(known: _Kept, rows: Sequence[stored.SettlementRow]) -> bool:
    """Whether the last statement that is remembered is where it was."""
    first = rows[0] if rows else None
    return (
        first is not None
        and first.leaf_index == known.last
        and first.statement_id == next(reversed(known.accepted))
    )


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
