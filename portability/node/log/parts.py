"""Who vouches for the log of a node and shows it, made from what the node stands on."""

from collections.abc import Callable
from dataclasses import dataclass

from portability.errors import PreconditionError
from portability.ledger.keys import Signer
from portability.ledger.trust import Directory
from portability.node.foundation import Foundation
from portability.node.log.publication import Publisher, WitnessLink
from portability.node.log.read_side import LogFiles
from portability.node.log.witness import Witness
from portability.node.log.witness_views import WitnessViews, check_views, tell_unreachable
from portability.store.log_tree import read_head


@dataclass(frozen=True, slots=True, kw_only=True)
class LogParts:
    """
    What publishes this log and shows its files, and what cosigns the logs of peers.

    ``views`` is what the witnesses of this log have seen of it.
    """

    files: LogFiles
    publisher: Publisher
    views: WitnessViews
    witness: Witness


def build_log_parts(
    foundation: Foundation,
    *,
    witness_key: Signer | None,
    witnesses: Callable[[str], WitnessLink],
) -> LogParts:
    """Without a ``witness_key`` this node cosigns nothing; ``witnesses`` are those of its log."""
    views = WitnessViews(
        jurisdiction=foundation.jurisdiction,
        database=foundation.database,
        directory=foundation.directory,
        witness=witnesses,
        clock=foundation.world.clock,
    )
    publisher = Publisher(
        jurisdiction=foundation.jurisdiction,
        database=foundation.database,
        directory=foundation.directory,
        witness=witnesses,
        views=views,
        halt=foundation.sequencer.halt,
        memory=foundation.sequencer.memory,
        clock=foundation.world.clock,
        sleep=foundation.world.sleep,
        randomness=foundation.world.randomness,
    )
    foundation.sequencer.tell_growth(publisher.wake)
    return LogParts(
        files=LogFiles(foundation.database, lambda: _quorum(foundation.directory)),
        publisher=publisher,
        views=views,
        witness=Witness(
            database=foundation.database,
            directory=foundation.directory,
            jurisdiction=foundation.jurisdiction,
            signer=witness_key,
            clock=foundation.world.clock,
        ),
    )


async def start_log(foundation: Foundation, views: WitnessViews) -> None:
    """
    Begin to write, once this database is known to have all that its witnesses have seen.

    Raises HaltedError for a database that lacks some of it, or does not give its own signed head.
    """
    seen = await views.look()
    async with foundation.database.read() as connection:
        size = (await read_head(connection)).size
    check_views(seen, size)
    tell_unreachable(seen)
    await foundation.sequencer.start()


def _quorum(directory: Callable[[], Directory]) -> int:
    """Of the directory in force; with an expired one nothing new is published, and that shows."""
    try:
        return directory().quorum
    except PreconditionError:
        return 1
