"""
Statements that a peer could not understand: kept back with the reason, and sent once it can.

What it understands goes on as ever. Whoever looks at the case sees what is kept back and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portability.errors import UnsupportedVersionError
from portability.node.log.write import Write
from portability.recognition.versions import LATEST, OLDEST, OUTSIDE_CASES
from portability.store import cases, delivery, undelivered
from portability.store.engine import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A statement that a peer ought to have; ``version`` is what it needs to understand it."""

    peer: str
    statement_id: bytes
    kind: str
    version: int
    exhibits: tuple[bytes, ...]
    not_before: datetime


async def withhold(write: Write, wanted: Wanted, *, own_version: int) -> bool:
    """
    Keep a statement back from a peer that could not understand it; whether it is kept back.

    A peer that has never said what it speaks is asked before anything of a later version leaves.
    """
    if wanted.version <= OLDEST:
        return False
    known = await undelivered.find_peer_version(write.connection, wanted.peer)
    speaks = min(known or OLDEST, own_version)
    if wanted.version <= speaks:
        return False
    found = await cases.find_cases_of_statement(write.connection, wanted.statement_id)
    await undelivered.add_undelivered(
        write.connection,
        undelivered.UndeliveredRow(
            peer=wanted.peer,
            statement_id=wanted.statement_id,
            case_id=found[0] if found else "",
            kind=wanted.kind,
            state=undelivered.WITHHELD,
            reason=UnsupportedVersionError.reason,
            message=_why(wanted, speaks, is_known=known is not None),
            exhibits=wanted.exhibits,
            protocol_version=wanted.version,
            not_before=wanted.not_before,
            create_time=write.now,
        ),
    )
    return True


async def send(
    write: Write, peer: str, statement_id: bytes, kind: str, version: int = OUTSIDE_CASES
) -> None:
    """Put what belongs to no case into the stream to a peer, or keep it until it is understood."""
    wanted = Wanted(
        peer=peer,
        statement_id=statement_id,
        kind=kind,
        version=version,
        exhibits=(),
        not_before=write.now,
    )
    if not await withhold(write, wanted, own_version=LATEST):
        await delivery.enqueue(
            write.connection,
            peer=peer,
            statement_id=statement_id,
            exhibits=(),
            not_before=write.now,
            now=write.now,
        )


async def all_speak(
    connection: Connection, peers: Iterable[str], version: int, *, own_version: int
) -> bool:
    """Whether everybody has said that they understand what needs this version, and so do we."""
    if own_version < version:
        return False
    known = [await undelivered.find_peer_version(connection, peer) for peer in peers]
    return all((one or OLDEST) >= version for one in known)


def _why(wanted: Wanted, speaks: int, *, is_known: bool) -> str:
    needs = f"a {wanted.kind} of this content needs version {wanted.version}"
    if not is_known:
        return (
            f"the node of {wanted.peer} has not said yet which version of the protocol it speaks; "
            f"{needs} and is sent once it has"
        )
    return (
        f"the exchange with {wanted.peer} is in version {speaks} of the protocol and {needs}; it "
        "is sent once the node that is behind is upgraded"
    )
