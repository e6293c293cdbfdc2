"""What a peer has signed for: how far it has this node's stream, and which statements."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from portability.errors import ProofError, SignatureError
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.envelope import Envelope, Signature, Verified, verify_envelope
from portability.recognition.arrivals import heard_of
from portability.recognition.statements import Acknowledgement
from portability.store import delivery, undelivered
from portability.store.engine import Connection, Database
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb
from portability.wire.envelope import envelope_from_pb, envelope_to_bytes
from portability.wire.statement import STATEMENT_TYPES, statement_from_payload

MOST_SIGNED_FOR: Final = 512
"""Statements in one acknowledgement: of a call, and as many that were refused first. What is signed
for them is kept with each."""

_ACKNOWLEDGEMENT: Final = frozenset(
    name for name, kind in STATEMENT_TYPES.items() if kind is Acknowledgement
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFor:
    """
    What a peer has signed for, and with nothing beside it the envelope in which it said so.

    ``ends_refusals`` if something of it may have been refused before.
    """

    said: Acknowledgement
    envelope: Envelope
    ends_refusals: bool = False


def check_answer(
    answer: pb.DeliverStatementsResponse, peer: str, last: int, directory: Directory, now: datetime
) -> SignedFor:
    """
    What the peer has signed for, after a call that ended at the position ``last``.

    Raises SignatureError or ProofError: what is not signed for counts as not received.
    """
    signed = check_signed(answer.acknowledgement, peer, directory, now)
    if signed.said.position != answer.accepted_position or signed.said.position > last:
        raise ProofError("the peer acknowledges a position that was not sent to it")
    return signed


def check_signed(
    message: envelope_pb2.Envelope, peer: str, directory: Directory, now: datetime
) -> SignedFor:
    """An acknowledgement by the node of a peer. Raises SignatureError or ProofError."""
    keys = directory.keys(peer, NODE_LEVEL, KeyPurpose.NODE, now)
    envelope = envelope_from_pb(message)
    verified = verify_envelope(envelope, _ACKNOWLEDGEMENT, keys)
    said = statement_from_payload(verified.payload_type, verified.payload)
    if not isinstance(said, Acknowledgement) or said.header.sender.jurisdiction != peer:
        raise ProofError("the acknowledgement names another node than the peer")
    if len(said.header.predecessors) > MOST_SIGNED_FOR:
        raise ProofError("the peer acknowledges more than a call and its answer can hold")
    return SignedFor(said=said, envelope=_as_signed(envelope, verified, keys))


def _as_signed(envelope: Envelope, verified: Verified, keys: Mapping[bytes, bytes]) -> Envelope:
    """
    The same with the one signature that counted, under the name of its key.

    It is kept for ever. A hint is signed by nobody and decides nothing, so that whatever else came
    is left out, and no reason to refuse what was signed.
    """
    (key_id, *_) = verified.key_ids
    each = [
        replace(envelope, signatures=(Signature(sig=one.sig, key_id_hint=key_id.hex()),))
        for one in envelope.signatures
    ]
    if len(each) == 1:
        return each[0]
    return next(one for one in each if _is_signed(one, {key_id: keys[key_id]}))


def _is_signed(envelope: Envelope, keys: Mapping[bytes, bytes]) -> bool:
    try:
        verify_envelope(envelope, _ACKNOWLEDGEMENT, keys)
    except SignatureError:
        return False
    return True


async def sent_by_any(
    database: Database, peer: str, last: int, answer: pb.DeliverStatementsResponse
) -> int:
    """
    Up to where a peer may have the stream after a call that ended at the position ``last``.

    Another process on this database may have sent more meanwhile, of what was ever put there.
    """
    if answer.accepted_position <= last:
        return last
    async with database.read() as connection:
        return max(last, await delivery.placed_position(connection, peer))


async def keep_accepted(
    database: Database,
    peer: str,
    position: int,
    now: datetime,
    signed: SignedFor | None = None,
) -> None:
    """Note how far the peer has the stream, and keep what it has signed for."""
    async with database.write() as connection:
        await delivery.mark_accepted(connection, peer=peer, up_to=position, now=now)
        if signed is None:
            return
        if signed.ends_refusals:
            await undelivered.remove_undelivered(
                connection,
                peer=peer,
                statement_ids=signed.said.header.predecessors,
                state=undelivered.REFUSED,
            )
        await keep_signed(connection, peer, signed, now)


async def keep_signed(connection: Connection, peer: str, signed: SignedFor, now: datetime) -> None:
    """Keep what a peer has signed for: as received now at the latest, whatever it says."""
    said, envelope = signed.said, envelope_to_bytes(signed.envelope)
    rows = [
        delivery.AcknowledgementRow(
            statement_id=statement_id,
            peer=peer,
            acknowledge_time=heard_of(said.header.created, now),
            envelope=envelope,
        )
        for statement_id in said.header.predecessors
    ]
    await delivery.add_acknowledgements(connection, rows)
