"""The promises, of real nodes: what ``promises`` says of parties, said of what nodes hold."""

from collections.abc import Collection, Iterable, Mapping, MutableMapping
from typing import Any

from portability.consent.scope import Party
from portability.ledger.envelope import statement_id
from portability.recognition.case import CaseState
from portability.recognition.statements import (
    Correction,
    Determination,
    Dispute,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    PermissionEnd,
    Reconciliation,
)
from portability.simulation.lateness import leaves_late
from portability.simulation.nodes.looking import Look, Stock
from portability.simulation.permission import CLOCKS_APART, Given
from portability.simulation.promises import ENDED, BrokenPromiseError, shown_to
from portability.v1.federation_service_pb2 import Delivery
from portability.wire.record import RECORD_TYPE


def check_digests(looks: Iterable[Look]) -> None:
    """Agreed: all nodes of a closed case hold the same digest."""
    digests = {
        one.view.digest for one in looks if one.view.state is CaseState.CLOSED and one.view.digest
    }
    if len(digests) > 1:
        raise BrokenPromiseError("two parties closed the case on different results")


def check_step(found: Look, liar: str) -> None:
    """
    The rows of a case repeat what its statements give; only a liar contradicts itself.

    Where nobody has lied, nobody computes another result than the lead.
    """
    row = found.loaded.row
    if (row.state, row.digest) != (found.view.state.value, found.view.digest):
        raise BrokenPromiseError(f"the rows of {found.own} are not what its statements give")
    for group in found.view.contradictions:
        sender = found.case.accepted[group[0]].header.sender.jurisdiction
        if sender != liar:
            raise BrokenPromiseError(f"{sender} contradicts itself")
    for one in found.facts.examinations.values():
        if not liar and isinstance(one, Dispute):
            raise BrokenPromiseError(f"an honest result is disputed: {one.first_difference}")


def check_logged(events: "list[MutableMapping[str, Any]]") -> None:
    """A node refuses in its own words; whatever else stops its work is a fault in the software."""
    for one in events:
        reason = str(one.get("reason", ""))
        is_fault = one["event"] == "peer_backed_off" and not reason.isupper()
        if is_fault or one["event"] == "case_work_failed":
            raise BrokenPromiseError(f"a node stopped at {one}")
    events.clear()


def check_release(
    found: Look,
    answer: HistoryResponse,
    given: Mapping[bytes, Given],
    withdrawn: Collection[bytes],
) -> None:
    """Permitted: records that have just left did so under a permission in force."""
    request = found.case.accepted[answer.header.predecessors[0]]
    permission = request.permission if isinstance(request, HistoryRequest) else b""
    one = given.get(permission)
    if one is None or permission in withdrawn:
        raise BrokenPromiseError(f"{found.own} released records without a permission in force")
    at = answer.header.created
    if not one.not_before - CLOCKS_APART <= at < one.not_after + CLOCKS_APART:
        raise BrokenPromiseError(f"{found.own} released records outside of a permission's time")


def has_records(deliveries: Iterable[Delivery]) -> bool:
    """Whether any statement is about to leave with records."""
    return any(_brings_records(one) for one in deliveries)


def leave_late(found: Look, deliveries: Iterable[Delivery]) -> bool:
    """Whether an answer takes records with it that have to stay, by its node's own log."""
    sent = {
        statement_id(one.statement.envelope.payload_type, one.statement.envelope.payload)
        for one in deliveries
        if _brings_records(one)
    }
    return any(leaves_late(found.facts, one) for one in sent)


def check_left(code: str) -> None:
    """Permitted: what was released under a permission leaves while that is in force."""
    if code:
        raise BrokenPromiseError(f"records left {code} after it knew that their permission ended")


def _brings_records(one: Delivery) -> bool:
    return any(exhibit.envelope.payload_type == RECORD_TYPE for exhibit in one.exhibits)


def check_told(lead: Look, withdrawn: Collection[bytes]) -> None:
    """When faults stop: whoever holds data under a permission knows that it was taken back."""
    told = {one.permission for one in lead.facts.ends.values()}
    used = {one.permission for one in lead.facts.requests.values()}
    if (used - told).intersection(withdrawn):
        raise BrokenPromiseError(f"{lead.own} has told nobody that a permission was taken back")


