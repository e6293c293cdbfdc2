"""Who held the file of a case and for how long, as this node can show it."""

from datetime import datetime, timedelta

from portability.node.cases.loading import LoadedCase
from portability.recognition.facts import read_facts
from portability.recognition.holding import Acknowledged, holdings, time_held
from portability.recognition.timing import turns
from portability.store import delivery
from portability.store.engine import Connection
from portability.v1 import recognition_service_pb2 as pb


async def held_times(
    connection: Connection, loaded: LoadedCase, now: datetime
) -> list[pb.HeldTime]:
    """By jurisdiction and step, from signed times alone."""
    acknowledged = await _acknowledged(connection, loaded)
    waits = list(turns(loaded.claim, read_facts(loaded.case))) if loaded.leads else []
    found = holdings(loaded.case.accepted, acknowledged, waits)
    running = {(one.jurisdiction, one.step) for one in found if one.until is None}
    return [
        pb.HeldTime(
            jurisdiction=jurisdiction,
            step=step,
            seconds=int(lasted.total_seconds()),
            running=(jurisdiction, step) in running,
        )
        for (jurisdiction, step), lasted in time_held(found, now).items()
    ]


async def held_until(
    connection: Connection, loaded: LoadedCase, end: datetime
) -> dict[tuple[str, str], timedelta]:
    """The same for what had entered the case by an instant, as if nothing were owed any more."""
    known = {i: one for i, one in loaded.case.accepted.items() if loaded.held[i].received <= end}
    acknowledged = await _acknowledged(connection, loaded)
    return time_held(holdings(known, acknowledged), end)


async def _acknowledged(connection: Connection, loaded: LoadedCase) -> Acknowledged:
    """What peers signed for of ours, and when this node took in what is theirs."""
    rows = await delivery.list_acknowledgements(connection, loaded.case_id)
    return {(row.statement_id, row.peer): row.acknowledge_time for row in rows} | {
        (i, loaded.case.own): one.received for i, one in loaded.held.items() if one.peer
    }
