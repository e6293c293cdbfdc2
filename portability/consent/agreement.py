"""
What an agreement lets institutions tell each other: the agreement's side of the gate.

Built from the values of a pack that hold on one day, so that law stays data. Under 883/2004 Art 76
and 987/2009 Art 2(2) that is all that the other needs to establish a right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from portability.consent.document import ActLevel, IdentityLevel
from portability.consent.reading import check_name, check_text
from portability.consent.scope import Action, Grant, check_grants
from portability.core.agreement import Method, Pack, Rules
from portability.core.periods import Branch
from portability.core.record_kinds import DISCLOSED_KINDS, FIELDS, RecordKind
from portability.errors import NoAgreementError

CASE_PARTY_DISCLOSURE: Final = "case_party_disclosure"
"""The clause on which parties of one case show each other the records that its result rests on."""

CASE_PARTY_PURPOSE: Final = "case-party-disclosure"
"""The reason in receipts of what was shown on that clause."""

CONTRIBUTION_PERIOD: Final = RecordKind.CONTRIBUTION_PERIOD.value
CONTRIBUTION_PERIOD_FIELDS: Final = FIELDS[RecordKind.CONTRIBUTION_PERIOD]

_CITED: Final = "legal_basis"
_ASSURANCE: Final = "consent_assurance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A ground of law on which data flow without consent, notified to the person."""

    clause: str
    citation: str
    grants: tuple[Grant, ...]

    def __post_init__(self) -> None:
        check_name(self.clause, field="clause")
        check_text(self.citation, field="citation")
        check_grants(self.grants, field="grants")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementScope:
    """
    Between whom, about what and on which grounds data flow under one version of an agreement.

    ``identity`` and ``act`` are the least that a consent under it must reach, where the parties
    have agreed on a least; a purpose template can ask for more.
    """

    id: str
    version: str
    parties: tuple[str, ...]
    grants: tuple[Grant, ...]
    mandates: tuple[Mandate, ...] = ()
    identity: IdentityLevel = IdentityLevel.LOW
    act: ActLevel = ActLevel.A0

    def mandate(self, clause: str) -> Mandate | None:
        return next((one for one in self.mandates if one.clause == clause), None)


def scope_on(
    pack: Pack,
    day: date,
    *,
    datatypes: Sequence[RecordKind] = DISCLOSED_KINDS,
) -> AgreementScope:
    """
    What the agreement allows on a civil day.

    Every field of these kinds of records in every branch that the pack coordinates, with no limit
    to the past: a career is as long as it is. Raises NoAgreementError where the pack does not hold
    or names no legal basis.
    """
    rules = pack.rules_on(day)
    branches, citation = _ground(pack, rules, day)
    grants = tuple(
        Grant(
            branches=branches,
            datatypes=(kind.value,),
            actions=tuple(Action),
            fields=FIELDS[kind],
            from_date=date.min,
            to_date=date.max,
        )
        for kind in datatypes
    )
    mandate = Mandate(clause=CASE_PARTY_DISCLOSURE, citation=citation, grants=grants)
    identity, act = _least(pack, day)
    return AgreementScope(
        id=pack.id,
        version=rules.version,
        parties=rules.parties,
        grants=grants,
        mandates=(mandate,),
        identity=identity,
        act=act,
    )


def _ground(pack: Pack, rules: Rules, day: date) -> tuple[tuple[Branch, ...], str]:
    """The branches that the pack coordinates on the day, and what lets data be exchanged."""
    branches = tuple(branch for branch, how in rules.branches.items() if how is not Method.NONE)
    cited = pack.dated(_CITED, day).value
    if not branches or not isinstance(cited, list | tuple) or not cited:
        raise NoAgreementError(
            f"the agreement {pack.id} gives no ground for exchanging data on {day}; "
            "check its legal_basis and the method of each branch",
            agreement=pack.id,
            date=day.isoformat(),
        )
    return branches, "; ".join(map(str, cited))


def _least(pack: Pack, day: date) -> tuple[IdentityLevel, ActLevel]:
    """The levels that a consent under the agreement must reach; the lowest where it names none."""
    agreed = [one for one in pack.parameters.get(_ASSURANCE, ()) if one.since <= day]
    if not agreed or not isinstance(agreed[-1].value, Mapping):
        return IdentityLevel.LOW, ActLevel.A0
    least = agreed[-1].value
    return IdentityLevel(least["identity"]), ActLevel(least["act"])
