"""What is witnessed: new statements of a whole node, and a log that a test signs itself."""

import asyncio
import os
from collections.abc import Awaitable, Callable

from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.envelope import payload_type, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer, Signer
from portability.ledger.merkle import consistency_proof, leaf_hash
from portability.ledger.witness import format_add_checkpoint
from portability.node.log.write import NewStatement, Write
from portability.node.parts import Parts
from tests.plain_tree import root_of

ANYBODY = Ed25519Signer(bytes([99]) * 32)
TYPE = payload_type("closure", "protobuf")
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(20)]


async def append(parts: Parts, count: int) -> None:
    """Log so many new statements, each in a transaction of its own."""
    for _ in range(count):
        envelope = sign_envelope(TYPE, os.urandom(16), ANYBODY)
        i = statement_id(envelope.payload_type, envelope.payload)

        async def work(write: Write, new: NewStatement) -> None:
            await write.log(new)

        new = NewStatement(
            envelope=envelope,
            statement_id=i,
            kind="closure",
            key_id=ANYBODY.key_id,
            person=None,
        )
        await parts.foundation.sequencer.run(lambda write, new=new: work(write, new))


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    for _ in range(1200):
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen within a minute")


def head(origin: str, size: int, leaves: list[bytes] | None = None) -> Checkpoint:
    return Checkpoint(origin=origin, size=size, root=root_of((leaves or LEAVES)[:size]))


def steps(first: int, second: int) -> tuple[bytes, ...]:
    def read(level: int, index: int) -> bytes:
        return root_of(LEAVES[index << level : (index + 1) << level])

    return consistency_proof(first, second, read)


def request(origin: str, signer: Signer, first: int, second: int) -> bytes:
    """An honest request to cosign the growth of the test's own log."""
    note = sign_checkpoint(head(origin, second), signer)
    return format_add_checkpoint(first, steps(first, second), note)
