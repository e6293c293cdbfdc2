"""
What a decision rests on and therefore names: the result, that all agreed on it, what it answers.

So a case is one graph: whoever has a decision knows by its bytes alone that nobody was still to
agree, and which objections were known to whoever decided.
"""

from portability.consent.scope import Party
from portability.recognition.facts import Facts
from portability.recognition.presence import present_in
from portability.recognition.statements import Claim, Countersignature


def grounds_of(claim: Claim, facts: Facts, party: Party) -> tuple[bytes, ...]:
    """
    The predecessors of the next determination of a party; empty while no result is in force.

    Of a jurisdiction that has not countersigned nothing is named, nor of any other then.
    """
    current = facts.current
    if current is None:
        return ()
    signed: dict[str, bytes] = {}
    for i in sorted(facts.examinations):
        one = facts.examinations[i]
        if isinstance(one, Countersignature) and one.header.predecessors == (facts.in_force,):
            signed.setdefault(one.header.sender.jurisdiction, i)
    wanted = present_in(claim, current)[1:]
    agreed = tuple(signed[one] for one in wanted) if {*wanted} <= {*signed} else ()
    standing = facts.standing.get(party, b"")
    answered = (i for i in facts.objections if facts.objected[i].header.predecessors == (standing,))
    return (facts.in_force, *agreed, *sorted(answered))
