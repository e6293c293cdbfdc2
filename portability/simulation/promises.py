"""
The promises of design.md, section 2, as code: each raises BrokenPromiseError and says what broke.

Some are checked at each step, some when a run has come to its end. Honest parties are judged; what
a liar does is judged by whether somebody can show it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from portability.consent.scope import Party
from portability.ledger.merkle import leaf_hash
from portability.recognition.case import CaseState, Duty, Reconcile, Remind
from portability.recognition.statements import (
    Correction,
    Determination,
    HistoryOutcome,
    HistoryResponse,
    NoticeAnswer,
    NoticeEffect,
    PermissionEnd,
    Reconciliation,
    Said,
)
from portability.simulation.disk import Parcel, Receipt
from portability.simulation.lateness import leaves_late
from portability.simulation.liars import attributions
from portability.simulation.party import HonestParty
from portability.simulation.permission import Person

ENDED = frozenset((CaseState.CLOSED, CaseState.NOT_INSURED))
LONG: Final = 40
"""Steps of the scheduler, ten days, after which whoever acts now and then has done what is due."""


class BrokenPromiseError(Exception):
    """A run in which something happened that must not; the text says what."""


def check_digests(parties: Iterable[HonestParty]) -> None:
    """Agreed: all honest parties of a closed case hold the same digest."""
    closed = [one.view for one in parties if one.view.state is CaseState.CLOSED]
    digests = {view.digest for view in closed if view.digest}
    if len(digests) > 1:
        raise BrokenPromiseError("two parties closed the case on different results")


def check_log(party: HonestParty, seen: list[bytes]) -> None:
    """Append-only: a log never shows two histories, nor a smaller one than before."""
    log = party.disk.log
    if len(log) < len(seen):
        raise BrokenPromiseError(f"the log of {party.own} has shrunk")
    if log[: len(seen)] != seen:  # then and only then another root follows for that size
        raise BrokenPromiseError(f"the log of {party.own} shows two histories")
    seen.extend(log[len(seen) :])


def check_acknowledged(sender: HonestParty, receiver: HonestParty, position: int) -> None:
    """Nothing lost: what was acknowledged is durable there, in the order in which it was sent."""
    sent = [one.statement_id for one in sender.disk.outbox.get(receiver.own, [])[:position]]
    if receiver.disk.received.get(sender.own, [])[:position] != sent:
        raise BrokenPromiseError(
            f"{receiver.own} acknowledged what it does not have of {sender.own}"
        )


def check_releases(party: HonestParty, person: Person, judged: set[bytes]) -> None:
    """
    Permitted: no release without a permission in force; each release and refusal has its receipt.

    Those in ``judged`` were looked at before; the new ones are put to them.
    """
    responses = party.facts.responses
    if responses.keys() <= judged:
        return
    receipts = {one.request_id: one for one in party.disk.receipts}
    for i, answer in responses.items():
        is_own = answer.header.sender == party.node
        if i in judged or not is_own or answer.outcome is HistoryOutcome.NOT_BEFORE:
            continue
        receipt = receipts.get(answer.header.predecessors[0])
        _check_receipt(party, answer, receipt)
        if receipt is None or not receipt.released:
            continue
        if not person.allowed(receipt.permission, claimed=receipt.at, truly=receipt.truly):
            raise BrokenPromiseError(f"{party.own} released records without a permission in force")
    judged.update(responses)


def _check_receipt(party: HonestParty, answer: HistoryResponse, receipt: Receipt | None) -> None:
    """The receipt of an answer says under which permission it was asked, and whether data left."""
    is_release = answer.outcome is HistoryOutcome.RECORDS
    what = "released records" if is_release else "answered"
    if receipt is None:
        raise BrokenPromiseError(f"{party.own} {what} without a receipt")
    request = party.facts.requests[answer.header.predecessors[0]]
    if (receipt.permission, receipt.released) != (request.permission, is_release):
        raise BrokenPromiseError(f"{party.own} {what}, and its receipt says something else")


def check_addressed(party: HonestParty, peer: str, parcel: Parcel) -> None:
    """
    Permitted: records go to whom the person allowed them for.

    An answer or a correction goes to the lead, which had asked; what a result rests on goes to
    those who compute it again. Nothing else has records with it. They leave under a permission that
    has not ended, as far as the party knows.
    """
    statement = party.case.accepted.get(parcel.statement_id)
    lead = party.plan.claim.lead.jurisdiction
    is_result = isinstance(statement, Reconciliation) and party.leads
    is_answer = isinstance(statement, HistoryResponse | Correction) and peer == lead
    if parcel.records and not (is_result or is_answer):
        raise BrokenPromiseError(f"{party.own} sent records to {peer}, which may not have them")
    if parcel.records and leaves_late(party.facts, parcel.statement_id):
        raise BrokenPromiseError(
            f"records left {party.own} after it knew that their permission ended"
        )


def check_all_logged(party: HonestParty) -> None:
    """
    Append-only: whatever a party has said or taken in has one place in its log.

    An answer is complete up to its own place there.
    """
    log = party.disk.log
    places = {leaf: index for index, leaf in enumerate(log)}
    if len(places) < len(log):
        raise BrokenPromiseError(f"{party.own} has a statement twice in its log")
    for i, one in party.case.accepted.items():
        place = places.get(leaf_hash(i))
        if place is None:
            raise BrokenPromiseError(f"{party.own} has a statement that is not in its log")
        if isinstance(one, HistoryResponse) and one.header.sender == party.node:
            _check_complete(party, one, place)


def _check_complete(party: HonestParty, answer: HistoryResponse, place: int) -> None:
    if answer.outcome is not HistoryOutcome.REFUSED and answer.tree_size != place:
        raise BrokenPromiseError(f"an answer of {party.own} is complete as of another moment")


def check_given_up(party: HonestParty) -> None:
    """Permitted: a claim ends as given up by what the person signed, and by nobody else's word."""
    if party.facts.withdrawn and not party.facts.given_up:
        raise BrokenPromiseError(f"{party.own} closed a claim that the person has not given up")


