"""
What an operator must see before a node that refuses to sign may be touched: its own head, what its
witnesses saw of it, and any two checkpoints that do not fit. Nothing is signed to find out.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

from portability.errors import ConfigurationError
from portability.federation.peer import Peers
from portability.ledger.tree_head import Checkpoint
from portability.node.config import NodeConfig, load_keys, load_tls
from portability.node.directory_history import open_directory_file
from portability.node.foundation import World
from portability.node.log.witness_views import IN_DOUBT, Standing, View, WitnessViews, advice
from portability.node.parts import WITNESS_CALLS
from portability.store.engine import open_database
from portability.store.log import read_accept_time
from portability.store.log_tree import read_head
from portability.store.witness import Evidence, latest_published, list_evidence

MAX_EVIDENCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """
    ``note`` is the own checkpoint as it was signed, empty for a database that never signed; the
    last entry was taken in at ``last_time``. ``published`` is None where nothing was published.
    ``evidence``: the latest first.
    """

    own: Checkpoint
    note: bytes
    last_time: datetime | None
    published: int | None
    views: Sequence[View]
    evidence: Sequence[Evidence]

    @property
    def may_sign(self) -> bool:
        """Whether every witness that answered has seen nothing that is not here."""
        return not any(view.standing in IN_DOUBT for view in self.views)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do, one sentence for each witness that is not at peace."""
        doubts = [advice(one, self.own.size) for one in self.views if one.standing in IN_DOUBT]
        away = [one.witness for one in self.views if one.standing is Standing.UNREACHABLE]
        asked = [
            f"the witness of {code} did not answer: ask its operator; until it does, only the "
            "others vouch that this is the newest database"
            for code in away
        ]
        return (*doubts, *asked)


async def read_heads(config: NodeConfig, world: World) -> Heads:
    """
    Read this node's database and ask its witnesses; the node itself may be running or not.

    Raises ConfigurationError, StorageError, and PreconditionError for an expired directory.
    """
    file = config.database_file
    if file is not None and not file.is_file():
        raise ConfigurationError(f"there is no database at {file}; restore one", file=str(file))
    _, storage = load_keys(config)
    async with AsyncExitStack() as closing:
        database = await open_database(
            config.database,
            wrapping_key=storage.wrapping,
            index_key=storage.index,
            randomness=world.randomness,
        )
        closing.push_async_callback(database.close)
        directory = await open_directory_file(config.directory, database, world.clock)
        peers = Peers(directory, load_tls(config), WITNESS_CALLS)
        closing.push_async_callback(peers.close)
        views = await WitnessViews(
            jurisdiction=config.jurisdiction,
            database=database,
            directory=directory,
            witness=peers,
            clock=world.clock,
        ).look()
        async with database.read() as connection:
            head = await read_head(connection)
            last_time = await read_accept_time(connection, head.size - 1)
            published = await latest_published(connection)
            evidence = await list_evidence(connection, limit=MAX_EVIDENCE)
    origin = directory().member(config.jurisdiction).log_origin
    return Heads(
        own=Checkpoint(origin=origin, size=head.size, root=head.root),
        note=head.checkpoint,
        last_time=last_time,
        published=None if published is None else published.size,
        views=views,
        evidence=evidence,
    )
