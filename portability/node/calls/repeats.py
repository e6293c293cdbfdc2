"""Calls that may be repeated: asked again under its request id, each gets its first answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from portability.node.log.write import Write
from portability.store import replies


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """A call by its id; ``content`` is the request as it came. ``caller`` is a URI name."""

    caller: str
    method: str
    request_id: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer in bytes, and whom it is about, if anybody: it is erased when they are."""

    content: bytes
    person: int | None


async def answer_once(
    write: Write, call: Repeatable, answer: Callable[[], Awaitable[Answered]]
) -> bytes:
    """
    What was answered to this call before, else what ``answer`` gives now.

    Raises RequestIdReusedError if the id came with another request.
    """
    known = await replies.find_reply(
        write.connection,
        write.vault,
        caller=call.caller,
        method=call.method,
        request_id=call.request_id,
        request=call.content,
    )
    if known is not None:
        return known
    given = await answer()
    await replies.add_reply(
        write.connection,
        write.vault,
        caller=call.caller,
        method=call.method,
        request_id=call.request_id,
        request=call.content,
        response=given.content,
        now=write.now,
        person=given.person,
    )
    return given.content