def check_receipted(found: Look, at_home: Collection[bytes]) -> None:
    """When faults stop: at home the person can read of each answer, also of each refusal."""
    for one in found.facts.responses.values():
        if one.header.sender == found.node and one.header.predecessors[0] not in at_home:
            raise BrokenPromiseError(f"the person cannot read what {found.own} has answered")


def contestable(found: Look) -> list[bytes]:
    """Determinations that stand and that nobody contests yet."""
    facts = found.facts
    contested = {i for one in facts.objected.values() for i in one.header.predecessors}
    return [i for i in sorted(facts.determined.values()) if i not in contested]


def has_ended(found: Look) -> bool:
    """And nothing is left to do: the last answer to a notice lets results be erased after it."""
    is_settled = found.view.state in ENDED and not found.view.duties
    return is_settled and not found.loaded.to_erase


def is_stopped(lead: Look) -> bool:
    """Whether a lie keeps the case from its end: of two histories nobody knows the true one."""
    return bool(lead.view.contradictions) and lead.view.state is CaseState.DISPUTED


def check_end(found: Look, held: Stock, lead: Look) -> None:
    """When faults stop: notices are answered, erased data are gone, decisions say what they are."""
    _check_notices(found)
    _check_decisions(found)
    if found.leads:
        _check_erased(found, held)
    else:
        _check_shown(found, held)
    if found.loaded.to_erase:
        raise BrokenPromiseError(f"{found.own} still holds a result that it says is erased")
    current = lead.facts.current
    if lead.facts.withdrawn:
        return  # nothing rests on the last result of a claim that was given up
    if lead.view.state is CaseState.CLOSED and current is not None:
        for party, records in held.own.items():
            _check_inputs(found, party, set(records), current)


def _check_notices(found: Look) -> None:
    answered = {
        one.header.predecessors[0]
        for one in found.case.accepted.values()
        if isinstance(one, NoticeAnswer) and one.header.sender == found.node
    }
    for i, one in found.case.accepted.items():
        if not isinstance(one, Correction | PermissionEnd) or i in answered | found.facts.ceased:
            continue
        if not (isinstance(one, Correction) and one.header.sender.jurisdiction == found.own):
            raise BrokenPromiseError(f"{found.own} has not answered that it was told")


def _check_decisions(found: Look) -> None:
    """Nothing is decided on data that a party knows to be erased."""
    ceased: set[bytes] = set()
    for said in found.said:
        one = said.statement
        if isinstance(one, NoticeAnswer):
            ceased.update(one.ceased)
        if not isinstance(one, Determination) or one.header.sender.jurisdiction != found.own:
            continue
        result = found.facts.reconciliations[one.header.predecessors[0]]
        if ceased.intersection(result.header.predecessors):
            raise BrokenPromiseError(f"{found.own} decided on data whose permission had ended")
        if bool(result.lacking) != one.provisional:
            raise BrokenPromiseError(f"{found.own} hides that its decision is provisional")


def _check_erased(found: Look, held: Stock) -> None:
    facts = found.facts
    gone = {
        i for one in facts.ceased if one in facts.responses for i in facts.responses[one].records
    }
    live = {i for one in facts.usable for i in facts.responses[one].records}
    live |= {i for one in facts.corrections.values() for i in one.added}
    if (gone - live) & held.records:
        raise BrokenPromiseError(f"{found.own} still holds what it says is erased")


def _check_shown(found: Look, held: Stock) -> None:
    shown, kept = shown_to(found.said, found.node)
    if (shown - kept) & held.records:
        raise BrokenPromiseError(f"{found.own} still holds what it says is erased")


def _check_inputs(found: Look, party: Party, records: set[bytes], result: Reconciliation) -> None:
    """Of what an institution put into a closed case, nothing has been replaced since."""
    facts = found.facts
    named: set[bytes] = set()
    for i in result.header.predecessors:
        answer = facts.responses.get(i)
        request = None if answer is None else facts.requests.get(answer.header.predecessors[0])
        if answer is not None and request is not None and request.recipient == party:
            named |= set(answer.records)
    mended = [
        i
        for i, one in facts.corrections.items()
        if i in result.header.predecessors and one.header.sender == party
    ]
    if not facts.corrected(named, mended) <= records:
        raise BrokenPromiseError(f"the case closed on records that {party} has corrected")