def is_untold(lead: HonestParty, person: Person) -> bool:
    """Whether the person took back what a case rests on, and the home node has told nobody."""
    told = {one.permission for one in lead.facts.ends.values()}
    used = {one.permission for one in lead.facts.requests.values()}
    return bool((used - told) & person.withdrawn.keys())


def check_told(lead: HonestParty, person: Person) -> None:
    """When faults stop: whoever holds data under a permission knows that it was taken back."""
    if is_untold(lead, person):
        raise BrokenPromiseError(f"{lead.own} has told nobody that a permission was taken back")


def check_once(party: HonestParty) -> None:
    """Nothing lost: what was sent arrives once."""
    ids = [one.statement_id for one in party.disk.events if isinstance(one, Said)]
    if len(ids) != len(set(ids)):
        raise BrokenPromiseError(f"{party.own} took in the same statement twice")


def check_step(party: HonestParty, honest: frozenset[str]) -> None:
    """What holds of an honest party at every step: it is not refused and contradicts nobody."""
    for one in party.disk.set_aside:
        if one.peer in honest:
            raise BrokenPromiseError(f"an honest statement was refused: {one.cause}")
    for group in party.view.contradictions:
        sender = party.case.accepted[group[0]].header.sender.jurisdiction
        if sender in honest:
            raise BrokenPromiseError(f"{sender} contradicts itself")


def check_due(lead: HonestParty, since: dict[Duty, int], step: int) -> None:
    """
    Nothing that time makes due at the lead waits for ever, whoever else is silent.

    ``since`` is the step from which on each waits, kept from one look to the next.
    """
    due = [one for one in lead.due() if isinstance(one, Remind | Reconcile)]
    for one in [*since]:
        if one not in due:
            del since[one]
    for one in due:
        if step - since.setdefault(one, step) > LONG:
            raise BrokenPromiseError(f"{lead.own} does not do what is due: {type(one).__name__}")


def check_decisions(party: HonestParty) -> None:
    """
    Agreed and permitted: nothing is decided on data that a party knows to be erased.

    A decision on a result that lacks histories says so.
    """
    ceased: set[bytes] = set()
    for said in party.disk.events:
        one = said.statement if isinstance(said, Said) else None
        if isinstance(one, NoticeAnswer):
            ceased.update(one.ceased)
        if not isinstance(one, Determination) or one.header.sender.jurisdiction != party.own:
            continue
        result = party.facts.reconciliations[one.header.predecessors[0]]
        if ceased.intersection(result.header.predecessors):
            raise BrokenPromiseError(f"{party.own} decided on data whose permission had ended")
        if bool(result.lacking) != one.provisional:
            raise BrokenPromiseError(f"{party.own} hides that its decision is provisional")
        check_numbers(one, result)


def check_numbers(one: Determination, result: Reconciliation) -> None:
    """Agreed: a decision counts what everybody has computed, read out of the result itself."""
    own = one.header.sender.jurisdiction
    totals = {code: each["amount"] for code, each in json.loads(result.result)["totals"].items()}
    if (one.own, one.total) != (totals.get(own, 0), sum(totals.values())):
        raise BrokenPromiseError(f"{own} decided on other sums than the result has")


def check_end(parties: Mapping[str, HonestParty], honest: frozenset[str]) -> None:
    """When faults stop: every notice is answered, and erased data are gone."""
    held = {code: parties[code] for code in parties if code in honest}
    for party in held.values():
        _check_notices(party)
        _check_erased(party)
        check_once(party)


