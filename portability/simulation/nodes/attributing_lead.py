"""
How a lie of the lead comes to light among the parties that it asked.

Each way rests on what they hold under the signature of its jurisdiction, and on what their own
nodes made of that.
"""

from collections.abc import Collection, Sequence
from hashlib import sha256

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.recognition.examination import unnamed_inputs
from portability.recognition.facts import read_facts
from portability.recognition.machine import advance
from portability.recognition.statements import (
    Countersignature,
    HistoryOutcome,
    Said,
)
from portability.simulation.nodes import looking
from portability.simulation.nodes.liars import Lies
from portability.simulation.nodes.looking import Look, Witness
from portability.simulation.nodes.lying_lead import (
    ANOTHER_RESULT,
    ASKS_AGAIN,
    CLOSES_ALONE,
    TWO_RESULTS,
)
from portability.simulation.plan import LEAVES_OUT


async def is_noticed_of_lead(
    lies: Lies, told: Collection[bytes], honest: Sequence[Witness]
) -> bool:
    """Whether the parties can show each lie."""
    if lies.lie == CLOSES_ALONE:
        return await _closes_alone(lies, set(told), honest)
    ways = {
        LEAVES_OUT: _leaves_out,
        ANOTHER_RESULT: _another_result,
        TWO_RESULTS: _two_results,
        ASKS_AGAIN: _asks_again,
    }
    looks = [one.found for one in honest]
    return all(ways[lies.lie](lies, i, looks) for i in told)


def _leaves_out(lies: Lies, i: bytes, looks: Sequence[Look]) -> bool:
    """Whoever brought the record misses it in a result that names its own answer."""
    missing = [
        one
        for one in _having(looks, i)
        if lies.tried[i] in unnamed_inputs(one.case, one.facts.reconciliations[i])
    ]
    return bool(missing) and not any(_has_signed(one, i) for one in missing)


def _another_result(_lies: Lies, i: bytes, looks: Sequence[Look]) -> bool:
    """The digest is not of the result beside it, as anyone can see, and nobody signs it."""
    having = _having(looks, i)
    results = [one.facts.reconciliations[i] for one in having]
    is_wrong = any(sha256(one.result).digest() != one.digest for one in results)
    return is_wrong and not any(_has_signed(one, i) for one in having)


def _two_results(lies: Lies, i: bytes, looks: Sequence[Look]) -> bool:
    """What one party got is put to the others: neither result is in place of the other."""
    for one in _having(looks, i):
        said = Said(statement_id=i, statement=one.facts.reconciliations[i])
        for other in looks:
            together, _ = advance(other.case, said)
            for group in read_facts(together).contradictions:
                senders = {together.accepted[each].header.sender for each in group}
                if i in group and senders == {Party(jurisdiction=lies.liar)}:
                    return True
    return False


def _asks_again(lies: Lies, i: bytes, looks: Sequence[Look]) -> bool:
    """A request that came behind the lead's own word that its permission was over, and got none."""
    for one in looks:
        request = one.facts.requests.get(i)
        if request is None:
            continue
        order = list(one.loaded.held)
        is_told = any(
            end.permission == request.permission
            and end.header.sender == Party(jurisdiction=lies.liar)
            and order.index(end_id) < order.index(i)
            for end_id, end in one.facts.ends.items()
        )
        outcomes = {answer.outcome for answer in one.facts.answers_to(i)}
        return is_told and outcomes == {HistoryOutcome.REFUSED}
    return False


async def _closes_alone(lies: Lies, told: Collection[bytes], honest: Sequence[Witness]) -> bool:
    """Refused as what it is, kept with whose certificate it came under, and of no effect."""
    if any(i in one.found.case.accepted for one in honest for i in told):
        return False
    refused = [row for one in honest for row in await looking.refused(one.process)]
    rows = [row for row in refused if row.statement_id in told]
    return bool(rows) and all(
        (row.peer, row.reason) == (lies.liar, InvalidInputError.reason) for row in rows
    )


def _having(looks: Sequence[Look], i: bytes) -> list[Look]:
    """Who has a result."""
    return [one for one in looks if i in one.facts.reconciliations]


def _has_signed(found: Look, i: bytes) -> bool:
    return any(
        isinstance(one, Countersignature)
        and one.header.sender == found.node
        and one.header.predecessors == (i,)
        for one in found.case.accepted.values()
    )
