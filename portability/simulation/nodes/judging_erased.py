"""
The promise about whoever was erased at one node: it is gone there and stays gone, and everybody who
had received of it has destroyed it, or says under which law a decision keeps it.

Found anew here, not by the rules of the nodes. Source: design.md, promise 6; GDPR Art 17 and 19.
"""

from collections.abc import Collection, Mapping

from portability.recognition.erasure import ErasureOutcome
from portability.recognition.statements import (
    CaseStatement,
    Determination,
    HistoryOutcome,
    HistoryResponse,
    Reconciliation,
)
from portability.simulation.nodes import looking
from portability.simulation.nodes.erasing import Erasing
from portability.simulation.nodes.looking import Look, Stock
from portability.simulation.nodes.process import Process
from portability.simulation.promises import ENDED, BrokenPromiseError
from portability.store.erasure_recipients import RecipientRow

_SAYS_NOTHING = frozenset({HistoryOutcome.REFUSED, HistoryOutcome.NOT_BEFORE})


def have_ended(looks: Mapping[str, Look], lead: str, gone: Collection[str]) -> bool:
    """
    Whether nobody has anything left to do, and the lead waits at most for those who are ``gone``,
    or for those who wait for these.

    What they had said and could not send any more is missing elsewhere, and whatever builds on it
    stays there for good. Where the case is gone at its lead, it goes on nowhere.
    """
    if any(one.view.duties or one.loaded.to_erase for one in looks.values()):
        return False
    if lead not in looks or looks[lead].view.state in ENDED:
        return True
    return _waits_only_for(looks, lead, frozenset(gone))


def _waits_only_for(looks: Mapping[str, Look], code: str, gone: frozenset[str]) -> bool:
    """Whether all that a case waits for ends at nodes that are gone."""
    awaited = {one.jurisdiction for one in looks[code].view.awaiting} - gone
    others = awaited - {code}
    return awaited == others and all(_waits_only_for(looks, one, gone | {code}) for one in others)


async def check_end(
    erasing: Erasing, eraser: Process, looks: Mapping[str, Look], stocks: Mapping[str, Stock]
) -> None:
    """When faults stop: erased at ``eraser``, told, answered, and obeyed."""
    if not erasing.is_done:
        raise BrokenPromiseError(f"{erasing.code} does not come to the end of an erasure")
    if erasing.code in looks or stocks[erasing.code].own or stocks[erasing.code].records:
        raise BrokenPromiseError(f"{erasing.code} has again what it had erased")
    told = await looking.told_of_erasure(eraser)
    for row in told:
        if row.answer is None:
            raise BrokenPromiseError(f"{row.jurisdiction} has not answered what was erased")
    for code in stocks.keys() - {erasing.code}:
        rows = [one for one in told if one.jurisdiction == code]
        _check_obeyed(erasing, code, rows, looks.get(code), stocks[code])


def _check_obeyed(
    erasing: Erasing,
    code: str,
    told: list[RecipientRow],
    found: Look | None,
    held: Stock,
) -> None:
    is_decided = found is not None and _is_decided(found)
    is_kept = any(one.outcome == ErasureOutcome.KEPT and one.citation for one in told)
    holds = not erasing.records.isdisjoint(held.records)
    holds = holds or (found is not None and _tells(found, erasing))
    if holds and not (is_decided and is_kept):
        raise BrokenPromiseError(f"{code} still holds what {erasing.code} has erased")


def _is_decided(found: Look) -> bool:
    """Also by what cannot be read yet, and perhaps never."""
    said = (*found.case.accepted.values(), *found.case.waiting.values())
    return any(isinstance(one, Determination) for one in said)


def _tells(found: Look, erasing: Erasing) -> bool:
    """Whether anything in a case is of whoever erased, or made of it."""
    if found.loaded.claim.lead.jurisdiction == erasing.code:
        return True
    return any(_is_of(one, erasing) for one in found.case.accepted.values())


def _is_of(one: CaseStatement, erasing: Erasing) -> bool:
    if isinstance(one, Reconciliation):
        return not erasing.records.isdisjoint(one.inputs)
    if one.header.sender.jurisdiction != erasing.code:
        return False
    return not isinstance(one, HistoryResponse) or one.outcome not in _SAYS_NOTHING
