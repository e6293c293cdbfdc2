"""Deliveries verified before the database is asked about them, their signatures on all cores."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from portability.errors import PortabilityError
from portability.ledger.trust import Directory
from portability.node.peers.exhibit_batch import ExhibitBatch, verify_exhibits
from portability.node.peers.inbox_checks import (
    VerifiedDelivery,
    delivered_id,
    verify_delivery,
)
from portability.node.peers.stumbling import FAULTS, stumbled
from portability.v1 import federation_service_pb2 as pb
from portability.wire.proven_run import Signed

FEW: Final = 8
"""Exhibits up to which it costs less to verify them at once than to have a thread do it."""

WORTH_SHARING: Final = 16
"""Exhibits from which on it costs less to hand signatures over than to wait for them here."""


class SignatureChecks(Protocol):
    """Where signatures are verified: processes beside this one."""

    async def check_signatures(self, batch: Sequence[Signed]) -> list[bool]:
        """Which of these are good. OverloadedError if nobody could say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDelivery:
    """A delivery as it came, with what verification made of it: the content, or the refusal."""

    position: int
    statement_id: bytes
    raw: Callable[[], bytes]
    verified: VerifiedDelivery | PortabilityError


def check_delivery(one: pb.Delivery, directory: Directory, peer: str) -> CheckedDelivery:
    """A delivery, verified in this thread; what does not verify says why. Needs no database."""
    verified: VerifiedDelivery | PortabilityError
    try:
        exhibits = verify_exhibits(one.exhibits, directory)
        verified = verify_delivery(one, exhibits, directory, peer)
    except PortabilityError as error:
        verified = error
    except FAULTS as error:
        verified = stumbled(error, peer=peer, position=one.position)
    return _checked(one, verified)


class DeliveryChecks:
    """Verifies what comes, the signatures of many exhibits in other processes if there are any."""

    def __init__(self, signatures: SignatureChecks | None = None) -> None:
        self._signatures = signatures

    async def check_all(
        self, deliveries: Sequence[pb.Delivery], directory: Directory, peer: str
    ) -> list[CheckedDelivery]:
        """
        As ``check``, in order: while the signatures of one are verified, the next is looked at.
        """
        return await asyncio.gather(*(self.check(one, directory, peer) for one in deliveries))

    async def check(self, one: pb.Delivery, directory: Directory, peer: str) -> CheckedDelivery:
        """As ``check_delivery``. Raises OverloadedError if signatures could not be verified."""
        if len(one.exhibits) <= FEW:
            await asyncio.sleep(0)  # whoever else has something to do comes in between
            return check_delivery(one, directory, peer)
        if self._signatures is None or len(one.exhibits) < WORTH_SHARING:
            return await asyncio.to_thread(check_delivery, one, directory, peer)
        try:
            batch = ExhibitBatch(one.exhibits, directory)
        except PortabilityError as error:
            return _checked(one, error)
        verdicts = await _verdicts(batch, self._signatures)
        verified = await asyncio.to_thread(_finish, one, batch, verdicts, directory, peer)
        return _checked(one, verified)


async def _verdicts(batch: ExhibitBatch, signatures: SignatureChecks) -> list[bool]:
    """
    What becomes of the signatures: they are verified while the next exhibits are looked at.

    Whoever else has something to do comes in between.
    """
    under_way = []
    for some in batch.signatures():
        under_way.append(asyncio.ensure_future(signatures.check_signatures(some)))
        await asyncio.sleep(0)
    return [good for done in await asyncio.gather(*under_way) for good in done]


def _finish(
    one: pb.Delivery,
    batch: ExhibitBatch,
    verdicts: Sequence[bool],
    directory: Directory,
    peer: str,
) -> VerifiedDelivery | PortabilityError:
    try:
        exhibits = batch.verified(verdicts)
        return verify_delivery(one, exhibits, directory, peer)
    except PortabilityError as error:
        return error
    except FAULTS as error:
        return stumbled(error, peer=peer, position=one.position)


def _checked(one: pb.Delivery, verified: VerifiedDelivery | PortabilityError) -> CheckedDelivery:
    return CheckedDelivery(
        position=one.position,
        statement_id=delivered_id(one),
        raw=one.SerializeToString,
        verified=verified,
    )
