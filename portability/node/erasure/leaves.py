"""What the log still says of what was erased: the erasures, and the leaves that they name."""

from collections.abc import AsyncIterator, Collection, Iterable

from portability.errors import PortabilityError
from portability.ledger.envelope import payload_type
from portability.recognition.erasure import Erasure
from portability.store import erasure_rows, log
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes
from portability.wire.erasure import erasure_statement_from_payload
from portability.wire.log_entry import log_entry_from_bytes

ERASURE_TYPE = payload_type("erasure", "protobuf")


async def erasures_of(connection: Connection, vault: Vault, leaves: Collection[int]) -> list[bytes]:
    """Ids of the proven erasures that name any of these leaves."""
    rows = await erasure_rows.list_erasures(connection, erasure_rows.PROVEN)
    ids = dict.fromkeys(row.statement_id for row in rows if row.statement_id is not None)
    found = await _read(connection, vault, ids)
    return [i for i, one in found.items() if not set(leaves).isdisjoint(one.leaf_indexes)]


async def erasure_of(
    connection: Connection, vault: Vault, name: str
) -> tuple[bytes, Erasure] | None:
    """The proven erasure of a person by name, with its id; None where there is none."""
    row = await erasure_rows.find_erasure_of(connection, name)
    if row is None or row.statement_id is None or row.stage != erasure_rows.PROVEN:
        return None
    found = await _read(connection, vault, [row.statement_id])
    one = found.get(row.statement_id)
    return None if one is None else (row.statement_id, one)


async def leaves_of(connection: Connection, indexes: Iterable[int]) -> AsyncIterator[bytes]:
    """The statement ids at these indexes of our log."""
    for index in indexes:
        for entry in await log.read_log_entries(connection, index, 1):
            yield log_entry_from_bytes(entry).statement_id


async def _read(connection: Connection, vault: Vault, ids: Iterable[bytes]) -> dict[bytes, Erasure]:
    found: dict[bytes, Erasure] = {}
    for i, row in (await log.read_statements(connection, vault, list(ids))).items():
        if row.envelope is None:
            continue
        try:
            payload = envelope_from_bytes(row.envelope).payload
            said = erasure_statement_from_payload(ERASURE_TYPE, payload)
        except PortabilityError:
            continue  # a later version's: not for us to read
        if isinstance(said, Erasure):
            found[i] = said
    return found
