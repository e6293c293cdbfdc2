"""Pairwise references: under which name two nodes speak of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.errors import PreconditionError, StaleCheckpointError
from portability.store import persons
from portability.store.identities import add_candidate

if TYPE_CHECKING:
    from portability.node.log.write import Write


async def make_reference(write: Write, person: int, peer: str, reference: str) -> str:
    """The one that is known, or the new one. Raises StaleCheckpointError to be asked again."""
    known = await persons.find_pairwise_reference(write.connection, person=person, peer=peer)
    if known is not None:
        return known
    if not await persons.add_pairwise_reference(
        write.connection, person=person, peer=peer, reference=reference, now=write.now
    ):
        raise StaleCheckpointError("the reference was made meanwhile; ask for it again")
    return reference


async def accept_reference(write: Write, person: int, peer: str, reference: str) -> bool:
    """
    Enrol a reference that the peer made; False if somebody else has it, so that an officer decides.

    Raises PreconditionError if another one is enrolled for the person.
    """
    if await persons.add_pairwise_reference(
        write.connection, person=person, peer=peer, reference=reference, now=write.now
    ):
        return True
    known = await persons.find_pairwise_reference(write.connection, person=person, peer=peer)
    if known is None:  # somebody else has it: an officer is asked when it is used
        await add_candidate(
            write.connection, peer=peer, reference=reference, person=person, now=write.now
        )
        return False
    if known != reference:
        raise PreconditionError(
            "another reference is enrolled for this person with that peer, or this one for "
            "somebody else; compare the references with the peer's officer",
            peer=peer,
        )
    return True
