"""The log as static files: checkpoint, tiles and entry bundles, as C2SP tlog-tiles names them."""

from collections.abc import Callable

from portability.errors import NotFoundError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.tiles import TILE_WIDTH, BundleRef, TileRef, encode_bundle
from portability.store import log, log_tree, witness
from portability.store.engine import Database


class LogFiles:
    """
    Reads what the static read side serves, straight from the database.

    A partial tile stays servable for as long as the log has grown past it inside the same tile or
    beyond: every width that a published checkpoint ever needed is a prefix of what is stored.
    """

    def __init__(self, database: Database, quorum: Callable[[], int]) -> None:
        self._database = database
        self._quorum = quorum

    async def checkpoint(self) -> bytes:
        """
        The latest published checkpoint; the committed one while there is none, or needs none.

        ``quorum`` is the number of witnesses that the directory in force asks for.
        """
        async with self._database.read() as connection:
            found = await witness.latest_published(connection) if self._quorum() else None
            return (
                (await log_tree.read_head(connection)).checkpoint if found is None else found.note
            )

    async def committed(self) -> bytes:
        """The latest committed checkpoint."""
        async with self._database.read() as connection:
            return (await log_tree.read_head(connection)).checkpoint

    async def tile(self, ref: TileRef) -> bytes:
        """Exactly ``ref.width`` hashes. NotFoundError if the log does not reach so far."""
        async with self._database.read() as connection:
            found = await log_tree.read_tiles(connection, [ref])
        hashes = found.get((ref.level, ref.index), b"")[: ref.width * HASH_BYTES]
        if len(hashes) != ref.width * HASH_BYTES:
            raise _absent()
        return hashes

    async def bundle(self, ref: BundleRef) -> bytes:
        """The entry bundle of exactly that width. NotFoundError if the log is shorter."""
        async with self._database.read() as connection:
            first = ref.index * TILE_WIDTH
            entries = await log.read_log_entries(connection, first, ref.width)
        if len(entries) != ref.width:
            raise _absent()
        return encode_bundle(entries)


def _absent() -> NotFoundError:
    return NotFoundError("the log holds no such tile yet")
