"""
The records of the keys with which persons signed statements of a case.

Who reads such a statement holds it to its signature by them, and need not take this node's word.
"""

from portability.consent.payload_types import SUBJECT_KEY_TYPE
from portability.node.cases.loading import LoadedCase
from portability.node.consents.evidence import read_exhibits
from portability.store import access
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.proven import Proven
from portability.wire.statement import BY_PERSONS


async def own_key_records(connection: Connection, loaded: LoadedCase) -> dict[bytes, None]:
    """Those of persons of this node, by statement id: this log has them."""
    found: dict[bytes, None] = {}
    for held in loaded.held.values():
        if held.envelope.payload_type in BY_PERSONS and not held.peer:
            key = await access.find_subject_key(connection, held.key_id)
            if key is not None:
                found[key.key_record] = None
    return found


async def foreign_key_records(
    connection: Connection, vault: Vault, loaded: LoadedCase
) -> list[Proven]:
    """Those of other nodes, as they came with the statements; without what was erased."""
    if not any(
        one.envelope.payload_type in BY_PERSONS and one.peer for one in loaded.held.values()
    ):
        return []
    held = await read_exhibits(connection, vault, loaded.case_id)
    return [
        one.proven for one in held.values() if one.proven.envelope.payload_type == SUBJECT_KEY_TYPE
    ]
