"""
What a correction would change in a decision: its numbers as they were signed, and as they would be.

They are computed from the national facts signed with the decision where this node has them, else
from the amounts that the decision states; and only where that gives the decision as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portability.consent.scope import Party
from portability.core.correction import Change
from portability.core.deciding import Decision, OwnClaim, decide
from portability.core.national_facts import NationalFacts
from portability.core.scheme import Scheme
from portability.core.units import Unit
from portability.node.cases.loading import LoadedCase
from portability.node.records.of_person import HeldRecord
from portability.recognition.presence import set_apart
from portability.recognition.progress import progress
from portability.recognition.stated_facts import StatedFacts
from portability.recognition.statements import Determination, Reconciliation
from portability.wire.record import count_periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """
    The inputs of a result as they are, and as they would be; ``since`` counts those that came
    after the result and are in the next one anyway.
    """

    before: Sequence[HeldRecord]
    after: Sequence[HeldRecord]
    since: int = 0


def standing_decisions(loaded: LoadedCase) -> list[tuple[Party, Determination]]:
    """The decisions that stand, in the order of the parties."""
    standing = progress(loaded.case).standing
    found = ((party, loaded.case.accepted[standing[party]]) for party in standing)
    known = {party: one for party, one in found if isinstance(one, Determination)}
    return [(party, known[party]) for party in loaded.claim.parties if party in known]


def amounts(
    loaded: LoadedCase,
    histories: Histories,
    decided: Determination,
    given: Scheme | None,
    stated: StatedFacts | None,
) -> list[Change] | None:
    """
    What changes in one decision; None where its numbers do not follow from what is known.

    With a ``given`` scheme the new numbers are by that, and all else that was known stays.
    """
    own = _own_claim(loaded, decided)
    was = _decide(loaded, own, histories.before, _scheme_of(decided), stated, is_given=False)
    if (was.pro_rata, was.payable) != (decided.pro_rata, decided.payable) and given is None:
        return None
    scheme = given or _scheme_of(decided)
    then = _decide(loaded, own, histories.after, scheme, stated, is_given=given is not None)
    sender = decided.header.sender
    before, after = _numbers(decided), _numbers(then)
    return [
        Change(place=f"{sender}.{name}", before=before[name], after=after[name])
        for name in before
        if before[name] != after[name]
    ]


def _own_claim(loaded: LoadedCase, decided: Determination) -> OwnClaim:
    result = loaded.case.accepted.get(decided.result)
    sender = decided.header.sender
    apart = set_apart(loaded.claim, result, sender) if isinstance(result, Reconciliation) else ""
    return OwnClaim(
        pack=loaded.pack,
        branch=loaded.claim.branch,
        award_date=loaded.claim.award_date,
        jurisdiction=sender.jurisdiction,
        apart=apart,
    )


def _decide(
    loaded: LoadedCase,
    own: OwnClaim,
    records: Sequence[HeldRecord],
    scheme: Scheme,
    stated: StatedFacts | None,
    *,
    is_given: bool,
) -> Decision:
    """``scheme`` is that of the decision, unless its facts say more and none was given."""
    counted = count_periods((one.record for one in records), loaded.claim.branch)
    facts = NationalFacts() if stated is None else stated.read(counted.periods)
    if stated is None or is_given:
        facts = NationalFacts(schemes=(scheme,)).over(facts)
    return decide(own, counted.periods, facts)


def _numbers(found: Determination | Decision) -> Mapping[str, str | None]:
    """The numbers of a decision that an officer looks for, by name."""
    said = {
        "own": found.own,
        "total": found.total,
        "ratio": None if found.pro_rata is None else f"{found.own}/{found.total}",
        "independent": found.independent,
        "theoretical": found.theoretical,
        "pro_rata": found.pro_rata,
        "payable": found.payable,
        "paid_as": found.paid_as,
    }
    return {name: None if value is None else str(value) for name, value in said.items()}


def _scheme_of(decided: Determination) -> Scheme:
    """What a decision rests on, as far as it says so itself."""
    return Scheme(
        jurisdiction=decided.header.sender.jurisdiction,
        unit=Unit(decided.unit),
        independent=decided.independent,
        theoretical=decided.theoretical,
    )
