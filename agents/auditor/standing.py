"""
Which decisions of a case stand, and what an auditor must know before their amounts are added up.

A case keeps every decision that was ever signed in it. What is paid is by those alone that no later
one replaced, of whoever has a part in the result, and by none once the claim was given up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agents.auditor.contents import listed, short
from portability.recognition.facts import Facts
from portability.recognition.presence import deciding
from portability.recognition.statements import Claim, Determination


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One case as its statements leave it."""

    claim: Claim
    facts: Facts

    @property
    def is_decided(self) -> bool:
        """Whether everybody who decides has, on the result in force, and none of it for now."""
        current = self.facts.current
        return (
            current is not None
            and not current.lacking
            and not self.facts.outdated
            and all(one in self.facts.determined for one in deciding(self.claim, current))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    Of one decision: ``replaced_by`` is the id of its later one, empty where there is none; ``why``
    it does not count, empty where it does; ``but`` what holds of one that counts for now only.
    """

    replaced_by: bytes = b""
    why: str = ""
    but: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        return not self.why


def standings(
    decisions: Mapping[bytes, Determination], known: Known | None
) -> dict[bytes, Standing]:
    """Of each decision of one case, by statement id; ``known`` is None where no case is here."""
    replaced = {one.supersedes: i for i, one in decisions.items() if one.supersedes}
    return {i: _standing(i, one, replaced.get(i, b""), known) for i, one in decisions.items()}


def _standing(
    i: bytes, decision: Determination, replaced_by: bytes, known: Known | None
) -> Standing:
    if replaced_by:
        return Standing(
            replaced_by=replaced_by, why=f"replaced by the decision {short(replaced_by)}"
        )
    facts = None if known is None else known.facts
    why = "" if facts is None else _why_not(i, decision, facts)
    if why:
        return Standing(why=why)
    return Standing(but=tuple(_but(i, decision, facts)))


def _why_not(i: bytes, decision: Determination, facts: Facts) -> str:
    """Why it does not count, though its institution has not replaced it."""
    if facts.withdrawn:
        return "does not count: the case is closed as given up"
    contradicted = next((group for group in facts.contradictions if i in group), ())
    others = [short(one) for one in contradicted if one != i]
    if others:
        return f"cannot be counted: its institution has signed {listed(others)} as well"
    current = facts.current
    if current is not None and decision.header.sender in current.not_insured:
        return f"does not count: {decision.header.sender} has no part in the result any more"
    same = facts.standing.get(decision.header.sender, i)
    if i in facts.determinations and same != i:
        is_same = facts.determinations[same].result == decision.result
        how = "says the same" if is_same else "is its institution's later one"
        return f"does not count: the decision {short(same)} {how}"
    return ""


def _but(i: bytes, decision: Determination, facts: Facts | None) -> Iterator[str]:
    """Why what it says may not be the last word."""
    if decision.provisional:
        yield _provisionally(decision)
    if facts is None or i not in facts.determinations:
        return
    if any(i in facts.objected[one].header.predecessors for one in facts.objections):
        yield "the person objects to it, and that is not answered yet"
    if not facts.in_force:
        yield "the history that it rests on counts no longer"
    elif decision.result != facts.in_force:
        yield "the result that it rests on was replaced, and it is not decided anew yet"
    elif facts.outdated:
        yield "the history that it rests on was corrected since, and it is not decided anew yet"


def _provisionally(decision: Determination) -> str:
    low, high = decision.lower_bound, decision.upper_bound
    between = "" if low is None or high is None else f", to be between {low} and {high} in the end"
    missing = listed([str(party) for party in decision.missing])
    return f"provisional, without all that {missing} has to say{between}"
