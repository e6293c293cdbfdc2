"""The wrapped keys in the database: the node's own, and one per person."""

import re
from collections.abc import Iterable, MutableMapping
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, event, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from portability.errors import ConfigurationError, ErasedError, StorageError
from portability.store.rows import add_row, any_of, listed
from portability.store.schema import data_keys, persons
from portability.store.vault import NODE, DataKey, Vault, WrappedKey

_LOADED: Final = "portability.keys"
_CHANGES_PERSONS: Final = re.compile(r"\s*(UPDATE|DELETE FROM)\s+persons\b", re.IGNORECASE)


async def open_vault(connection: AsyncConnection, vault: Vault, *, create: bool) -> bool:
    """
    Check the node's keys against this database, and have its data key ready in the vault.

    False if the database has none yet; with ``create`` it is made. ConfigurationError if wrapping
    key or index key are not the ones that this database was made with.
    """
    index_check = vault.keyed_digest("index-check")
    if create:
        made = vault.make_key(NODE)
        await add_row(
            connection,
            data_keys,
            {
                "name": NODE,
                "wrapped_key": made.wrapped,
                "key_commitment": made.commitment,
                "index_check": index_check,
            },
        )
    found = await connection.execute(
        select(data_keys.c.wrapped_key, data_keys.c.key_commitment, data_keys.c.index_check).where(
            data_keys.c.name == NODE
        )
    )
    row = found.one_or_none()
    if row is None:
        return False
    vault.use_node_key(NODE, WrappedKey(wrapped=row.wrapped_key, commitment=row.key_commitment))
    if row.index_check != index_check:
        raise ConfigurationError(
            "the index key is not the one that this database was made with: check that `index` "
            "under [keys] and `database` belong to the same node"
        )
    return True


async def load_keys(
    connection: AsyncConnection, vault: Vault, owners: Iterable[int | None]
) -> dict[int | None, DataKey | None]:
    """
    The keys of persons (None: the node's); None for a person who was erased or fenced.

    The rows are read in every transaction, so that a key destroyed by another process is not used
    here, and once in each, which sees no other's changes and, by ``watch_keys``, its own.
    """
    wanted = set(owners)
    keys: dict[int | None, DataKey | None] = {None: vault.node_key}
    loaded: dict[int, tuple[str, DataKey]] = connection.info.setdefault(_LOADED, {})
    for one in loaded.keys() & wanted:
        name, key = loaded[one]
        keys[one] = None if vault.is_fenced(name) else key
    if numbers := [one for one in wanted if one is not None and one not in loaded]:
        rows = await connection.execute(
            _keys_of(connection.dialect.name), {"numbers": listed(connection, numbers)}
        )
        for row in rows:
            keys[row.id] = key_in(connection, vault, row, person=row.id)
    if not wanted <= keys.keys():
        raise StorageError(
            "a row names a person who is not in this database: restore a backup", cause="altered"
        )
    return keys


def key_in(connection: AsyncConnection, vault: Vault, row: Any, *, person: int) -> DataKey | None:
    """
    The key of a person in a row that this transaction has read; None for one erased or fenced.

    The row is of any query that has the columns of ``load_keys`` but the number of the person;
    that need not read it again.
    """
    if row.wrapped_key is None or row.fence_time is not None or vault.is_fenced(row.name):
        vault.kept.forget(row.name)  # also where another process has erased them
        return None
    stored = WrappedKey(wrapped=row.wrapped_key, commitment=row.key_commitment)
    opened = vault.open_key(row.name, stored)
    connection.info.setdefault(_LOADED, {})[person] = (row.name, opened)
    return opened


def forget_loaded(info: MutableMapping[Any, Any]) -> None:
    """Have the keys read anew from now on; ``info`` is that of a connection."""
    info.pop(_LOADED, None)


def watch_keys(engine: AsyncEngine) -> None:
    """Whoever changes persons in a transaction reads their keys anew, in whatever words it does."""
    event.listen(engine.sync_engine, "before_cursor_execute", _note_change)


def _note_change(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    if _CHANGES_PERSONS.match(statement):
        forget_loaded(connection.info)


@cache
def _keys_of(engine: str) -> Select[Any]:
    return select(
        persons.c.id,
        persons.c.name,
        persons.c.wrapped_key,
        persons.c.key_commitment,
        persons.c.fence_time,
    ).where(any_of(engine, persons.c.id, "numbers"))


async def load_key(connection: AsyncConnection, vault: Vault, owner: int | None) -> DataKey | None:
    """The key of one person (None: the node's); None if the person was erased."""
    return (await load_keys(connection, vault, (owner,)))[owner]


def usable(key: DataKey | None) -> DataKey:
    """ErasedError where the key was destroyed: nothing new is kept about an erased person."""
    if key is None:
        raise ErasedError
    return key
