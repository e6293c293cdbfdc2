"""Who held the file of a case and for how long, as this node can show it."""

from datetime import datetime, timedelta

from portability.node.cases.loading import LoadedCase
from portability.recognition.arrivals import (
    DisputedTime,
    Receipt,
    Receipts,
    arrivals,
    disputed_times,
)
from portability.recognition.facts import read_facts
from portability.recognition.holding import DELIVERY, Acknowledged, holdings, time_held
from portability.recognition.timing import turns
from portability.store import delivery
from portability.store.engine import Connection
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.envelope import envelope_from_bytes
from portability.wire.statement import statement_from_payload
from portability.wire.strict import timestamp


async def held_times(
    connection: Connection, loaded: LoadedCase, now: datetime
) -> list[pb.HeldTime]:
    """By jurisdiction and step, from signed times alone, with those that do not count."""
    receipts = await _receipts(connection, loaded)
    waits = list(turns(loaded.claim, read_facts(loaded.case))) if loaded.leads else []
    found = holdings(loaded.case.accepted, _acknowledged(loaded, receipts), waits)
    running = {(one.jurisdiction, one.step) for one in found if one.until is None}
    disputed = [_shown(one) for one in disputed_times(loaded.case.accepted, receipts)]
    return [
        pb.HeldTime(
            jurisdiction=jurisdiction,
            step=step,
            seconds=int(lasted.total_seconds()),
            running=(jurisdiction, step) in running,
            disputed=disputed if (jurisdiction, step) == (loaded.case.own, DELIVERY) else (),
        )
        for (jurisdiction, step), lasted in time_held(found, now).items()
    ]


async def held_until(
    connection: Connection, loaded: LoadedCase, end: datetime
) -> dict[tuple[str, str], timedelta]:
    """The same for what had entered the case by an instant, as if nothing were owed any more."""
    known = {i: one for i, one in loaded.case.accepted.items() if loaded.held[i].received <= end}
    receipts = await _receipts(connection, loaded)
    return time_held(holdings(known, _acknowledged(loaded, receipts)), end)


def _acknowledged(loaded: LoadedCase, receipts: Receipts) -> Acknowledged:
    """What peers signed for of ours, and when this node took in what is theirs."""
    return arrivals(loaded.case.accepted, receipts) | {
        (i, loaded.case.own): one.received for i, one in loaded.held.items() if one.peer
    }


async def _receipts(connection: Connection, loaded: LoadedCase) -> Receipts:
    """When peers signed that they have what is ours, and when this node had heard it."""
    rows = await delivery.list_acknowledgements(connection, loaded.case_id)
    said = {envelope: _signed_at(envelope) for envelope in {row.envelope for row in rows}}
    return {
        (row.statement_id, row.peer): Receipt(said=said[row.envelope], heard=row.acknowledge_time)
        for row in rows
    }


def _signed_at(acknowledgement: bytes) -> datetime:
    """The time in it; its signature was verified before it was kept."""
    envelope = envelope_from_bytes(acknowledgement)
    return statement_from_payload(envelope.payload_type, envelope.payload).header.created


def _shown(one: DisputedTime) -> pb.DisputedTime:
    return pb.DisputedTime(
        jurisdiction=one.jurisdiction,
        statement=one.statement_id,
        signed_time=timestamp(one.said),
        counted_time=timestamp(one.counted),
    )
