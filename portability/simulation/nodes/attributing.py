"""
How a lie of a real node comes to light: by what the honest nodes hold, and by nothing else.

Each way ends in signed statements that name the liar. Whoever has not lied is accused of nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from portability.consent.scope import Party
from portability.errors import SignatureError
from portability.recognition.omission import Surfaced, left_out
from portability.recognition.statements import HistoryRequest
from portability.simulation.nodes import looking
from portability.simulation.nodes.attributing_lead import is_noticed_of_lead
from portability.simulation.nodes.liars import Lies
from portability.simulation.nodes.looking import Look, Witness
from portability.simulation.nodes.lying_lead import LEAD_LIES
from portability.simulation.nodes.process import Process
from portability.simulation.permission import directory
from portability.simulation.plan import (
    ANOTHER_DIGEST,
    CONTRADICTION,
    FORGES,
    OMITS,
    REPLAYS,
    UNPERMITTED,
)
from portability.simulation.promises import BrokenPromiseError
from portability.store import omissions, receipts, streams
from portability.wire.record import record_from_payload
from portability.wire.surfaced import place_of, surfaced, verify_place

_ALL = 10_000
_REFUSED = "refused"


async def check_told(
    lies: Lies, told: list[bytes], liar: Process, honest: Sequence[Witness]
) -> None:
    """A lie that was told is detected, and the liar named; the lead is the first of the honest."""
    if lies.lie in LEAD_LIES:
        is_noticed = await is_noticed_of_lead(lies, told, honest)
    else:
        is_noticed = await _WAYS[lies.lie](lies, told, liar, honest[0])
    if not is_noticed:
        raise BrokenPromiseError(f"nobody noticed that {lies.liar} {lies.lie}")


async def check_accused(process: Process, case_id: str, lies: Lies | None) -> None:
    """What a node holds against the answers of others was left out, and by the liar."""
    async with process.database.read() as connection:
        held = await omissions.list_omissions(connection, case_id)
    for row in held:
        if lies is None or lies.tried.get(row.response) != row.record:
            raise BrokenPromiseError(f"{row.jurisdiction} is accused of what it did not do")


async def _omits(lies: Lies, told: list[bytes], liar: Process, witness: Witness) -> bool:
    """
    The record with its place in the liar's log, and the answer that is complete by its own word.

    Where the record came into the case by another statement, the lead's node says so by itself.
    """
    facts, is_noticed = witness.found.facts, False
    corrections = [*facts.corrections.values()]
    for i in told:
        record = lies.tried[i]
        answer = facts.responses[i]
        request = facts.requests[answer.header.predecessors[0]]
        place = await _surface(liar, record, request)
        if any(left_out(i, answer, request, [place], corrections, directory=directory())):
            is_noticed = True
            if record in _brought_otherwise(witness.found, i, request.recipient):
                await _check_told_by_itself(witness, i)
    return is_noticed


async def _surface(liar: Process, record: bytes, request: HistoryRequest) -> Surfaced:
    """As whoever has it shows it to anyone: verified against the liar's own log."""
    (proven,) = await liar.prover.prove([record])
    verify_place(place_of(proven), directory(), request.recipient)
    origin = directory().member(liar.code).log_origin
    content = record_from_payload(proven.envelope.payload, record.hex(), proven.disclosures)
    return surfaced(record, content, log_origin=origin, leaf_index=proven.leaf_index)


def _brought_otherwise(found: Look, lie: bytes, party: Party) -> Iterator[bytes]:
    facts = found.facts
    for i, one in facts.responses.items():
        request = facts.requests.get(one.header.predecessors[0])
        if i != lie and request is not None and request.recipient == party:
            yield from one.records
    for correction in facts.corrections.values():
        if correction.header.sender == party:
            yield from correction.added


async def _check_told_by_itself(witness: Witness, lie: bytes) -> None:
    async with witness.process.database.read() as connection:
        held = await omissions.list_omissions(connection, witness.found.loaded.case_id)
    if not any(row.response == lie for row in held):
        raise BrokenPromiseError(
            f"{witness.found.own} has the record that was left out, and is silent"
        )


async def _contradicts(lies: Lies, told: list[bytes], liar: Process, witness: Witness) -> bool:
    """Two answers to one request, both signed."""
    accepted = witness.found.case.accepted
    return any(
        not set(told).isdisjoint(group)
        and {accepted[one].header.sender.jurisdiction for one in group} == {lies.liar}
        for group in witness.found.view.contradictions
    )


async def _replays(lies: Lies, told: list[bytes], liar: Process, witness: Witness) -> bool:
    """The same statements at several places of the liar's stream, and each once in the case."""
    async with witness.process.database.read() as connection:
        came = await streams.list_received(connection, peer=lies.liar, after=0, limit=_ALL)
    ids = [one.statement_id for one in came]
    listed = [one.statement_id for one in witness.found.loaded.listed]
    if len(set(listed)) < len(listed):
        raise BrokenPromiseError(f"{witness.found.own} took in the same statement twice")
    return len(set(ids)) < len(ids)


async def _unpermitted(lies: Lies, told: list[bytes], liar: Process, witness: Witness) -> bool:
    """
    Records to a request whose permission the home node knows to be over, and the liar's own receipt
    that none were released; nothing rests on them.
    """
    facts = witness.found.facts
    ended = {one.permission for one in facts.ends.values()}
    for i in told:
        request_id = facts.responses[i].header.predecessors[0]
        permission = facts.requests[request_id].permission
        async with witness.process.database.read() as connection:
            rows = await receipts.list_permission_receipts(connection, permission)
        outcomes = {one.outcome for one in rows if one.request == request_id}
        if permission not in ended or i in facts.usable or outcomes != {_REFUSED}:
            return False
    return True


async def _set_aside(lies: Lies, told: list[bytes], liar: Process, witness: Witness) -> bool:
    """Refused for what it is, and kept with whose certificate it came under."""
    rows = [one for one in await looking.refused(witness.process) if one.statement_id in told]
    return bool(rows) and all(
        one.peer == lies.liar and (one.reason == SignatureError.reason) == (lies.lie == FORGES)
        for one in rows
    )


_WAYS: Final = {
    OMITS: _omits,
    CONTRADICTION: _contradicts,
    REPLAYS: _replays,
    UNPERMITTED: _unpermitted,
    ANOTHER_DIGEST: _set_aside,
    FORGES: _set_aside,
}
