"""Documents that this node prepared for a person, when they come back signed."""

from portability.errors import PreconditionError
from portability.node.log.write import Write
from portability.store import consents
from portability.store.log import find_statements


async def was_handed_in(write: Write, act: bytes) -> bool:
    """Whether the log has it already, or gets it in this very transaction: handed in twice."""
    if write.just_logged(act) is not None:
        return True
    return act in await find_statements(write.connection, [act])


async def take_prepared(write: Write, act: bytes, kind: str) -> consents.PreparedDocument:
    """
    The document of that statement id, used up by this.

    Raises PreconditionError for one that was not prepared here, or too long ago.
    """
    found = await consents.take_prepared_document(write.connection, digest=act, now=write.now)
    if found is None or found.kind != kind:
        raise not_prepared()
    return found


def not_prepared() -> PreconditionError:
    return PreconditionError(
        "this document was not prepared here, or its time is over; prepare it again"
    )
