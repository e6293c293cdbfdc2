"""
Statements that cannot leave with what they rest on any more: they go alone, and the stream goes on.

Erasing lets what waits to be sent name nothing that was erased. Versions before did not, and a row
that names what is not here would be tried for ever, with all that waits behind it. And what was
released under a permission stays here where that ended before it had left.
"""

from datetime import datetime
from typing import Final

import structlog

from portability.errors import NotFoundError, OverloadedError
from portability.ledger.envelope import kind_of
from portability.store import cases, erased_steps, streams, undelivered
from portability.store.delivery import OutboxRow
from portability.store.engine import Database

WITHOUT: Final = (
    "it goes without what it rests on, which the case does not hold any more; where the other node "
    "sets it aside, what follows in the same stream says why"
)
STAYS: Final = (
    "it goes without the records that were released with it: the permission ended before they had "
    "left"
)

HALFWAY: Final = (
    "it goes without the records that were released with it: the permission ended while they were "
    "on their way in pages, and some may have left"
)

log = structlog.get_logger(__name__)


async def go_as_erasure(database: Database, row: OutboxRow) -> bool:
    """
    Let what says that a statement was erased leave in its place; False if nothing does.

    For a row that the peer has said it has not got: what it has must stay what was sent.
    """
    async with database.write() as connection:
        return await erased_steps.send_erasure(
            connection, peer=row.peer, position=row.position, statement_id=row.statement_id
        )


class GoneError(NotFoundError):
    """What a statement is to leave with is not here; the peer has said nothing about it."""


class EndedError(NotFoundError):
    """What a statement was to leave with has to stay: the permission ended before it left."""

    def __init__(self) -> None:
        super().__init__("the permission ended under which this was released; it has not left")


class HalfwayError(NotFoundError):
    """As ``EndedError``, but that some of it may have left by then."""

    def __init__(self) -> None:
        super().__init__("the permission ended under which this was released; some may have left")


class NotYetError(OverloadedError):
    """
    What a statement is to leave with waits, for a moment, for what this node itself has yet to do
    or to be sure of. A peer that hears of it reads that a limit was reached.
    """


def _words(why: NotFoundError) -> str:
    if isinstance(why, HalfwayError):
        return HALFWAY
    return STAYS if isinstance(why, EndedError) else WITHOUT


async def let_go_alone(
    database: Database, row: OutboxRow, payload_type: str, now: datetime, why: NotFoundError
) -> None:
    """Note that a statement keeps its place in the stream and leaves with nothing, and why."""
    async with database.write() as connection:
        await streams.note_exhibits(connection, peer=row.peer, position=row.position, ids=())
        found = await cases.find_cases_of_statement(connection, row.statement_id)
        await undelivered.add_undelivered(
            connection,
            undelivered.UndeliveredRow(
                peer=row.peer,
                statement_id=row.statement_id,
                case_id=found[0] if found else "",
                kind=kind_of(payload_type),
                state=undelivered.ALONE,
                reason=NotFoundError.reason,
                message=_words(why),
                exhibits=row.exhibits,
                not_before=row.not_before,
                create_time=now,
            ),
        )
    log.warning(
        "statement_goes_alone",
        peer=row.peer,
        position=row.position,
        statement=row.statement_id.hex(),
        exhibits=len(row.exhibits),
    )
