"""What came with a delivery into the database, and what was read of it on to the next step."""

from functools import partial
from itertools import groupby
from operator import attrgetter

from portability.node.cases.inputs import keep_received
from portability.node.consents.evidence import read_exhibits
from portability.node.log.write import Write
from portability.node.peers.inbox_checks import VerifiedDelivery, VerifiedExhibit
from portability.node.records.of_person import HeldRecord, held_record
from portability.store import exhibits as store_exhibits
from portability.store.cases import CaseRow
from portability.v1 import envelope_pb2


async def keep_exhibits(write: Write, row: CaseRow, verified: VerifiedDelivery) -> None:
    """
    Keep what came, under the key of the person whom the case is about.

    Once that is durable, the records are at hand for the step that they were sent for.
    """
    if any(one.disclosures for one in verified.exhibits):
        await _show_more(write, row, verified)
    by_origin = attrgetter("origin")
    for origin, some in groupby(sorted(verified.exhibits, key=by_origin), by_origin):
        came = {one.statement_id: one for one in some}
        nonces = await store_exhibits.add_exhibits(
            write.connection,
            write.vault,
            case_id=row.case_id,
            person=row.person,
            origin=origin,
            proven={i: one.proven for i, one in came.items()},
        )
        read = {(i, nonces[i]): _held(one) for i, one in came.items()}
        write.after_commit(partial(keep_received, write.vault, row.case_id, read, owner=row.owner))


def _held(one: VerifiedExhibit) -> HeldRecord | None:
    if one.record is None:
        return None
    return held_record(one.statement_id, one.envelope, one.record, one.disclosures)


async def _show_more(write: Write, row: CaseRow, verified: VerifiedDelivery) -> None:
    """Add the fields that a later answer shows of records which the case has already."""
    held = await read_exhibits(write.connection, write.vault, row.case_id)
    for one in verified.exhibits:
        before = held[one.statement_id].proven.disclosures if one.statement_id in held else ()
        shown = tuple(dict.fromkeys((*before, *one.disclosures)))
        if one.statement_id in held and shown != before:
            proven = envelope_pb2.ProvenStatement.FromString(one.proven)
            del proven.disclosures[:]
            proven.disclosures.extend(shown)
            await store_exhibits.replace_exhibit(
                write.connection,
                write.vault,
                case_id=row.case_id,
                statement_id=one.statement_id,
                person=row.person,
                proven=proven.SerializeToString(),
            )