def _check_notices(party: HonestParty) -> None:
    accepted = party.case.accepted
    answered = {
        one.header.predecessors[0]
        for one in accepted.values()
        if isinstance(one, NoticeAnswer) and one.header.sender == party.node
    }
    ceased = party.facts.ceased
    for i, one in accepted.items():
        if not isinstance(one, Correction | PermissionEnd) or i in ceased or i in answered:
            continue
        is_own = isinstance(one, Correction) and one.header.sender.jurisdiction == party.own
        if not is_own:
            raise BrokenPromiseError(f"{party.own} has not answered that it was told")


def _check_erased(party: HonestParty) -> None:
    """At the lead nothing is held that only ceased statements had brought; see below of others."""
    if not party.leads:
        _check_shown(party)
        return
    facts = party.facts
    gone = {
        i for one in facts.ceased if one in facts.responses for i in facts.responses[one].records
    }
    live = {i for one in facts.usable for i in facts.responses[one].records}
    live |= {i for one in facts.corrections.values() for i in one.added}
    if (gone - live) & set(party.disk.records):
        raise BrokenPromiseError(f"{party.own} still holds what it says is erased")


def _check_shown(party: HonestParty) -> None:
    said = (one for one in party.disk.events if isinstance(one, Said))
    _, kept = shown_to(said, party.node)
    if set(party.disk.records) - set(party.disk.issued) - kept:
        raise BrokenPromiseError(f"{party.own} still holds what it says is erased")


def shown_to(said: Iterable[Said], node: Party) -> tuple[set[bytes], set[bytes]]:
    """
    Of a party that does not lead: all inputs of results that it heard of, and those it may have.

    Once it has said that it erased what it was shown, these are of the result that stood then and
    of those since.
    """
    ceased: set[bytes] = set()
    shown: set[bytes] = set()
    kept: set[bytes] = set()
    last: Reconciliation | None = None
    for one in (each.statement for each in said):
        if isinstance(one, Reconciliation):
            shown.update(one.inputs)
            kept.update(one.inputs)
            last = one
        elif isinstance(one, NoticeAnswer):
            ceased.update(one.ceased)
            if one.header.sender == node and one.effect is NoticeEffect.ERASED:
                stands = last is not None and ceased.isdisjoint(last.header.predecessors)
                kept = set(last.inputs) if last is not None and stands else set()
    return shown, kept


def check_closed(parties: Mapping[str, HonestParty], honest: frozenset[str]) -> None:
    """A closed case rests on the current records of everyone who takes part in it."""
    lead = next(one for one in parties.values() if one.leads)
    current = lead.facts.current
    if lead.view.state is not CaseState.CLOSED or current is None:
        return
    if lead.facts.withdrawn:
        return
    for code in sorted(honest):
        _check_inputs(parties[code], current)


def _check_inputs(party: HonestParty, result: Reconciliation) -> None:
    """What an institution put into the case is what it holds in force, and all of it is there."""
    facts = party.facts
    for institution, held in party.disk.own.items():
        named = _records_in(party, institution, result)
        if named is None:
            continue
        mended = [
            i
            for i, one in facts.corrections.items()
            if one.header.sender == institution and i in result.header.predecessors
        ]
        ours = facts.corrected(named, mended)
        if ours != set(held) or not ours <= set(result.inputs):
            raise BrokenPromiseError(f"the case closed on records that {institution} has corrected")


def _records_in(
    party: HonestParty, institution: Party, result: Reconciliation
) -> set[bytes] | None:
    """The records of an institution by its answers in a result; None if it gave none."""
    facts = party.facts
    found: set[bytes] | None = None
    for i in result.header.predecessors:
        response = facts.responses.get(i)
        if response is None or response.header.sender != party.node:
            continue
        request = facts.requests[response.header.predecessors[0]]
        if request.recipient == institution:
            found = (found or set()) | set(response.records)
    return found


def is_over(parties: Mapping[str, HonestParty]) -> bool:
    """Whether the case has ended for everyone who was asked, and every stream is empty."""
    return all(
        (party.view.state in ENDED or party.case.claim is None)
        and not party.view.duties
        and not any(party.unacknowledged(peer) for peer in parties)
        for party in parties.values()
    )


def check_attributed(parties: Mapping[str, HonestParty], liar: str) -> None:
    """A lie is detected, and the liar named, by what honest parties hold."""
    teller = parties[liar]
    honest = [one for code, one in parties.items() if code != liar]
    surfaced = getattr(teller, "omitted", None)
    found = list(attributions(honest, surfaced))
    wrong = [one for one in found if one.liar != liar]
    if wrong:
        raise BrokenPromiseError(f"{wrong[0].liar} is accused of what it did not do")
    if not any(one.lie == teller.plan.lie for one in found):
        raise BrokenPromiseError(f"nobody noticed that {liar} {teller.plan.lie}")
